"""Placing sessions step by step: what is saved, what is undone, and what is refused in words."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa

from eventhub.events.models import Event
from eventhub.foundation.actor import SYSTEM, VISITOR, Actor
from eventhub.foundation.db import db
from eventhub.foundation.errors import Conflict, Forbidden, Invalid, NotFound, Stale
from eventhub.organisations.models import Organisation
from eventhub.programme import editor, services, whole
from eventhub.programme.editor import Placement
from eventhub.programme.models import ProgrammeSession, Room, Step
from eventhub.programme.plans import SessionPlan
from tests.conftest import both, organisation_of
from tests.queries import count_queries

DAY = datetime(2027, 3, 10)


def at(hour: int, minute: int = 0, day: int = 10) -> datetime:
    """An hour of the day, by the clock on the wall."""
    return datetime(2027, 3, day, hour, minute)


@pytest.fixture
def organiser(make_member: Callable[..., Actor]) -> Actor:
    return make_member("organiser")


@pytest.fixture
def colleague(organiser: Actor, make_member: Callable[..., Actor]) -> Actor:
    """Somebody else of the same organisation, who edits at the same time."""
    return make_member("organiser", db.session.get(Organisation, organisation_of(organiser)))


@pytest.fixture
def event(organiser: Actor, make_event: Callable[..., Event]) -> Event:
    return make_event("Bridging Practice", organisation=organisation_of(organiser), starts=at(9), ends=at(18))


@pytest.fixture
def hall(event: Event) -> Room:
    return services.save_room(SYSTEM, event.id, both("Main hall"))


@pytest.fixture
def annex(event: Event) -> Room:
    return services.save_room(SYSTEM, event.id, both("Annex"))


@pytest.fixture
def add(event: Event, hall: Room) -> Callable[..., ProgrammeSession]:
    """A session of an hour, or of so many minutes, in the main hall, or in another room."""

    def make(title: str, starts: datetime | None, minutes: int = 60, room: Room | None = hall) -> ProgrammeSession:
        ends = starts + timedelta(minutes=minutes) if starts else None
        plan = SessionPlan("panel", both(title), starts=starts, ends=ends, room_id=room.id if room else None)
        return services.add_session(SYSTEM, event.id, plan)

    return make


def stand(session: ProgrammeSession) -> tuple[str, str, Any]:
    """Where a session stands: from, until, and the room's id."""
    db.session.rollback()
    db.session.refresh(session)
    return (f"{session.starts:%d %H:%M}" if session.starts else "", f"{session.ends:%H:%M}" if session.ends else "",
            session.room_id)  # fmt: skip


def steps(actor: Actor) -> list[tuple[int, bool]]:
    db.session.rollback()
    query = sa.select(Step.number, Step.is_undone).where(Step.person_id == actor.person_id).order_by(Step.number)
    return [(row[0], row[1]) for row in db.session.execute(query)]


# --- placing -----------------------------------------------------------------------------------------------


def test_a_session_is_placed_and_the_step_tells_where_it_stood(organiser, event, add, hall, annex):
    session = add("Panel", at(9))
    version = session.version
    wanted = Placement(at(14), at(15, 30), annex.id, version)
    step = editor.place(organiser, event.id, {session.id: wanted})
    assert stand(session) == ("10 14:00", "15:30", annex.id)
    assert session.version == version + 1
    assert session.starts_at.isoformat() == "2027-03-10T06:00:00+00:00"
    assert (step.number, step.person_id, step.is_undone) == (1, organiser.person_id, False)
    assert step.before == {str(session.id): Placement(at(9), at(10), hall.id).as_json()}
    assert step.after == {str(session.id): wanted.as_json()}


def test_several_sessions_are_one_step(organiser, event, add, hall, annex):
    first, second, waiting = add("First", at(9)), add("Second", at(10)), add("Waiting", None)
    wanted = {
        first.id: Placement(at(10), at(11), hall.id, first.version),
        second.id: Placement(None, None, hall.id, second.version),
        waiting.id: Placement(at(9), at(9, 45), annex.id, waiting.version),
    }
    step = editor.place(organiser, event.id, wanted)
    assert len(step.after) == 3
    assert [stand(session)[0] for session in (first, second, waiting)] == ["10 10:00", "", "10 09:00"]
    editor.undo(organiser, event.id)
    assert [stand(session)[0] for session in (first, second, waiting)] == ["10 09:00", "10 10:00", ""]
    assert second.room_id == hall.id


