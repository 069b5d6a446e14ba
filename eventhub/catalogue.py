"""Whether the interface's catalogue says all that the code and the pages say, in a checkout."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.frontend import parse_keywords
from babel.messages.pofile import read_po

KEYWORDS = ("_l", "lazy_gettext", "lazy_ngettext:1,2", "lazy_pgettext:1c,2")
# What stands on a page as a sentence ends as one; a single word with a stop is short for another.
_SENTENCE = re.compile(r"\s.*\.[”’)]*$", re.DOTALL)
_CLOSED = re.compile(r"[。！？…][”’）》]*$")
_STRAIGHT = re.compile(r"[A-Za-z]'")
_PLACEHOLDER = re.compile(r"%\((\w+)\)[sd]|%[sd]|\{\w*\}")


def problems(root: Path) -> Iterator[str]:
    """What is missing, left over or wrong in the Chinese catalogue, a sentence each."""
    with (root / "translations" / "zh" / "LC_MESSAGES" / "messages.po").open("rb") as file:
        kept = read_po(file, locale="zh")
    wanted = _extracted(root)
    for message in wanted:
        if not message.id:
            continue
        name = message.id if isinstance(message.id, str) else message.id[0]
        found = kept.get(name, message.context)
        if any(_STRAIGHT.search(text) for text in ([message.id] if isinstance(message.id, str) else message.id)):
            yield f"a straight apostrophe: {name!r}"
        if found is None:
            yield f"not in the catalogue: {name!r} (run `make translations`)"
            continue
        texts = [found.string] if isinstance(found.string, str) else list(found.string or ())
        if not all(texts):
            yield f"not translated: {name!r}"
        for text in filter(None, texts):
            many = message.id if isinstance(message.id, str) else message.id[-1]
            if set(_PLACEHOLDER.findall(text)) != set(_PLACEHOLDER.findall(many)):
                yield f"other placeholders than the English: {name!r}"
            if _SENTENCE.search(many) and not _CLOSED.search(text):
                yield f"a sentence without its full stop: {name!r}"
    for message in kept:
        if (
            message.id
            and wanted.get(message.id if isinstance(message.id, str) else message.id[0], message.context) is None
        ):
            yield f"no longer said anywhere: {message.id!r} (run `make translations`)"


def _extracted(root: Path) -> Catalog:
    mappings = tomllib.loads((root / "pyproject.toml").read_text())["tool"]["babel"]["mappings"]
    methods = [(mapping["pattern"], mapping["method"]) for mapping in mappings]
    catalog = Catalog()
    keywords = {**DEFAULT_KEYWORDS, **parse_keywords(KEYWORDS)}
    for path, line, message, comments, context in extract_from_dir(root, methods, {}, keywords=keywords):
        catalog.add(message, None, [(path, line)], auto_comments=comments, context=context)
    return catalog
