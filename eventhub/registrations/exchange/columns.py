"""What a column of a list can tell of somebody, and which of these it is by its heading."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence

from flask_babel import LazyString, gettext, lazy_pgettext
from flask_babel import lazy_gettext as _

from eventhub.foundation.i18n import language
from eventhub.registrations.questions.models import Question

from .tables import Table

# What each is called, and the headings beside its names by which it is known.
COLUMNS: dict[str, LazyString] = {
    "name": _("Name"),
    "family_name": _("Family name"),
    "given_name": _("Given name"),
    "address": _("E-mail address"),
    "organisation": lazy_pgettext("person", "Organisation"),
    "stakeholder_type": _("Type of organisation"),
    "country": _("Country or region"),
    "language": _("Language of letters"),
}
_HEADINGS: dict[str, str] = {
    "name": "name|full name|participant|person|contact|姓名|名字|参会者|参会人|嘉宾姓名|联系人",
    "family_name": "family name|last name|surname|姓|姓氏",
    "given_name": "given name|first name|forename|名",
    "address": "e-mail address|email address|e-mail|email|mail|邮箱|电子邮箱|电子邮件|邮件|邮箱地址|邮件地址",
    "organisation": "organisation|organization|affiliation|institution|company|agency|单位|机构|组织|工作单位",
    "stakeholder_type": "type of organisation|organisation type|type|stakeholder type|机构类型|单位类型|组织类型|类型",
    "country": "country or region|country|region|nationality|国家或地区|国家/地区|国家|地区|国别",
    "language": "language of letters|language|lang|语言|信件语言|邮件语言",
}
_BY_HEADING = {heading: column for column, headings in _HEADINGS.items() for heading in headings.split("|")}
QUESTION = "question:"
TITLE_ROWS = 10  # that stand above the headings at most
# What nobody can answer for somebody else, or no cell can hold.
_NEVER = ("consent", "file")


def plain(text: str) -> str:
    """A word as it is compared: without case, width, and the marks around it."""
    folded = unicodedata.normalize("NFKC", text[:300]).casefold()
    return re.sub(r"[\s_]+", " ", folded).strip(" \ufeff*:：\"'“”()（）")


def answerable(questions: Sequence[Question]) -> list[Question]:
    """Those of the questions whose answers a list may bring."""
    return [one for one in questions if one.kind not in _NEVER]


def offered(questions: Sequence[Question]) -> dict[str, str]:
    """All that a column can be, with its words: nothing, too."""
    asked = {f"{QUESTION}{one.id}": str(one.label.in_(language())) for one in answerable(questions)}
    return {"": gettext("Not taken over"), **{key: str(word) for key, word in COLUMNS.items()}, **asked}


def _asked(questions: Sequence[Question]) -> dict[str, str]:
    return {
        plain(text): f"{QUESTION}{one.id}" for one in answerable(questions) for text in one.label.texts.values() if text
    }


def without_title(table: Table, questions: Sequence[Question]) -> Table:
    """The table from its headings on, where something else stands above them: what the list is, or who made it."""
    for place, (_line, cells) in enumerate(table.rows[:TITLE_ROWS]):
        if any("@" in plain(cell) for cell in cells):
            break  # somebody
        if sum(map(bool, by_headings(cells, _asked(questions)))) > 1:
            return Table(table.rows[place:])
    return table


def guess(table: Table, questions: Sequence[Question]) -> tuple[list[str], bool]:
    """What each column seems to be, and whether the first row seems to name them."""
    found = by_headings(table.rows[0][1], _asked(questions))
    if any(found):
        return found, True
    return _by_content(table), False


def by_headings(cells: Sequence[str], asked: Mapping[str, str] | None = None) -> list[str]:
    """What each column is by what stands above it, empty where that is nothing we know; `asked` are more headings."""
    known = _BY_HEADING | dict(asked or {})
    return _once([known.get(plain(cell), "") for cell in cells])


def _once(columns: list[str]) -> list[str]:
    return [column if column not in columns[:place] else "" for place, column in enumerate(columns)]


def _by_content(table: Table) -> list[str]:
    """Without headings: addresses tell themselves, the first of the others is the name, the next the organisation."""
    cells = table.rows[0][1]
    left = iter(("name", "organisation"))
    found = ["address" if "@" in cell else next(left, "") for cell in cells]
    return _once(found)


def headings(table: Table, *, has_heading: bool) -> list[str]:
    """What each column is called in the list, or its number."""
    named: Mapping[int, str] = dict(enumerate(table.rows[0][1])) if has_heading else {}
    return [named.get(place) or str(gettext("Column %(number)s", number=place + 1)) for place in range(table.width)]
