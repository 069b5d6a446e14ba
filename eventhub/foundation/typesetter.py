"""The typesetter, a process of its own: it reads what to set from its input, and writes a PDF.

Its fonts alone take more memory than a web process has; and whatever a document may do to it, nothing else ends.
Run as `python -m eventhub.foundation.typesetter`, it imports none of our other modules. With `--has-font` it only says,
by its exit code, whether the machine itself has a font for Chinese. What it writes is PDF/A-2b (ISO 19005-2): every
glyph is in it. A character that no font has is replaced by a sign that says so, and named on the error output.
"""

from __future__ import annotations

import json
import re
import resource
import sys
import unicodedata
from collections.abc import Sequence
from typing import Any, Literal

# The first of these that the machine has sets Chinese, and all else that it has letters for.
CJK = (
    "Noto Sans CJK SC", "Source Han Sans SC", "Noto Sans SC", "PingFang SC", "Hiragino Sans GB", "Microsoft YaHei",
)  # fmt: skip
# For what is written in Latin letters: in a Chinese font their quotation marks are as wide as a character.
LATIN = ("Noto Sans", "Open Sans", "Liberation Sans", "Arimo", "Helvetica Neue", "Arial")
# For what those lack, one after the other: rare characters of names (`Noto Sans SC` has no 𠮷), and emoji.
SPARE = ("Noto Sans JP", "Noto Emoji")
NO_FONT = 3
# Stands for a character that no font has; fonts for Chinese have it, and there it is read as such.
MISSING = "□"
# After this, on a line of the error output, come the characters that were replaced.
NAMED = "replaced: "
# What is found missing in one attempt may hide more: whatever stands beside it.
_MOST_ATTEMPTS = 5
_ARCHIVAL: Literal["a-2b"] = "a-2b"
_MISSING = re.compile(r'error: the text `"(.+?)"` could not be displayed')
_ESCAPED = re.compile(r"\\u\{([0-9a-f]+)\}")
_MOST_SECONDS = 120
_MOST_BYTES = 2 * 1024**3


def fonts(folders: Sequence[str]) -> tuple[str | None, str | None]:
    """The families that set Chinese and Latin, from these folders or the machine's own; None where there is none."""
    import typst

    families = set(typst.Fonts(font_paths=list(folders)).families())
    return next((name for name in CJK if name in families), None), next((f for f in LATIN if f in families), None)


def spare_fonts(folders: Sequence[str]) -> list[str]:
    """The families that there are for rare characters, in their order."""
    import typst

    families = set(typst.Fonts(font_paths=list(folders)).families())
    return [family for family in SPARE if family in families]


def missing_in(diagnostic: str) -> list[str]:
    """The characters that no font has, by what the typesetter says of them."""
    found = (_ESCAPED.sub(lambda code: chr(int(code[1], 16)), text) for text in _MISSING.findall(diagnostic))
    return list(dict.fromkeys(found))


def is_seen(text: str) -> bool:
    """Whether any of it shows by itself, as joiners and marks that only change their neighbours do not."""
    return any(unicodedata.category(mark) not in {"Cf", "Mn", "Me"} for mark in text)


def without(value: Any, missing: Sequence[str]) -> Any:
    """A value, however deep, with a sign in its texts for what is missing; nothing for what is never seen by itself."""
    if isinstance(value, str):
        for text in sorted(missing, key=len, reverse=True):
            value = value.replace(text, MISSING if is_seen(text) else "")
        return value
    if isinstance(value, dict):
        return {key: without(part, missing) for key, part in value.items()}
    return [without(part, missing) for part in value] if isinstance(value, list) else value


def main() -> None:
    """Set the document that the input describes: template, values, fonts' folders, and the time it is of.

    A template reaches the other templates, and no other file.
    """
    resource.setrlimit(resource.RLIMIT_CPU, (_MOST_SECONDS, _MOST_SECONDS))
    if sys.platform == "linux":
        resource.setrlimit(resource.RLIMIT_AS, (_MOST_BYTES, _MOST_BYTES))
    if sys.argv[1:] == ["--has-font"]:
        sys.exit(0 if fonts([])[0] else NO_FONT)
    import typst

    order: dict[str, Any] = json.load(sys.stdin.buffer)
    chinese, latin = fonts(order["folders"])
    if chinese is None:
        sys.exit(NO_FONT)
    families = [chinese, *spare_fonts(order["folders"])]
    told = {"zh": families, "en": [latin, *families] if latin else families}
    values = order["values"]
    replaced: list[str] = []
    for attempt in range(_MOST_ATTEMPTS):
        try:
            document = typst.compile(
                order["template"],
                root=order["root"],
                font_paths=order["folders"],
                sys_inputs={"data": json.dumps({**values, "fonts": told}, ensure_ascii=False)},
                timestamp=order["timestamp"],
                format="pdf",
                pdf_standards=_ARCHIVAL,
            )
            break
        except typst.TypstError as error:
            missing = missing_in(error.diagnostic)
            if not missing or attempt == _MOST_ATTEMPTS - 1:
                raise
            replaced += filter(is_seen, missing)
            values = without(values, missing)
    sys.stdout.buffer.write(document)
    sys.stderr.write(NAMED + json.dumps(replaced) + "\n")


if __name__ == "__main__":
    main()