def test_what_stands_there_already_is_no_step(organiser, event, add, hall):
    session = add("Panel", at(9))
    version = session.version
    assert editor.place(organiser, event.id, {session.id: Placement(at(9), at(10), hall.id, version)}) is None
    assert (steps(organiser), session.version) == ([], version)


@pytest.mark.parametrize(
    ("placement", "field", "said"),
    [
        (Placement(at(10), at(9)), "ends", "The end must come after the start."),
        (Placement(at(10), None), "ends", "Give both a start and an end, or neither."),
        (Placement(None, at(10)), "starts", "Give both a start and an end, or neither."),
        (Placement(at(10), at(11), uuid4()), "room_id", "Choose one from the list."),
        (Placement(datetime(2150, 1, 1), datetime(2150, 1, 2)), "starts", "Choose a year from 1970 to 2100."),
    ],
)
def test_what_cannot_be_is_refused_beside_its_field(organiser, event, add, placement, field, said):
    session = add("Panel", at(9))
    with pytest.raises(Invalid) as refused:
        editor.place(organiser, event.id, {session.id: placement})
    assert (refused.value.field, refused.value.message) == (field, said)
    assert (stand(session)[0], steps(organiser)) == ("10 09:00", [])


def test_a_step_is_carried_out_whole_or_not_at_all(organiser, event, add):
    first, second = add("First", at(9)), add("Second", at(10))
    with pytest.raises(Invalid) as refused:
        editor.place(organiser, event.id, {first.id: Placement(at(11), at(12)), second.id: Placement(at(12), at(11))})
    assert refused.value.message == "“Second”: The end must come after the start."
    assert [stand(first)[0], stand(second)[0]] == ["10 09:00", "10 10:00"]


def test_an_hour_that_the_clocks_skip_is_refused_in_words(organiser, make_event):
    event = make_event(organisation=organisation_of(organiser), zone="Europe/Zurich", starts=at(9, day=28), ends=None)
    plan = SessionPlan("panel", both("Night watch"), starts=at(1, day=28), ends=at(1, 30, day=28))
    session = services.add_session(SYSTEM, event.id, plan)
    with pytest.raises(Invalid, match="The clocks are put forward over this time"):
        editor.place(organiser, event.id, {session.id: Placement(at(2, 30, day=28), at(4, day=28))})
    assert stand(session)[0] == "28 01:00"
    # An hour later is an hour later.
    editor.shift_following(organiser, event.id, session.id, 60, in_room_only=True)
    assert stand(session)[0] == "28 03:00"
    assert session.starts_at.isoformat() == "2027-03-28T01:00:00+00:00"


def test_cancelled_and_deleted_sessions_stay_where_they_are(organiser, event, add, hall):
    session = add("Panel", at(9))
    services.cancel_session(SYSTEM, session.id)
    with pytest.raises(Conflict, match="“Panel” does not take place any more"):
        editor.place(organiser, event.id, {session.id: Placement(at(11), at(12), hall.id, session.version)})
    with pytest.raises(Conflict, match="Restore it first"):
        editor.shift_following(organiser, event.id, session.id, 15, in_room_only=True)
    assert stand(session)[0] == "10 09:00"


# --- two at once -------------------------------------------------------------------------------------------


