"""How people are found by name, in whatever script it is written and in whatever script it is looked for."""

from __future__ import annotations

import re
from functools import lru_cache

from .names import pinyin_of, plain, split_han

_HAN = re.compile("[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]+")
_LONGEST_SEARCH = 100


@lru_cache(50_000)
def keys_of(name: str, organisation: str = "") -> str:
    """What a search for a person looks in: `张伟` is found by 张, `zhang wei`, `ZhangWei`, `wei` and `zw`."""
    written = plain(name)
    lines = [written, re.sub(r"[\W_]+", "", written)]
    for han in _HAN.findall(name):
        family, given = split_han(han)
        syllables = [part for part in (_read(family, ""), *(_read("", character) for character in given)) if part]
        lines += ["".join(syllables), "".join(part[0] for part in syllables)]
    lines.append("".join(word[0] for word in re.findall(r"\w+", _HAN.sub(" ", written))))
    lines.append(plain(organisation))
    return "\n".join(dict.fromkeys(line for line in lines if line))


@lru_cache(10_000)
def _read(family: str, given: str) -> str:
    """How a family name or one further character is read: some are read otherwise in a family name than in a word."""
    return plain(pinyin_of(family, given)).replace(" ", "")


def is_found(keys: str, wanted: str) -> bool:
    """Whether all words of a search stand somewhere in what there is to look in; written together or apart is one."""
    words = plain(wanted[:_LONGEST_SEARCH]).split()
    return bool(words) and all(word in keys for word in words)
