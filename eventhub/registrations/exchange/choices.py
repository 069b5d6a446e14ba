"""What organisers choose to become of a list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

RULES = ("keep", "overwrite", "skip")
NAMESAKES = ("", "same", "new", "ticked")


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """What each column is, in which pool and state new people are put, and what becomes of those who are there already.

    `duplicates` is the rule for an address that is registered, or twice in the list: `keep` what is known and fill in
    what is not, `overwrite` it with what the list says, or `skip` the row. `namesakes` says who people without an
    address are whose name and organisation are registered: the `same` people, `new` ones, or those in the rows `ticked`
    the same.
    """

    columns: Sequence[str]
    has_heading: bool = True
    pool: str = ""
    is_pending: bool = False
    duplicates: str = "keep"
    namesakes: str = ""
    ticked: Sequence[int] = ()
    take_back: bool = False
    leave_out: bool = False
    is_told: bool = True
    language: str = "en"

    def as_json(self) -> dict[str, Any]:
        """The choices as they are kept."""
        return {**asdict(self), "columns": list(self.columns), "ticked": list(self.ticked)}
