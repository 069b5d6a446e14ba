"""A person's name in the scripts they use, and how each language shows it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Dialect
from sqlalchemy.types import TypeDecorator

from eventhub.foundation.pinyin import spelt
from eventhub.foundation.tables import Json

_HAN = re.compile("[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
_BETWEEN_HAN = re.compile(rf"(?<={_HAN.pattern}) (?={_HAN.pattern})")
_JOINERS = "\u200c\u200d"
_COMPOUND = frozenset(
    re.findall(
        "..",
        "欧阳司马上官诸葛夏侯尉迟万俟东方皇甫公孙慕容令狐司徒宇文长孙"
        "端木独孤南宫轩辕闻人澹台淳于单于赫连钟离申屠太史司空百里呼延",
    )
)
# Surnames that are read otherwise than the same character in a word.
_SURNAMES = {
    "单": "Shan", "曾": "Zeng", "仇": "Qiu", "解": "Xie", "查": "Zha", "区": "Ou", "朴": "Piao",
    "盖": "Ge", "乐": "Yue", "任": "Ren", "华": "Hua", "尉迟": "Yuchi", "万俟": "Moqi",
    "单于": "Chanyu", "澹台": "Tantai",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Names:
    """A name as written in Han characters and in Latin letters; either may be missing.

    `family_first` is about the Latin form: Chinese, Hungarian or Khmer names keep their own order there.
    `pinyin` is what a machine proposed or the person corrected, for sorting and for those who read no Han.
    """

    family: str = ""
    given: str = ""
    family_first: bool = False
    han_family: str = ""
    han_given: str = ""
    pinyin: str = ""

    @property
    def latin(self) -> str:
        """The name in Latin letters, in its own order."""
        parts = (self.family, self.given) if self.family_first else (self.given, self.family)
        return " ".join(part for part in parts if part)

    @property
    def han(self) -> str:
        """The name in Han characters: family name first, no space."""
        return self.han_family + self.han_given

    def in_(self, lang: str) -> str:
        """The name as a reader of the language knows it; the other script where there is only that."""
        if lang == "zh":
            return self.han or self.latin
        return self.latin or self.pinyin or self.han

    def other(self, lang: str) -> str:
        """The name in the script that `in_` did not use, or nothing."""
        shown = self.in_(lang)
        candidates = (self.latin, self.pinyin) if lang == "zh" else (self.han,)
        return next((name for name in candidates if name and name != shown), "")

    @property
    def sort_key(self) -> str:
        """By family name in Latin letters, whatever the script."""
        latin = f"{self.family} {self.given}".strip()
        return plain(latin or self.pinyin or pinyin_of(self.han_family, self.han_given) or self.han)

    def __bool__(self) -> bool:
        return bool(self.latin or self.han)


def closed_up(name: str) -> str:
    """A name as it is written: single spaces, and none between two Han characters."""
    return _BETWEEN_HAN.sub("", " ".join(name.split()))


def split_han(name: str) -> tuple[str, str]:
    """The family and the given part of a Chinese name; compound surnames are known."""
    name = re.sub(r"\s+", "", name)
    size = 2 if name[:2] in _COMPOUND and len(name) > 2 else 1
    return name[:size], name[size:]


def pinyin_of(family: str, given: str) -> str:
    """A proposal for the pinyin of a Chinese name, `Ouyang Mingyuan`; nothing where no Han is in it."""
    if not _HAN.search(family + given):
        return ""
    spelt_family = _SURNAMES.get(family) or "".join(spelt(family)).capitalize()
    spelt_given = "".join(spelt(given)).capitalize()
    return f"{spelt_family} {spelt_given}".strip()


LONGEST = 2000


def tidy(text: str) -> str:
    """A name as it is kept: one spelling of each letter (NFC), single spaces, no invisible controls.

    The joiners stay: Persian and several Indian scripts write names with them.
    """
    # Far beyond any name, composing could take minutes; what is cut here is still too long for its field.
    text = text[:LONGEST]
    seen = (c for c in " ".join(text.split()) if c in _JOINERS or unicodedata.category(c) not in {"Cc", "Cf"})
    return " ".join(unicodedata.normalize("NFC", "".join(seen)).split())


def names_from(text: str) -> Names:
    """A name typed into one field, as parts: our best reading, which its owner can correct."""
    text = tidy(text)
    if _HAN.search(text) and not re.search(r"[A-Za-z]", text):
        family, given = split_han(text)
        return Names(han_family=family, han_given=given, pinyin=pinyin_of(family, given))
    first, _, last = text.rpartition(" ")
    return Names(family=last, given=first)


def plain(text: str) -> str:
    """A text for comparing and sorting: no case, no accents, no full-width forms."""
    folded = unicodedata.normalize("NFKD", text).casefold()
    return "".join(letter for letter in folded if not unicodedata.combining(letter))


class NamesColumn(TypeDecorator[Names]):
    """`Names` as one JSON value."""

    impl = Json
    cache_ok = True

    def process_bind_param(self, value: Names | None, dialect: Dialect) -> dict[str, Any] | None:
        return {key: part for key, part in asdict(value or Names()).items() if part}

    def process_result_value(self, value: Mapping[str, Any] | None, dialect: Dialect) -> Names:
        return Names(**(value or {}))