def test_a_session_that_somebody_else_saved_is_not_moved_and_both_versions_are_told(
    organiser, colleague, event, add, hall, annex
):
    session, other = add("Panel", at(9)), add("Other", at(10))
    read = session.version
    editor.place(colleague, event.id, {session.id: Placement(at(11), at(12), annex.id, read)})
    wanted = Placement(at(14), at(15), hall.id, read)
    with pytest.raises(Stale) as refused:
        editor.place(
            organiser, event.id, {session.id: wanted, other.id: Placement(at(16), at(17), None, other.version)}
        )
    assert refused.value.message == (
        "Somebody else has saved “Panel” meanwhile. It is now: Wed 10 Mar 11:00–12:00, Annex. "
        "You wanted: Wed 10 Mar 14:00–15:00, Main hall. Nothing has been changed."
    )
    (clash,) = refused.value.details["clashes"]
    assert (clash.session_id, clash.wanted) == (session.id, wanted)
    assert clash.now == Placement(at(11), at(12), annex.id)
    assert [stand(session)[0], stand(other)[0], steps(organiser)] == ["10 11:00", "10 10:00", []]


def test_a_session_that_somebody_else_deleted_is_told_as_such(organiser, event, add, hall):
    session = add("Panel", at(9))
    read = session.version
    services.delete_session(SYSTEM, session.id)
    with pytest.raises(Stale, match="It is now: deleted") as refused:
        editor.place(organiser, event.id, {session.id: Placement(at(14), at(15), hall.id, read)})
    assert refused.value.details["clashes"][0].now is None


def test_tools_ask_for_the_version_as_well(organiser, colleague, event, add, hall):
    session, _ = add("Panel", at(10)), add("Before", at(8))
    read = session.version
    editor.place(colleague, event.id, {session.id: Placement(at(11), at(12), hall.id)})
    with pytest.raises(Stale, match="You wanted: Wed 10 Mar 11:15–12:15, Main hall"):
        editor.shift_following(organiser, event.id, session.id, 15, in_room_only=True, version=read)
    with pytest.raises(Stale, match="You wanted: Wed 10 Mar 09:00–10:00, Main hall"):
        editor.fit_gap(organiser, event.id, session.id, "move", "before", version=read)
    assert stand(session)[0] == "10 11:00"


# --- undo and redo -----------------------------------------------------------------------------------------


def move(actor: Actor, session: ProgrammeSession, hour: int) -> None:
    """The session at another hour, for an hour, in its room."""
    editor.place(actor, session.event_id, {session.id: Placement(at(hour), at(hour + 1), session.room_id)})


def test_steps_are_undone_and_done_again_in_turn(organiser, event, add):
    session = add("Panel", at(9))
    for hour in (10, 11, 12):
        move(organiser, session, hour)
    seen = []
    for deed in (editor.undo, editor.undo, editor.redo, editor.undo, editor.undo, editor.redo):
        deed(organiser, event.id)
        seen.append(stand(session)[0][3:5])
    assert seen == ["11", "10", "11", "10", "09", "10"]
    assert steps(organiser) == [(1, False), (2, True), (3, True)]


def test_a_new_step_drops_what_was_undone(organiser, event, add):
    session = add("Panel", at(9))
    for hour in (10, 11):
        move(organiser, session, hour)
    editor.undo(organiser, event.id)
    move(organiser, session, 15)
    with pytest.raises(Conflict, match="There is nothing to redo"):
        editor.redo(organiser, event.id)
    assert steps(organiser) == [(1, False), (2, False)]
    editor.undo(organiser, event.id)
    editor.undo(organiser, event.id)
    with pytest.raises(Conflict, match="There is nothing to undo"):
        editor.undo(organiser, event.id)
    assert stand(session)[0] == "10 09:00"


def test_everybody_undoes_their_own_steps_only(organiser, colleague, event, add):
    mine, theirs = add("Mine", at(9)), add("Theirs", at(10))
    move(organiser, mine, 14)
    move(colleague, theirs, 15)
    editor.undo(organiser, event.id)
    assert [stand(mine)[0], stand(theirs)[0]] == ["10 09:00", "10 15:00"]
    editor.undo(colleague, event.id)
    assert stand(theirs)[0] == "10 10:00"


