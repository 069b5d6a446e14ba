"""What an answer to each kind of question may be, and how it is kept.

Texts, keys, days and numbers are kept as text, several choices as a list of keys, a telephone number as it was typed
and beside that as it is dialled, from abroad where its country is known, an organisation by its name as typed and its
id where it is one of ours, a consent as the digest of the words that were read and their language.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from flask_babel import gettext

from eventhub.foundation.dialling import international
from eventhub.foundation.errors import Invalid
from eventhub.foundation.files import Upload
from eventhub.foundation.forms import tidy
from eventhub.foundation.i18n import countries, digest

from .models import NO, YES, Question

LONGEST = {"short_text": 300, "long_text": 5000, "organisation": 200}
_NUMBER = re.compile(r"([+-]?)([0-9]{1,12})(?:[.,]([0-9]{1,6}))?")
_DAY = re.compile(r"([0-9]{4})[-/.年]([0-9]{1,2})[-/.月]([0-9]{1,2})日?")
_PHONE = re.compile(r"(\+?[0-9 ()./-]+)(?:,? ?(?:ext(?:ension)?\.?|x|#|[转轉]|分[机機]) ?([0-9]{1,7}))?", re.IGNORECASE)


def clean(question: Question, given: Any) -> Any:
    """An answer as it is kept, or None where there is none. Raises Invalid, in words, where it cannot be.

    What is clean already comes back as it is.
    """
    if isinstance(given, str):
        given = tidy(given)
    if given is None or given in ("", [], False):
        return None
    try:
        return _CLEANERS[question.kind](question, given)
    except ValueError as error:
        raise Invalid(question.field_name, str(error)) from None
    except (TypeError, AttributeError):  # something quite else, as a program may send it
        raise Invalid(question.field_name, gettext("Choose one from the list.")) from None


def _text(question: Question, given: Any) -> str:
    most, text = LONGEST[question.kind], _line(given)
    if len(text) > most:
        raise ValueError(gettext("Please shorten this to %(most)s characters.", most=most))
    return text


def _line(given: Any) -> str:
    if not isinstance(given, str):
        raise ValueError(gettext("Please write this as text."))
    return given


def _key(question: Question, given: Any) -> str:
    if given not in {option.key for option in question.options}:
        raise ValueError(gettext("Choose one from the list."))
    return str(given)


def _keys(question: Question, given: Any) -> list[str]:
    keys = set(given) if isinstance(given, list | tuple | set) else {given}
    known = [option.key for option in question.options]
    if not keys <= set(known):
        raise ValueError(gettext("Choose from the list."))
    return [key for key in known if key in keys]


def _yes_or_no(question: Question, given: Any) -> str:
    if given not in (YES, NO):
        raise ValueError(gettext("Choose one from the list."))
    return str(given)


def _number(question: Question, given: Any) -> str:
    found = _NUMBER.fullmatch(_plain(given).replace(" ", "").replace("\u2212", "-"))
    if found is None:
        raise ValueError(gettext("Please write a number in figures, such as 3 or 2.5."))
    value = Decimal(f"{found[1]}{found[2]}.{found[3] or 0}")
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if value else "0"


def _day(question: Question, given: Any) -> str:
    found = _DAY.fullmatch(_plain(given).replace(" ", ""))
    try:
        day = date(*map(int, found.groups())) if found else None
    except ValueError:
        day = None
    if day is None or not 1900 <= day.year <= 2100:
        raise ValueError(gettext("Please write the day as 2019-10-23."))
    return day.isoformat()


def _country(question: Question, given: Any) -> str:
    if given not in countries("en"):
        raise ValueError(gettext("Choose one from the list."))
    return str(given)


def _organisation(question: Question, given: Any) -> dict[str, Any]:
    name, its_id = (given.get("name"), given.get("id")) if isinstance(given, dict) else (given, None)
    return {"name": _text(question, " ".join(_line(name).split())), "id": its_id}


def _phone(question: Question, given: Any) -> dict[str, str]:
    said = given if isinstance(given, dict) else {"typed": given}
    typed = _line(said.get("typed"))
    found = _PHONE.fullmatch(_dialled(typed))
    number, extension = found.groups() if found else ("", None)
    digits = "".join(mark for mark in number if mark.isdigit())
    if not 5 <= len(digits) <= 20:
        raise ValueError(gettext("Please write the number in figures, with its country code: +86 10 1234 5678."))
    kept = str(said.get("number", "")).partition(" ")[0]
    if number.startswith("+"):
        dialled = international(number, "") or f"+{digits}"
    elif kept.startswith("+") and kept.endswith(digits[-5:]):
        dialled = kept
    else:
        dialled = international(number, str(said.get("country", ""))) or digits
    return {"typed": typed, "number": f"{dialled} ext. {extension}" if extension else dialled}


def has_calling_code(typed: str) -> bool:
    """Whether a telephone number says by itself in which country it is."""
    return _dialled(typed).startswith("+")


def _dialled(typed: str) -> str:
    """A telephone number in plain marks; that it is dialled from abroad is said by a plus, however it was."""
    plain = "".join(str(unicodedata.decimal(mark, mark)) for mark in _plain(typed))
    plain = plain.replace("\u2010", "-").replace("\u2011", "-").replace("\u2013", "-")
    return re.sub(r"^\(?00(?=[ ()./-]*[1-9])", "+", plain)


def _file(question: Question, given: Any) -> Any:
    if isinstance(given, Upload) or (isinstance(given, dict) and "file_id" in given):
        return given
    raise ValueError(gettext("Please choose a file."))


def _consent(question: Question, given: Any) -> dict[str, str]:
    if isinstance(given, dict):
        return {"wording": str(given.get("wording")), "language": str(given.get("language"))}
    if found := wordings(question).get(given):
        return {"wording": given, "language": found}
    raise ValueError(
        gettext("The words have changed meanwhile. Please read them again, and tick the box if you agree.")
    )


def wordings(question: Question) -> dict[str, str]:
    """What the words of a consent, as they are now, are known by, each with its language."""
    return {digest(text): lang for lang, text in question.label.texts.items() if text}


def decided(question: Question, value: Any) -> set[str]:
    """What an answer says to those questions that depend on it."""
    if question.kind == "consent":
        return {YES} if value else set()
    if question.kind == "choice_many":
        return set(value or ())
    return {value} if isinstance(value, str) else set()


def applies(question: Question, questions: Mapping[UUID, Question], said: Callable[[Question], Any]) -> bool:
    """Whether a question is asked of whoever `said` what they did to the others among these."""
    if question.condition_id is None:
        return True
    other = questions.get(question.condition_id)
    if other is None or not applies(other, questions, said):
        return False
    return bool(decided(other, said(other)) & set(question.condition_values))


def _plain(given: Any) -> str:
    """Full-width figures and marks as everybody else's."""
    return unicodedata.normalize("NFKC", _line(given)).strip()


_CLEANERS: dict[str, Callable[[Question, Any], Any]] = {
    "short_text": _text,
    "long_text": _text,
    "choice_one": _key,
    "choice_many": _keys,
    "yes_no": _yes_or_no,
    "number": _number,
    "date": _day,
    "country": _country,
    "organisation": _organisation,
    "phone": _phone,
    "file": _file,
    "consent": _consent,
}
