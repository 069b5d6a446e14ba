"""What happens to people."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from eventhub.foundation.db import Fact


@dataclass(frozen=True, slots=True)
class PersonChanged(Fact):
    """A person's name or biography, or what else the public may see of them, is another."""

    person_id: UUID


@dataclass(frozen=True, slots=True)
class PersonForgotten(Fact):
    """Nothing is known of a person any more, and nobody finds them."""

    person_id: UUID