def test_what_somebody_else_has_moved_since_is_not_taken_back(organiser, colleague, event, add):
    session = add("Panel", at(9))
    move(organiser, session, 14)
    move(colleague, session, 16)
    with pytest.raises(Conflict) as refused:
        editor.undo(organiser, event.id)
    assert refused.value.message == (
        "Not undone, because this has been moved since: “Panel” (now: Wed 10 Mar 16:00–17:00, Main hall)."
    )
    assert (stand(session)[0], steps(organiser)) == ("10 16:00", [(1, False)])
    editor.undo(colleague, event.id)
    assert stand(session)[0] == "10 14:00"
    editor.undo(organiser, event.id)
    assert stand(session)[0] == "10 09:00"
    services.move_session(SYSTEM, session.id, at(8))
    with pytest.raises(Conflict, match="Not redone, because this has been moved since"):
        editor.redo(organiser, event.id)


def test_a_step_of_several_is_undone_only_where_all_of_them_still_stand(organiser, event, add):
    first, second = add("First", at(9)), add("Second", at(10))
    editor.shift_following(organiser, event.id, first.id, 30, in_room_only=True)
    services.delete_session(SYSTEM, second.id)
    with pytest.raises(Conflict, match=r"since: “Second” \(now: deleted\)\."):
        editor.undo(organiser, event.id)
    assert stand(first)[0] == "10 09:30"
    services.restore_session(SYSTEM, second.id)
    editor.undo(organiser, event.id)
    assert [stand(first)[0], stand(second)[0]] == ["10 09:00", "10 10:00"]


def test_nobody_is_put_back_into_a_room_that_is_gone(organiser, event, add, annex, hall):
    session = add("Panel", at(9), room=annex)
    editor.place(organiser, event.id, {session.id: Placement(at(9), at(10), hall.id)})
    services.remove_room(SYSTEM, annex.id)
    with pytest.raises(Conflict, match="Choose one from the list"):
        editor.undo(organiser, event.id)
    assert stand(session) == ("10 09:00", "10:00", hall.id)


def test_a_step_into_a_room_that_is_gone_is_passed_over_whole(organiser, event, add, annex, hall):
    first, second, third = add("First", at(9)), add("Second", at(10)), add("Third", at(11), room=annex)
    move(organiser, first, 15)
    to_hall = {one.id: Placement(one.starts, one.ends, hall.id) for one in (third,)}
    editor.place(organiser, event.id, {second.id: Placement(at(16), at(17), hall.id), **to_hall})
    services.remove_room(SYSTEM, annex.id)
    assert editor.undo(organiser, event.id).number == 1
    assert [stand(one)[0] for one in (first, second, third)] == ["10 09:00", "10 16:00", "10 11:00"]


def test_the_last_hundred_steps_are_kept(organiser, colleague, event, add, monkeypatch):
    monkeypatch.setattr(editor, "MOST_STEPS", 3)
    session = add("Panel", at(9))
    move(colleague, session, 8)
    for hour in (10, 11, 12, 13, 14):
        move(organiser, session, hour)
    assert steps(organiser) == [(3, False), (4, False), (5, False)]
    assert steps(colleague) == [(1, False)]


# --- what follows ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("in_room_only", "expected"),
    [
        (True, ["09:00", "10:20", "11:20", "10:00", "12:00"]),
        (False, ["09:00", "10:20", "11:20", "10:20", "12:20"]),
    ],
)
def test_what_follows_on_the_day_is_shifted(organiser, event, add, annex, in_room_only, expected):
    early, first, second = add("Early", at(9)), add("First", at(10)), add("Second", at(11))
    beside, later = add("Beside", at(10), room=annex), add("Later", at(12), room=annex)
    tomorrow, waiting, cancelled = add("Tomorrow", at(10, day=11)), add("Waiting", None), add("Gone", at(13))
    services.cancel_session(SYSTEM, cancelled.id)
    step = editor.shift_following(organiser, event.id, first.id, 20, in_room_only=in_room_only, version=first.version)
    assert len(step.after) == (2 if in_room_only else 4)
    assert [stand(session)[0][3:] for session in (early, first, second, beside, later)] == expected
    assert [stand(session)[0] for session in (tomorrow, waiting, cancelled)] == ["11 10:00", "", "10 13:00"]
    editor.undo(organiser, event.id)
    assert [stand(first)[0], stand(second)[0]] == ["10 10:00", "10 11:00"]


