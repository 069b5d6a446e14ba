"""What happens to programmes by files."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from eventhub.foundation.db import Fact


@dataclass(frozen=True, slots=True)
class ProgrammeImported(Fact):
    """A file of this form was taken over into a programme: how many sessions came, changed and went."""

    event_id: UUID
    form: str
    added: int
    changed: int
    removed: int
