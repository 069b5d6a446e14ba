"""What happens to rules."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from eventhub.foundation.db import Fact


@dataclass(frozen=True, slots=True)
class ReminderRuleSaved(Fact):
    """A rule was made or changed, or turned on or off."""

    event_id: UUID
    rule_id: UUID
    is_on: bool


@dataclass(frozen=True, slots=True)
class ReminderRuleRemoved(Fact):
    """A rule is no more."""

    event_id: UUID
    rule_id: UUID
