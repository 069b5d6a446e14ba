"""What kinds of questions are called, and what was answered, in words."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any
from uuid import UUID

from flask_babel import gettext, ngettext
from flask_babel import lazy_gettext as _l

from eventhub.events.models import Event
from eventhub.foundation.i18n import country_name, format_date, format_day, language

from .kinds import decided, has_calling_code
from .models import NO, WITH_OPTIONS, YES, Question
from .queries import UNREADABLE

KINDS = {
    "short_text": _l("Short text"),
    "long_text": _l("Long text"),
    "choice_one": _l("Choice of one"),
    "choice_many": _l("Choice of several"),
    "yes_no": _l("Yes or no"),
    "number": _l("A number"),
    "date": _l("Date"),
    "country": _l("Country or region"),
    "organisation": _l("Organisation"),
    "phone": _l("Telephone number"),
    "file": _l("File"),
    "consent": _l("Consent"),
}
READERS = {"co_organiser": _l("Co-organisers"), "check_in": _l("Those who check people in")}
YES_NO = {YES: _l("Yes"), NO: _l("No")}


def told(question: Question, value: Any) -> str:
    """An answer in the language of the page; empty where there is none."""
    if value is None:
        return ""
    if value == UNREADABLE:
        return str(gettext("(cannot be read: it was encrypted under another key)"))
    if question.kind in WITH_OPTIONS:
        chosen = decided(question, value)
        glue = "、" if language() == "zh" else ", "
        return glue.join(option.text.in_(language()) for option in question.options if option.key in chosen)
    return _TELLERS.get(question.kind, str)(value)


_TELLERS: dict[str, Callable[[Any], str]] = {
    "yes_no": lambda value: str(YES_NO.get(value, value)),
    "country": country_name,
    "organisation": lambda value: str(value["name"]),
    "phone": lambda value: _phone(**value),
    "file": lambda value: str(value["name"]),
    "consent": lambda value: str(gettext("Agreed")),
}


def shown(question: Question, value: Any) -> str:
    """The same for a page, where a day reads as others do; files keep it as programs sort it."""
    if question.kind == "date" and value not in (None, UNREADABLE):
        return format_date(date.fromisoformat(value))
    return told(question, value)


def _phone(typed: str, number: str) -> str:
    """A number as it was typed where that names its country, else as it is dialled from abroad, if we know."""
    is_told = has_calling_code(typed) or not number.startswith("+")
    return unicodedata.normalize("NFKC", typed) if is_told else number


def value_word(question: Question, value: str) -> str:
    """One of the values on which another question may depend, in words."""
    if question.kind == "consent":
        return str(gettext("Agreed"))
    if question.kind == "yes_no":
        return str(YES_NO[value])
    return next((str(option.text.in_(language())) for option in question.options if option.key == value), value)


def condition(question: Question, questions: Mapping[UUID, Question]) -> str:
    """Of whom a question is asked, in words; empty where of everybody."""
    other = questions.get(question.condition_id) if question.condition_id else None
    if other is None:
        return ""
    values = [value_word(other, value) for value in other.values() if value in question.condition_values]
    glue = gettext("” or “")
    return str(
        gettext("Only if the answer to “%(question)s” is “%(answers)s”.", question=other.label.in_(language()),
                answers=glue.join(values))
    )  # fmt: skip


def keeping(question: Question, event: Event) -> str:
    """Who reads the answers and how long they are kept, as told to those who answer; empty where nothing is special."""
    seen = set(question.seen_by)
    if seen == {"co_organiser", "check_in"}:
        readers = gettext("The organisers, the co-organisers and those who check people in read the answer.")
    elif "co_organiser" in seen:
        readers = gettext("The organisers and the co-organisers read the answer.")
    elif "check_in" in seen:
        readers = gettext("The organisers and those who check people in read the answer.")
    elif question.is_sensitive:
        readers = gettext("Only the organisers read the answer.")
    else:
        readers = ""
    said = [str(readers)] if readers else []
    if question.is_sensitive:
        said.append(str(gettext("It is stored encrypted.")))
    day = question.erased_on(event)
    if day is not None:
        said.append(str(gettext("It is erased on %(day)s.", day=format_day(day))))
    elif question.keep_days is not None:
        said.append(
            str(
                ngettext(
                    "It is erased one day after the event.",
                    "It is erased %(num)s days after the event.",
                    question.keep_days,
                )
            )
        )
    return ("" if language() == "zh" else " ").join(said)
