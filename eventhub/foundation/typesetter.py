"""The typesetter, a process of its own: it reads what to set from its input, and writes a PDF.

Its fonts alone take more memory than a web process has; and whatever a document may do to it, nothing else ends.
Run as `python -m eventhub.foundation.typesetter`, it imports none of our other modules. With `--has-font` it only says,
by its exit code, whether the machine itself has a font for Chinese.
"""

from __future__ import annotations

import json
import resource
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

# The first of these that the machine has sets Chinese, and all else that it has letters for.
CJK = (
    "Noto Sans CJK SC", "Source Han Sans SC", "Noto Sans SC", "PingFang SC", "Hiragino Sans GB", "Microsoft YaHei",
)  # fmt: skip
# For what is written in Latin letters: in a Chinese font their quotation marks are as wide as a character.
LATIN = ("Noto Sans", "Open Sans", "Liberation Sans", "Arimo", "Helvetica Neue", "Arial")
NO_FONT = 3
_MOST_SECONDS = 120
_MOST_BYTES = 2 * 1024**3


def fonts(folders: Sequence[str]) -> tuple[str | None, str | None]:
    """The families that set Chinese and Latin, from these folders or the machine's own; None where there is none."""
    import typst

    families = set(typst.Fonts(font_paths=list(folders)).families())
    return next((name for name in CJK if name in families), None), next((f for f in LATIN if f in families), None)


def main() -> None:
    """Set the document that the input describes: template, values, fonts' folders, and the time it is of."""
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
    template = Path(order["template"])
    values = {**order["values"], "fonts": {"zh": [chinese], "en": [latin, chinese] if latin else [chinese]}}
    document = typst.compile(
        str(template),
        root=str(template.parent),
        font_paths=order["folders"],
        sys_inputs={"data": json.dumps(values, ensure_ascii=False)},
        timestamp=order["timestamp"],
        format="pdf",
    )
    sys.stdout.buffer.write(document)


if __name__ == "__main__":
    main()
