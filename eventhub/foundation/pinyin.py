"""Chinese spelt in Latin letters, without tones."""

from __future__ import annotations

import json
import os
import re
import unicodedata
from collections.abc import Callable
from functools import lru_cache
from importlib.resources import files
from typing import cast

_PHRASE = re.compile(r'"([^"]+)": *(\[[^:]*\])')
_READING = re.compile(r'\[\s*"([^"]+)"')


def spelt(text: str) -> list[str]:
    """The syllables of a text, `chong`, `qing`; what is not Chinese stays as it is, in one piece."""
    return _speller()(text)


@lru_cache(1)
def _speller() -> Callable[[str], list[str]]:
    """The library, loaded when something is to be spelt, for no page that is only read needs it: it takes 57 MB.

    Most of that are phrases, which say how a character is read where it is not read as usual. Tones aside, nine in
    ten of them are read as their characters are by themselves; without those all of it takes a third.
    """
    os.environ["PYPINYIN_NO_PHRASES"] = os.environ["PYPINYIN_NO_DICT_COPY"] = "yes"
    import pypinyin
    from pypinyin.constants import PINYIN_DICT

    def is_unusual(phrase: str, written: str) -> bool:
        usual = (_toneless(PINYIN_DICT.get(ord(character), "").partition(",")[0]) for character in phrase)
        return list(usual) != list(map(_toneless, _READING.findall(written)))

    text = files("pypinyin").joinpath("phrases_dict.json").read_text("utf-8")
    unusual = {one[1] for one in _PHRASE.finditer(text) if is_unusual(*one.groups())}
    # One that is read as usual, but has an unusual one in it, keeps that one from being found there.
    kept = {one[1]: json.loads(one[2]) for one in _PHRASE.finditer(text) if not unusual.isdisjoint(_parts(one[1]))}
    pypinyin.load_phrases_dict(kept)
    return cast("Callable[[str], list[str]]", pypinyin.lazy_pinyin)


def _parts(phrase: str) -> list[str]:
    size = len(phrase)
    return [phrase[start:end] for start in range(size) for end in range(start + 2, size + 1)]


@lru_cache(2048)
def _toneless(syllable: str) -> str:
    parts = unicodedata.normalize("NFD", syllable)
    return "".join(one for one in parts if one == "\u0308" or not unicodedata.combining(one))
