"""When rules write next, as organisers see it: of what goes by each reader's own clock, from when until when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from eventhub.events.models import Event

from . import queries
from .models import ReminderRule
from .queries import Occasion

MOST = 3


@dataclass(frozen=True, slots=True)
class Span:
    """For what a rule writes next, to how many, and the first and the last moment at which it does."""

    first: datetime
    last: datetime
    people: int
    occasion: Occasion


def ahead(event: Event, rules: Sequence[ReminderRule]) -> dict[UUID, list[Span]]:
    """The next of each rule, the first of it first."""
    return {rule_id: _spans(planned)[:MOST] for rule_id, planned in queries.plan(event, rules, MOST).items()}


def _spans(planned: Sequence[queries.Planned]) -> list[Span]:
    moments: dict[tuple[UUID, datetime], list[queries.Planned]] = {}
    for one in planned:
        moments.setdefault((one.occasion.id, one.occasion.at), []).append(one)
    return [
        Span(same[0].due_at, same[-1].due_at, sum(one.people for one in same), same[0].occasion)
        for same in moments.values()
    ]


def is_by_own_clock(rule: ReminderRule) -> bool:
    """Whether a rule names an hour that is each reader's own; guests are known by no clock but the event's."""
    return rule.unit == "days" and bool(rule.at_clock) and rule.is_own_clock and rule.audience != "guests"
