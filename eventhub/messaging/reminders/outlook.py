"""When rules write next, as organisers see it: of what goes by each reader's own clock, from when until when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func, literal, select, union_all

from eventhub.events.models import Event
from eventhub.foundation import clock
from eventhub.foundation.db import db

from . import queries
from .models import ReminderRule
from .queries import Occasion

MOST = 3
# Within so much time an hour is over by all clocks.
_ALL_ROUND = timedelta(hours=26)


@dataclass(frozen=True, slots=True)
class Span:
    """For what a rule writes next, to how many, and the first and the last moment at which it does."""

    first: datetime
    last: datetime
    people: int
    occasion: Occasion


@dataclass(frozen=True, slots=True)
class Planned:
    """A moment to come of a rule: for what, and how many it would reach as things stand now."""

    due_at: datetime
    people: int
    occasion: Occasion


def plan(event: Event, rules: Sequence[ReminderRule], most: int = 3) -> dict[UUID, list[Planned]]:
    """The moments of the next `most` occasions of each rule, the first first: one question, however many the rules."""
    now = clock.now()
    asked: list[tuple[ReminderRule, Occasion]] = []
    for rule in rules:
        asked += [(rule, one) for one in _next(rule, event, now, most)]
    parts = []
    for number, (rule, occasion) in enumerate(asked):
        people = queries.people_for(rule, event, occasion, None)[0].subquery()
        place = list(people.c)[3]
        parts.append(select(literal(number), place, func.count()).select_from(people).group_by(place))
    counted: dict[tuple[int, datetime], int] = {}
    for number, place, people_there in db.session.execute(union_all(*parts)) if parts else ():
        rule, occasion = asked[number]
        due = queries.moment_for(rule, event, occasion.at, queries.zone_of(rule.audience, place, event))
        counted[number, due] = counted.get((number, due), 0) + people_there
    found: dict[UUID, list[Planned]] = {rule.id: [] for rule in rules}
    for (number, due), people_there in sorted(counted.items(), key=lambda item: (item[0][1], item[0][0])):
        rule, occasion = asked[number]
        if due > max(now, rule.since):
            found[rule.id].append(Planned(due, people_there, occasion))
    return found


def _next(rule: ReminderRule, event: Event, now: datetime, most: int) -> list[Occasion]:
    """The occasions whose moment is next: some of which it is over by the event's clock, but by no other yet."""
    moments = [(queries.moment_for(rule, event, one.at, event.zone), one) for one in queries.occasions(rule, event)]
    behind = [one for due, one in moments if due <= now < due + _ALL_ROUND]
    return behind[-most:] + [one for due, one in moments if due > now][:most]


def ahead(event: Event, rules: Sequence[ReminderRule]) -> dict[UUID, list[Span]]:
    """The next of each rule, the first of it first."""
    return {rule_id: _spans(planned)[:MOST] for rule_id, planned in plan(event, rules, MOST).items()}


def _spans(planned: Sequence[Planned]) -> list[Span]:
    moments: dict[tuple[UUID, datetime], list[Planned]] = {}
    for one in planned:
        moments.setdefault((one.occasion.id, one.occasion.at), []).append(one)
    return [
        Span(same[0].due_at, same[-1].due_at, sum(one.people for one in same), same[0].occasion)
        for same in moments.values()
    ]


def is_by_own_clock(rule: ReminderRule) -> bool:
    """Whether a rule names an hour that is each reader's own; guests are known by no clock but the event's."""
    return rule.unit == "days" and bool(rule.at_clock) and rule.is_own_clock and rule.audience != "guests"