def test_shifting_goes_back_in_time_and_across_midnight(organiser, event, add):
    late = add("Late", at(22, 30), 120)
    editor.shift_following(organiser, event.id, late.id, -30, in_room_only=True)
    assert stand(late)[:2] == ("10 22:00", "00:00")
    editor.shift_following(organiser, event.id, late.id, 150, in_room_only=True)
    assert stand(late)[0] == "11 00:30"


@pytest.mark.parametrize("minutes", [0, 1441, -1441])
def test_shifting_by_nothing_or_by_days_is_refused(organiser, event, add, minutes):
    session = add("Panel", at(9))
    with pytest.raises(Invalid, match="Write a number of minutes up to a day"):
        editor.shift_following(organiser, event.id, session.id, minutes, in_room_only=True)


# --- free time ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fit", "side", "expected"),
    [
        ("stretch", "before", ("10 10:00", "13:00")),
        ("stretch", "after", ("10 12:00", "14:30")),
        ("move", "before", ("10 10:00", "11:00")),
        ("move", "after", ("10 13:30", "14:30")),
    ],
)
def test_a_session_fits_into_the_free_time_in_its_room(organiser, event, add, annex, fit, side, expected):
    add("Before", at(9))
    session = add("Panel", at(12))
    add("After", at(14, 30))
    add("Elsewhere", at(11), room=annex)
    services.cancel_session(SYSTEM, add("Gone", at(11, 30), 30).id)
    editor.fit_gap(organiser, event.id, session.id, fit, side, version=session.version)
    assert stand(session)[:2] == expected
    editor.undo(organiser, event.id)
    assert stand(session)[:2] == ("10 12:00", "13:00")


@pytest.mark.parametrize(
    ("fit", "side", "expected"),
    [
        ("stretch", "before", ("10 12:20", "13:00")),
        ("stretch", "after", ("10 12:00", "12:50")),
        ("move", "before", ("10 12:20", "13:20")),
        ("move", "after", ("10 11:50", "12:50")),
    ],
)
def test_a_session_that_overlaps_is_fitted_beside_the_other(organiser, event, add, fit, side, expected):
    add("Before", at(11), 80)
    session = add("Panel", at(12))
    add("After", at(12, 50))
    assert editor.fit_gap(organiser, event.id, session.id, fit, side)
    assert stand(session)[:2] == expected
    assert editor.fit_gap(organiser, event.id, session.id, fit, side) is None, "it stands there"


@pytest.mark.parametrize("side", ["before", "after"])
def test_a_session_is_not_fitted_beside_nothing_nor_into_no_time(organiser, event, add, side):
    session = add("Panel", at(12))
    with pytest.raises(Conflict, match=f"No session comes {side} this one in its room"):
        editor.fit_gap(organiser, event.id, session.id, "move", side)
    add("All day", at(9), 480)
    with pytest.raises(Conflict, match="“All day” takes all of its time"):
        editor.fit_gap(organiser, event.id, session.id, "stretch", side)
    assert stand(session)[:2] == ("10 12:00", "13:00")


def test_the_neighbour_of_a_session_across_midnight_is_on_the_next_day(organiser, event, add):
    session, _ = add("Night watch", at(23), 120), add("Morning", at(3, day=11))
    editor.fit_gap(organiser, event.id, session.id, "stretch", "after")
    assert stand(session)[:2] == ("10 23:00", "03:00")


def test_a_session_without_hours_has_nothing_to_be_shifted_or_fitted(organiser, event, add):
    session = add("Waiting", None)
    for deed in (
        lambda: editor.shift_following(organiser, event.id, session.id, 15, in_room_only=True),
        lambda: editor.fit_gap(organiser, event.id, session.id, "move", "before"),
    ):
        with pytest.raises(Conflict, match="This session has no hours yet"):
            deed()


# --- who may -----------------------------------------------------------------------------------------------


DEEDS: dict[str, Callable[[Actor, Any], object]] = {
    "place": lambda actor, s: editor.place(actor, s.event_id, {s.id: Placement(at(14), at(15))}),
    "shift_following": lambda actor, s: editor.shift_following(actor, s.event_id, s.id, 15, in_room_only=True),
    "fit_gap": lambda actor, s: editor.fit_gap(actor, s.event_id, s.id, "move", "before"),
    "undo": lambda actor, s: editor.undo(actor, s.event_id),
    "redo": lambda actor, s: editor.redo(actor, s.event_id),
}


