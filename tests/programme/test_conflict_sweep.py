"""The sweeps over a programme against comparing each session with each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import combinations
from uuid import UUID, uuid4

from hypothesis import given, settings
from hypothesis import strategies as st

from eventhub.events.models import Event
from eventhub.foundation.i18n import EMPTY
from eventhub.people.names import Names
from eventhub.programme.conflict_queries import Draft, Held, HeldRoom, OtherEvent, Part, Somebody
from eventhub.programme.conflicts import in_draft
from eventhub.programme.stretches import Stretch

MINUTE = timedelta(minutes=1)
DAWN = datetime(2027, 3, 10, tzinfo=UTC)
EVENT = Event(zone="Asia/Shanghai", starts_at=None, ends_at=None)
ROOMS = [HeldRoom(uuid4(), EMPTY, None, (), account) for account in ("zoom", "Zoom", "")]
PEOPLE = [Somebody(uuid4(), Names(given=name), EMPTY, "Asia/Shanghai") for name in "PQR"]

# Kind, the two sessions, and whom it is about.
Met = tuple[str, frozenset[UUID], UUID | None]

spans = st.tuples(st.integers(0, 90), st.integers(1, 40)).map(
    lambda told: Stretch(DAWN + told[0] * MINUTE, DAWN + sum(told) * MINUTE)
)
parts = st.builds(
    Part,
    id=st.uuids(),
    role=st.sampled_from(["moderator", "panellist", "interpreter"]),
    mode=st.sampled_from(["in_person", "remote", "recorded"]),
    state=st.sampled_from(["proposed", "confirmed", "confirmed", "declined"]),
    somebody=st.sampled_from(PEOPLE),
)
here = st.builds(
    Held,
    id=st.uuids(version=4),
    title=st.just(EMPTY),
    hours=st.one_of(st.none(), spans),
    kind=st.sampled_from(["panel", "break", "blocker"]),
    room=st.sampled_from([None, *ROOMS]),
    parts=st.lists(parts, max_size=3),
)
there = st.builds(
    Held, id=st.uuids(version=4), title=st.just(EMPTY), hours=st.one_of(st.none(), spans),
    event=st.just(OtherEvent("other", EMPTY)),
)  # fmt: skip
drafts = st.builds(
    Draft,
    sessions=st.lists(here, max_size=12, unique_by=lambda held: held.id),
    elsewhere=st.dictionaries(st.sampled_from([person.id for person in PEOPLE]), st.lists(there, max_size=4)),
    change=st.integers(0, 10).map(lambda minutes: minutes * MINUTE),
    test=st.integers(0, 20).map(lambda minutes: minutes * MINUTE),
)


def taken(held: Held) -> set[int]:
    """Each minute that a session takes."""
    assert held.hours
    return set(range((held.hours.starts - DAWN) // MINUTE, (held.hours.ends - DAWN) // MINUTE))


def free(one: Held, other: Held) -> int:
    """The minutes between two sessions that do not meet."""
    return max(min(taken(other)) - max(taken(one)), min(taken(one)) - max(taken(other))) - 1


def rooms_met(sessions: list[Held]) -> Iterator[Met]:
    for one, other in combinations(sessions, 2):
        pair = frozenset({one.id, other.id})
        if one.room and other.room and taken(one) & taken(other):
            if one.room is other.room:
                yield "room_twice", pair, None
            if one.room.account and one.room.account.lower() == other.room.account.lower():
                yield "account_twice", pair, None


def people_met(sessions: list[Held], draft: Draft) -> Iterator[Met]:
    for person in PEOPLE:
        mine = [
            held for held in sessions
            if any(p.somebody is person and p.state != "declined" and p.mode != "recorded" for p in held.parts)
        ]  # fmt: skip
        elsewhere = [held for held in draft.elsewhere.get(person.id, ()) if held.hours]
        for one, other in [*combinations(mine, 2), *((one, other) for one in mine for other in elsewhere)]:
            pair = frozenset({one.id, other.id})
            is_apart = other.event or (one.room and other.room and one.room is not other.room)
            if taken(one) & taken(other):
                yield "person_twice", pair, person.id
            elif is_apart and free(one, other) < draft.change // MINUTE:
                yield "room_change", pair, person.id


def untested(sessions: list[Held], draft: Draft) -> Iterator[Met]:
    for later in sessions:
        is_remote = any(part.mode == "remote" and part.state != "declined" for part in later.parts)
        before = [
            held for held in sessions
            if held.room is later.room and held.kind != "break" and max(taken(held)) < min(taken(later))
        ]  # fmt: skip
        if later.room and is_remote and before:
            last = max(before, key=lambda held: (held.hours and held.hours.ends, held.hours, held.id))
            if free(last, later) < draft.test // MINUTE:
                yield "connection_test", frozenset({last.id, later.id}), None


@settings(max_examples=150, deadline=None)
@given(drafts)
def test_the_sweeps_find_what_comparing_each_with_each_finds(draft: Draft):
    sessions = [held for held in draft.sessions if held.hours]
    expected = [*rooms_met(sessions), *people_met(sessions, draft), *untested(sessions, draft)]
    found = [
        (one.kind, frozenset(held.id for held in one.sessions), one.person.id if hasattr(one, "person") else None)
        for one in in_draft(draft, EVENT)
        if len(one.sessions) == 2
    ]
    assert Counter(found) == Counter(expected)
