"""The people of a list: what each row says of somebody, or why it cannot be taken over."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any
from uuid import UUID

from flask_babel import force_locale, gettext

from eventhub.foundation.errors import Invalid
from eventhub.foundation.i18n import LOCALES, countries, gap, language
from eventhub.organisations.words import STAKEHOLDER_TYPES
from eventhub.people import addresses
from eventhub.registrations.questions.kinds import clean
from eventhub.registrations.questions.models import NO, WITH_OPTIONS, YES, Question

from .columns import QUESTION, plain
from .tables import Table

LONGEST = 200  # of a name, and of an organisation's
_YES = {"yes", "y", "true", "1", "x", "✓", "是", "有", "对", "需要"}
_NO = {"no", "n", "false", "0", "否", "无", "没有", "不", "不需要"}
_LANGUAGES = {"zh-cn": "zh", "zh-hans": "zh", "cn": "zh", "chinese": "zh", "汉语": "zh", "中": "zh", "en-gb": "en",
              "en-us": "en", "english": "en", "英": "en", "中文": "zh", "英文": "en", "英语": "en"}  # fmt: skip

# Types of organisations as the sector writes them for short.
_TYPES = {
    "ingo": "international_ngo", "国际ngo": "international_ngo", "nngo": "national_ngo", "lngo": "local_ngo",
    "un": "un_agency", "联合国": "un_agency", "红十字会": "red_cross_red_crescent", "donor": "foundation_donor",
    "foundation": "foundation_donor", "基金会": "foundation_donor", "company": "enterprise", "公司": "enterprise",
    "university": "academia", "大学": "academia", "高校": "academia", "政府": "government",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Entry:
    """Somebody as a list describes them; what it does not say is empty."""

    line: int
    name: str
    typed_address: str = ""
    address: str = ""
    organisation: str = ""
    stakeholder_type: str | None = None
    country: str | None = None
    language: str | None = None
    answers: Mapping[UUID, Any] = field(default_factory=dict)

    @property
    def who(self) -> tuple[str, str]:
        """By what those are compared who have no address."""
        return plain(self.name), plain(self.organisation)


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a row, or worth knowing of it, in words."""

    line: int
    what: str