@pytest.mark.parametrize("deed", DEEDS)
def test_only_its_organisers_edit_a_programme(organiser, event, add, make_member, deed):
    session = add("Panel", at(9))
    house = db.session.get(Organisation, organisation_of(organiser))
    for actor in (
        VISITOR,
        make_member("administrator"),
        make_member("viewer", house),
        make_member("translator", house),
    ):
        with pytest.raises(NotFound):
            DEEDS[deed](actor, session)
    assert stand(session)[0] == "10 09:00"


def test_the_machine_takes_no_steps(event, add):
    session = add("Panel", at(9))
    with pytest.raises(Forbidden):
        editor.place(SYSTEM, event.id, {session.id: Placement(at(14), at(15))})


def test_sessions_of_another_event_are_not_found(organiser, event, add, make_event):
    session = add("Panel", at(9))
    other = make_event(organisation=organisation_of(organiser))
    for wanted in ({session.id: Placement(at(14), at(15))}, {uuid4(): Placement()}):
        with pytest.raises(NotFound):
            editor.place(organiser, other.id, wanted)
    with pytest.raises(NotFound):
        editor.shift_following(organiser, other.id, session.id, 15, in_room_only=True)
    with pytest.raises(NotFound):
        editor.fit_gap(organiser, other.id, session.id, "move", "before")


# --- how much it asks --------------------------------------------------------------------------------------


def test_a_step_asks_no_more_where_there_is_more(organiser, event, add, annex):
    session, number = add("Panel", at(9)), 0

    def cost() -> int:
        nonlocal number
        number += 1
        db.session.rollback()
        with count_queries() as queries:
            editor.place(organiser, event.id, {session.id: Placement(at(9, number), at(11, number), annex.id)})
        return len(queries)

    first = cost()
    for day in range(11, 16):
        add("Other", at(9, day=day))
    add("Beside", at(9), room=annex)
    assert cost() == first


# --- the length of what waits ------------------------------------------------------------------------------


def test_a_session_keeps_its_length_in_the_tray(organiser, event, add, hall):
    session, never = add("Welcome", at(9), minutes=20), add("Never placed", None)
    editor.place(organiser, event.id, {session.id: Placement(None, None, hall.id)})
    assert stand(session)[:2] == ("", "")
    assert (session.length, never.length) == (timedelta(minutes=20), timedelta(hours=1))
    editor.place(organiser, event.id, {session.id: Placement(None, None, None)})
    assert session.length == timedelta(minutes=20), "in another room it still waits"
    services.move_session(organiser, session.id, at(14))
    assert stand(session)[:2] == ("10 14:00", "14:20")


def test_a_copied_programme_keeps_the_length_of_what_waits(organiser, event, add, hall, make_event):
    session = add("Welcome", at(9), minutes=20)
    editor.place(organiser, event.id, {session.id: Placement(None, None, hall.id)})
    other = make_event(organisation=organisation_of(organiser))
    whole.copy_programme(SYSTEM, event.id, other.id, with_people=False)
    copied = db.session.scalar(sa.select(ProgrammeSession).where(ProgrammeSession.event_id == other.id))
    assert copied.length == timedelta(minutes=20)


def test_what_cannot_be_undone_does_not_stand_before_earlier_steps(organiser, colleague, event, add, hall):
    first, second, third = add("First", at(9)), add("Second", at(10)), add("Third", at(11))
    for session in (first, second, third):
        move(organiser, session, 15)
    move(colleague, third, 16)
    services.cancel_session(SYSTEM, second.id)
    assert editor.undo(organiser, event.id).number == 1
    assert [stand(session)[0] for session in (first, second, third)] == ["10 09:00", "10 15:00", "10 16:00"]
    with pytest.raises(Conflict, match="“Third”"):
        editor.undo(organiser, event.id)
    services.restore_session(SYSTEM, second.id)
    assert editor.undo(organiser, event.id).number == 2
