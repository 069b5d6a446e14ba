"""Where sessions stand in the grid."""

from __future__ import annotations

from datetime import UTC, date, datetime
from uuid import uuid4

from hypothesis import given
from hypothesis import strategies as st

from eventhub.foundation.i18n import EMPTY, Translated
from eventhub.programme.public import PublicRoom, PublicSession
from eventhub.programme.timetable import MOST_COLUMNS, MOST_ROWS, MOST_SPAN, Mark, Slot, Timetable, lay_out

DAY, ZONE = date(2027, 3, 10), "UTC"
HALL, SMALL, UNUSED = (
    PublicRoom(uuid4(), Translated.of(en=name), is_virtual=False) for name in ("Hall", "Small", "No")
)


def at(hour: int, minute: int = 0) -> datetime:
    return datetime(2027, 3, 10, hour, minute)


def session(start: datetime, end: datetime, room: PublicRoom | None = HALL) -> PublicSession:
    return PublicSession(
        id=uuid4(), slug="s", kind="panel", is_cancelled=False, title=EMPTY, abstract=EMPTY, starts=start, ends=end,
        starts_at=start.replace(tzinfo=UTC), ends_at=end.replace(tzinfo=UTC), room=room, track=None, language=None,
        interpretation=(), speakers=(),
    )  # fmt: skip


def slots(table: Timetable) -> list[tuple[int, int, int | None]]:
    return [(item.row, item.rows, item.column) for item in table.items if isinstance(item, Slot)]


def test_rooms_stand_beside_each_other_and_five_minutes_are_a_row():
    sessions = [session(at(9, 30), at(10)), session(at(9, 30), at(11), SMALL), session(at(10), at(10, 5))]
    table = lay_out(DAY, sessions, [HALL, UNUSED, SMALL], ZONE)
    assert table.columns == (HALL, SMALL)
    assert slots(table) == [(7, 6, 1), (7, 18, 2), (13, 1, 1)]
    assert [(m.row, m.at.hour) for m in table.items if isinstance(m, Mark)] == [(1, 9), (13, 10)]


def test_what_has_no_room_stands_across_unless_something_else_goes_on():
    alone = lay_out(DAY, [session(at(9), at(10)), session(at(10), at(11), None), session(at(11), at(12))], [HALL], ZONE)
    assert [column for *_, column in slots(alone)] == [1, None, 1]
    beside = lay_out(DAY, [session(at(9), at(11)), session(at(10), at(12), None)], [HALL], ZONE)
    assert beside.columns == (HALL, None)
    assert [column for *_, column in slots(beside)] == [1, 2]


def test_two_at_once_in_one_room_do_not_hide_each_other():
    table = lay_out(DAY, [session(at(9), at(11)), session(at(10), at(12)), session(at(11), at(12))], [HALL], ZONE)
    assert [column for *_, column in slots(table)] == [1, 2, 1]


def test_the_present_is_marked_and_what_is_under_way():
    table = lay_out(
        DAY, [session(at(9), at(10)), session(at(10), at(11))], [HALL], ZONE, at(10, 20).replace(tzinfo=UTC)
    )
    assert [item.is_current for item in table.items if isinstance(item, Slot)] == [False, True]
    assert [item.row for item in table.items if isinstance(item, Mark) and item.is_now] == [17]
    over = lay_out(DAY, [session(at(9), at(10))], [HALL], ZONE, at(10).replace(tzinfo=UTC))
    assert not any(isinstance(item, Mark) and item.is_now for item in over.items)


def test_more_rooms_than_a_grid_holds_make_a_list():
    rooms = [PublicRoom(uuid4(), EMPTY, is_virtual=False) for _ in range(MOST_COLUMNS + 1)]
    assert lay_out(DAY, [session(at(9), at(10), room) for room in rooms], rooms, ZONE).columns == ()
    assert lay_out(DAY, [], rooms, ZONE).items == ()


hours = st.datetimes(min_value=at(0), max_value=datetime(2027, 3, 12))
spans = st.tuples(hours, hours, st.sampled_from([HALL, SMALL, None]))


@given(st.lists(spans, min_size=1, max_size=12))
def test_nothing_lies_on_anything_else_or_outside_the_grid(made: list[tuple[datetime, datetime, PublicRoom | None]]):
    sessions = sorted((session(*sorted((a, b)), room) for a, b, room in made if a != b), key=lambda s: s.starts)
    table = lay_out(DAY, sessions, [HALL, SMALL], ZONE)
    placed = [item for item in table.items if isinstance(item, Slot)]
    assert len(placed) == len(sessions)
    for item in placed:
        assert 1 <= item.row <= MOST_ROWS
        assert 1 <= item.rows <= MOST_SPAN
        assert item.column is None or 1 <= item.column <= len(table.columns) or not table.columns
    for one in placed:
        for other in placed:
            if one is not other and one.session.starts < other.session.ends and other.session.starts < one.session.ends:
                assert None not in (one.column, other.column)
                assert one.column != other.column