class Reader:
    """Reads rows by what their columns are, and gathers what is wrong with them."""

    def __init__(self, columns: Sequence[str], questions: Sequence[Question]) -> None:
        self.problems: list[Problem] = []
        self._places = {column: place for place, column in enumerate(columns) if column}
        by_key = {f"{QUESTION}{one.id}": one for one in questions}
        self._asked = [(by_key[column], place) for column, place in self._places.items() if column in by_key]
        self._options = {one.id: _options(one) for one, _ in self._asked if one.kind in WITH_OPTIONS}

    def read(self, table: Table, *, has_heading: bool) -> list[Entry]:
        """All rows that say something, those that are wrong too as far as they can be read."""
        return [self._entry(line, cells) for line, cells in table.rows[has_heading:]]

    def _entry(self, line: int, cells: Sequence[str]) -> Entry:
        said = {column: cells[place] if place < len(cells) else "" for column, place in self._places.items()}
        name = self._short(line, name_in(said))
        typed, address = self._address(line, said.get("address", ""))
        if not name:
            self._wrong(line, gettext("The name is missing."))
        country = self._listed(line, said.get("country", ""), _countries, gettext("country or region"))
        return Entry(
            line=line,
            name=name,
            typed_address=typed,
            address=address,
            organisation=self._short(line, _one_line(said.get("organisation", ""))),
            stakeholder_type=self._listed(
                line,
                said.get("stakeholder_type", ""),
                _types,
                gettext("type of organisation"),
                [str(word) for word in STAKEHOLDER_TYPES.values()],
            ),
            country=country,
            language=self._listed(line, said.get("language", ""), languages, gettext("language")),
            answers=self._answers(line, cells, country),
        )

    def _wrong(self, line: int, what: str) -> None:
        self.problems.append(Problem(line, str(what)))

    def _short(self, line: int, text: str) -> str:
        if len(text) > LONGEST:
            what = gettext("“%(text)s…” is longer than %(most)s characters.", text=text[:20], most=LONGEST)
            self._wrong(line, what)
        return text[:LONGEST]

    def _address(self, line: int, cell: str) -> tuple[str, str]:
        """The address as typed, and as compared; also as mail programs write it: 王芳 <wang@example.org>."""
        if not cell:
            return "", ""
        within = cell[cell.rfind("<") + 1 :].rstrip("> ") if cell.endswith(">") else cell
        try:
            return addresses.tidy(within), addresses.normalise(within)
        except ValueError:
            self._wrong(line, gettext("“%(text)s” is not an e-mail address.", text=cell[:60]))
            return "", ""

    def _listed(
        self, line: int, cell: str, known: Callable[[], Mapping[str, str]], what: str, names: Iterable[str] = ()
    ) -> str | None:
        """What we know a cell by; where it is nothing, the `names` say what there is, if that is few."""
        if not cell:
            return None
        if (found := known().get(plain(cell))) is None:
            told = gettext("“%(text)s” is no %(what)s that we know.", text=cell[:60], what=what)
            if names:
                told += gap() + gettext("We know these: %(names)s.", names=" · ".join(names))
            self._wrong(line, told)
        return found

    def _answers(self, line: int, cells: Sequence[str], country: str | None) -> dict[UUID, Any]:
        found = {}
        for question, place in self._asked:
            cell = cells[place] if place < len(cells) else ""
            if not cell:
                continue
            try:
                value = clean(question, self._value(question, cell, country))
            except Invalid as error:
                label, what = question.label.in_(language()), error.message
                if question.kind in WITH_OPTIONS:
                    names = " · ".join(one.text.in_(language()) for one in question.options if not one.is_retired)
                    what = gettext("“%(text)s” is none of these: %(names)s.", text=cell[:60], names=names)
                self._wrong(line, gettext("%(question)s: %(error)s", question=label, error=what))
            else:
                if value is not None:
                    found[question.id] = value
        return found

    def _value(self, question: Question, cell: str, country: str | None) -> Any:
        """A cell as the question's field would send it."""
        word = plain(cell)
        match question.kind:
            case "choice_one":
                return self._options[question.id].get(word, cell)
            case "choice_many":
                known = self._options[question.id]
                if word in known:
                    return [known[word]]
                parts = [
                    plain(part) for part in cell.replace("；", ";").replace("、", ";").replace("\n", ";").split(";")
                ]
                if any(part and part not in known for part in parts):
                    parts = [plain(part) for part in cell.replace("，", ",").split(",")]
                return [known.get(part, part) for part in parts if part]
            case "yes_no":
                return YES if word in _YES else NO if word in _NO else cell
            case "country":
                return _countries().get(word, cell)
            case "phone":
                return {"typed": cell, "country": country or ""}
            case _:
                return cell


def _one_line(text: str) -> str:
    return " ".join(text.split())


def name_in(said: Mapping[str, str]) -> str:
    """The name, or put together from its parts: a Chinese one without a space, the family's first."""
    if name := _one_line(said.get("name", "")):
        return name
    family, given = _one_line(said.get("family_name", "")), _one_line(said.get("given_name", ""))
    is_han = any("\u3400" <= mark <= "\u9fff" or mark >= "\U00020000" for mark in family)
    return f"{family}{given}" if is_han else f"{given} {family}".strip()


def _options(question: Question) -> dict[str, str]:
    return {
        plain(text): option.key
        for option in question.options
        for text in (option.key, *option.text.texts.values())
        if text
    }


@lru_cache
def _countries() -> dict[str, str]:
    known = {plain(name): code for lang in LOCALES for code, name in countries(lang).items()}
    return known | {code.casefold(): code for code in countries("en")}


@lru_cache
def _types() -> dict[str, str]:
    known = _TYPES | {plain(key): key for key in STAKEHOLDER_TYPES}
    for lang in LOCALES:
        with force_locale(lang):
            known |= {plain(str(word)): key for key, word in STAKEHOLDER_TYPES.items()}
    return known


def languages() -> dict[str, str]:
    """Our languages by all that a list may call them."""
    return {
        **_LANGUAGES,
        **{code: code for code in LOCALES},
        **{plain(str(name)): code for code, name in LOCALES.items()},
    }
