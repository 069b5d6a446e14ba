"""What a file changes in a programme, and what it never does."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from eventhub.events import services as events
from eventhub.foundation.actor import SYSTEM, VISITOR
from eventhub.foundation.audit import AuditEntry
from eventhub.foundation.db import db
from eventhub.foundation.errors import Conflict, Invalid, NotFound, Stale
from eventhub.foundation.i18n import Translated
from eventhub.people.names import Names
from eventhub.programme import queries, services
from eventhub.programme.exchange.entries import Entry, Guest, Place, Reading, said
from eventhub.programme.exchange.reading import read
from eventhub.programme.exchange.services import import_sessions
from eventhub.programme.exchange.signals import ProgrammeImported
from eventhub.programme.exchange.survey import Survey, survey
from eventhub.programme.models import ProgrammeSession
from eventhub.programme.plans import SpeakerPlan, plan_of
from eventhub.programme.public import public_state
from tests.conftest import both, make_public, organisation_of
from tests.queries import count_queries

NINE = datetime(2027, 3, 10, 9)
HOUR = timedelta(hours=1)


@pytest.fixture
def organiser(make_member: Any) -> Any:
    return make_member("organiser")


@pytest.fixture
def event(organiser: Any, make_event: Any) -> Any:
    return make_event("Meeting", organisation=organisation_of(organiser), starts=NINE, ends=NINE + 8 * HOUR)


@pytest.fixture
def table(app: Any, event: Any, organiser: Any) -> Any:
    """Import a table, and tell how many sessions came, changed and went."""

    def take(rows: str, **how: Any) -> ProgrammeImported:
        with app.test_request_context():
            db.session.expire_all()
            return import_sessions(how.pop("actor", organiser), event.id, read(rows.encode(), event), **how)

    return take


@pytest.fixture
def look(app: Any, event: Any, organiser: Any) -> Any:
    """Look at a table without importing it."""

    def survey_of(rows: str) -> Survey:
        with app.test_request_context():
            db.session.expire_all()
            return survey(organiser, event, read(rows.encode(), event))

    return survey_of


def sessions(event: Any) -> list[ProgrammeSession]:
    db.session.expire_all()
    return list(queries.list_sessions(event))


def figures(done: ProgrammeImported) -> tuple[int, int, int]:
    return done.added, done.changed, done.removed


HEAD = "id,title,starts,ends,room,track,kind,speakers,abstract\n"
ROW = "a,Opening,2027-03-10 09:00,10:00,Hall,Relief,keynote,Ann Adams (Network),Why\n"


def test_a_table_comes_into_an_empty_programme_once(table, event):
    assert figures(table(HEAD + ROW)) == (1, 0, 0)
    assert figures(table(HEAD + ROW)) == (0, 0, 0)
    (session,) = sessions(event)
    plan = plan_of(session)
    assert (plan.kind, plan.title.texts, plan.starts, plan.ends) == ("keynote", {"en": "Opening"}, NINE, NINE + HOUR)
    assert (session.room.name.texts, session.track.name.texts, plan.foreign_id) == (
        {"en": "Hall"},
        {"en": "Relief"},
        "a",
    )
    (speaker,) = plan.speakers
    assert (speaker.role, speaker.mode, speaker.state, speaker.person_id) == ("keynote", "in_person", "confirmed", None)
    assert (speaker.name.texts, speaker.affiliation.texts) == ({"en": "Ann Adams"}, {"en": "Network"})


def test_what_the_file_says_changes_and_what_it_does_not_say_stays(table, event, make_person, organiser):
    table(HEAD + ROW)
    (session,) = sessions(event)
    person = make_person(known_to=organisation_of(organiser), address=None)
    plan = plan_of(session)
    more = [
        replace(plan.speakers[0], role="moderator", mode="remote", presentation_title=both("Talk")),
        SpeakerPlan("panellist", person_id=person.id, state="invited"),
        SpeakerPlan("contact", name=both("Desk")),
    ]
    title = plan.title.edited({"zh": "开幕"})
    services.change_session(
        organiser, session.id, replace(plan, title=title, language="en", level="advanced", capacity=9, speakers=more)
    )
    assert figures(table(HEAD + ROW)) == (0, 0, 0)
    moved = ROW.replace("09:00,10:00", "11:00,12:30").replace("Opening", "Begin").replace("Hall", "Garden")
    assert figures(table(HEAD + moved)) == (0, 1, 0)
    after = plan_of(sessions(event)[0])
    assert (after.starts, after.ends) == (NINE + 2 * HOUR, NINE + 3.5 * HOUR)
    assert after.title.texts == {"en": "Begin", "zh": "开幕"}
    assert after.title.freshness("zh") == "stale"
    assert (after.language, after.level, after.capacity) == ("en", "advanced", 9)
    assert [(one.role, one.mode, one.state) for one in after.speakers] == [
        ("moderator", "remote", "confirmed"),
        ("panellist", "in_person", "invited"),
        ("contact", "in_person", "confirmed"),
    ]  # fmt: skip
    assert after.speakers[0].presentation_title == both("Talk")
    assert after.speakers[0].role_id == plan.speakers[0].role_id


def test_whom_the_file_does_not_name_any_more_goes_unless_no_export_shows_them(table, event, organiser):
    table(HEAD + ROW)
    (session,) = sessions(event)
    plan = plan_of(session)
    people = [*plan.speakers, SpeakerPlan("presenter", name=both("Bo"), state="proposed")]
    services.change_session(organiser, session.id, replace(plan, speakers=people))
    table(HEAD + ROW.replace("Ann Adams (Network)", "Cy; Bo"))
    after = plan_of(sessions(event)[0]).speakers
    assert [(one.name.in_("en"), one.state) for one in after] == [("Cy", "confirmed"), ("Bo", "proposed")]


def test_an_empty_cell_changes_nothing(table, event):
    table(HEAD + ROW)
    before = plan_of(sessions(event)[0])
    assert figures(table(HEAD + "a,Opening,,,,,,,\n")) == (0, 0, 0)
    assert plan_of(sessions(event)[0]) == before


def test_what_is_not_in_the_file_stays_unless_it_is_ticked(table, look, event):
    table(HEAD + ROW + ROW.replace("a,Opening", "b,Closing"))
    found = look(HEAD + ROW)
    assert [session.title.in_("en") for session in found.missing] == ["Closing"]
    assert figures(table(HEAD + ROW)) == (0, 0, 0)
    assert [session.state for session in sessions(event)] == ["scheduled", "scheduled"]
    gone = {found.missing[0].id}
    assert figures(table(HEAD + ROW, remove=gone)) == (0, 0, 1)
    assert sorted(session.state for session in sessions(event)) == ["deleted", "scheduled"]


def test_nothing_that_is_in_the_file_or_elsewhere_can_be_ticked(table, event, make_session, make_event):
    table(HEAD + ROW)
    other = make_session(make_event())
    assert figures(table(HEAD + ROW, remove={sessions(event)[0].id, other.id})) == (0, 0, 0)
    assert other.state == "scheduled"


def test_what_was_deleted_comes_back_as_itself(table, event):
    table(HEAD + ROW)
    (session,) = sessions(event)
    services.delete_session(SYSTEM, session.id)
    assert figures(table(HEAD + ROW.replace("Why", "Because"))) == (1, 0, 0)
    (again,) = sessions(event)
    assert (again.id, again.slug, again.state, again.abstract.in_("en")) == (
        session.id,
        "opening",
        "scheduled",
        "Because",
    )


def test_internal_sessions_and_those_without_hours_are_not_missed(look, event, make_session):
    make_session(event, "Set-up", kind="blocker")
    make_session(event, "Some day", starts=None, ends=None)
    assert look(HEAD + ROW).missing == ()


def test_sessions_are_known_by_key_then_id_then_title_and_start(table, event, make_session):
    mine = make_session(event, "Mine")
    assert figures(table("id,title,starts,ends\nx,Mine,2027-03-10 09:00,10:00\n")) == (0, 1, 0)
    assert plan_of(sessions(event)[0]).foreign_id == "x"
    assert figures(table("id,title,starts,ends\nx,Yours,2027-03-10 11:00,12:00\n")) == (0, 1, 0)
    assert figures(table(f"id,title\n{mine.id},Ours\n")) == (0, 1, 0)
    (session,) = sessions(event)
    assert (session.id, session.title.texts["en"], session.foreign_id) == (mine.id, "Ours", "x")
    assert figures(table("title,starts,ends\n OURS ,2027-03-10 11:00,12:00\n"))[0] == 0
    assert figures(table("title,starts,ends\nOurs,2027-03-10 12:00,13:00\n")) == (1, 0, 0)


def test_an_id_of_another_event_is_only_a_word(table, event, make_event, make_session):
    theirs = make_session(make_event(), "Theirs")
    assert figures(table(f"id,title,starts,ends\n{theirs.id},Taken,2027-03-10 09:00,10:00\n")) == (1, 0, 0)
    db.session.expire_all()
    assert db.session.get(ProgrammeSession, theirs.id).title.texts["en"] == "Theirs"
    assert sessions(event)[0].foreign_id == str(theirs.id)


def test_breaks_of_one_title_and_start_keep_to_their_rooms(table, event):
    rows = "title,starts,ends,room\n" + "".join(f"Lunch,2027-03-10 12:00,13:00,{room}\n" for room in "ABC")
    assert figures(table(rows)) == (3, 0, 0)
    assert figures(table(rows)) == (0, 0, 0)
    assert figures(table("title,starts,ends,room\n" + "".join(reversed(rows.splitlines(keepends=True)[1:])))) == (
        0,
        0,
        0,
    )


def test_rooms_and_tracks_that_are_there_are_used(table, event):
    hall = services.save_room(SYSTEM, event.id, both("Main hall", "大厅"))
    track = services.save_track(SYSTEM, event.id, both("Relief", "救援"))
    table(
        "title,starts,ends,room,track\nA,2027-03-10 09:00,10:00,大厅,RELIEF\nB,2027-03-10 10:00,11:00,main  hall,救援\n"
    )
    assert {(session.room_id, session.track_id) for session in sessions(event)} == {(hall.id, track.id)}
    assert (len(queries.list_rooms(event)), len(queries.list_tracks(event))) == (1, 1)


def test_people_are_found_among_those_whom_the_importer_knows(
    table, event, organiser, make_person, make_session, make_event
):
    mine = organisation_of(organiser)
    known = make_person(
        Names(family="Zhang", given="Wei", han_family="张", han_given="伟"), known_to=mine, address=None
    )
    twin = [make_person(Names(family="Twin", given="A"), known_to=mine, address=None) for _ in range(2)]
    stranger = make_person(Names(family="Stranger", given="Sam"))
    make_session(make_event(), speakers=[SpeakerPlan("panellist", person_id=stranger.id)])
    names = ("Wei Zhang", "张伟", "Zhang Wei", "A Twin", "Sam Stranger", "wei zhang", str(stranger.id))
    rows = "".join(f"{name},2027-03-1{n % 9} 09:00,10:00,{name}\n" for n, name in enumerate(names))
    table("title,starts,ends,speakers\n" + rows)
    found = {session.title.in_("en"): session.speakers[0].person_id for session in sessions(event)}
    assert found == {
        "Wei Zhang": known.id, "张伟": known.id, "Zhang Wei": known.id, "A Twin": None, "Sam Stranger": None,
        "wei zhang": None, str(stranger.id): None,
    }  # fmt: skip
    assert twin


def test_a_guid_of_somebody_unknown_leads_to_nobody(event, organiser, make_person):
    stranger = make_person(Names(family="Stranger", given="Sam"))
    entry = Entry(1, said("Talk"), starts=NINE, ends=NINE + HOUR, people=(Guest(said("Sam"), id=stranger.id),))
    import_sessions(organiser, event.id, Reading("xml", event.zone, (entry,)))
    (speaker,) = sessions(event)[0].speakers
    assert (speaker.person_id, speaker.name.in_("en")) == (None, "Sam")


def test_a_file_brings_the_chatham_house_rule_and_never_lifts_it(event, organiser, make_session):
    session = make_session(event, speakers=[SpeakerPlan("panellist", name=both("Ann"))])
    hours = {"starts": session.starts, "ends": session.ends}
    entry = Entry(1, session.title, id=session.id, is_whole=True, kind="panel", is_chatham_house=True, **hours)
    import_sessions(organiser, event.id, Reading("xml", event.zone, (entry,)))
    assert sessions(event)[0].is_chatham_house
    assert public_state(event).sessions[0].speakers == ()
    open_again = replace(entry, is_chatham_house=False, people=())
    import_sessions(organiser, event.id, Reading("xml", event.zone, (open_again,)))
    (session,) = sessions(event)
    assert session.is_chatham_house


def test_what_is_cancelled_in_the_file_is_cancelled_at_once(event, organiser, make_session):
    session = make_session(event, "Talk")
    hours = {"starts": session.starts, "ends": session.ends}
    entry = Entry(1, said("Talk"), key=f"session-{session.id}@x", id=session.id, is_cancelled=True, **hours)
    unknown = Entry(2, said("Never here"), key="y", starts=NINE, ends=NINE + HOUR, is_cancelled=True)
    reading = Reading("ics", event.zone, (entry, unknown))
    assert figures(import_sessions(organiser, event.id, reading)) == (0, 1, 0)
    assert public_state(event).sessions[0].is_cancelled
    assert figures(import_sessions(organiser, event.id, reading)) == (0, 0, 0)
    assert len(sessions(event)) == 1


def test_nothing_is_public_before_the_release(table, event):
    make_public(event)
    table(HEAD + ROW)
    assert public_state(event).sessions == ()


# --- all or nothing ----------------------------------------------------------------------------------------


def test_an_error_anywhere_imports_nothing(table, event):
    with pytest.raises(Conflict):
        table(HEAD + ROW + "b,,2027-03-10 09:00,10:00,Room,,,,\n")
    assert sessions(event) == []
    assert list(queries.list_rooms(event)) == []


def test_a_fault_on_the_way_imports_nothing(event, organiser, monkeypatch):
    entries = tuple(Entry(n, said(f"Talk {n}"), starts=NINE, ends=NINE + HOUR, room="r") for n in range(3))
    bad = Entry(9, said("Bad"), starts=NINE, ends=NINE - HOUR)
    with pytest.raises(Invalid):
        import_sessions(organiser, event.id, Reading("xml", event.zone, (*entries, bad), {"r": Place(said("Hall"))}))
    assert sessions(event) == []
    assert list(queries.list_rooms(event)) == []


def test_what_changed_since_it_was_looked_at_is_not_imported(table, look, event, make_session):
    rows = "title,starts,ends,kind\nSession 1,2027-03-10 09:00,10:00,plenary\n"
    session = make_session(event)
    seen = look(rows).fingerprint
    services.change_session(SYSTEM, session.id, replace(plan_of(session), language="zh"))
    with pytest.raises(Stale):
        table(rows, seen=seen)
    assert sessions(event)[0].kind == "panel"
    assert figures(table(rows, seen=look(rows).fingerprint)) == (0, 1, 0)


def test_hours_that_were_read_for_another_zone_are_not_imported(event, organiser):
    entry = Entry(1, said("Talk"), starts=NINE, ends=NINE + HOUR)
    with pytest.raises(Stale):
        import_sessions(organiser, event.id, Reading("csv", "Europe/Zurich", (entry,)))
    assert sessions(event) == []


@pytest.mark.parametrize("role", ["viewer", "translator", "check_in"])
def test_only_organisers_import(event, make_member, organiser, role):
    reading = Reading("csv", event.zone, (Entry(1, said("Talk"), starts=NINE, ends=NINE + HOUR),))
    organisation = event.organisation
    for actor in (make_member(role, organisation), make_member("organiser"), VISITOR):
        with pytest.raises(NotFound):
            import_sessions(actor, event.id, reading)
    assert sessions(event) == []


def test_the_audit_tells_of_it(table, event, organiser):
    table(HEAD + ROW)
    entry = db.session.scalar(sa.select(AuditEntry).where(AuditEntry.fact == "ProgrammeImported"))
    assert entry.actor_person_id == organiser.person_id
    assert entry.data == {"event_id": str(event.id), "form": "csv", "added": 1, "changed": 0, "removed": 0}
    assert "Ann" not in str(entry.data)


def test_an_event_with_another_zone_keeps_its_wall_clock(table, event):
    table("title,starts,ends\nTalk,2027-03-10T09:00+01:00,2027-03-10T10:00+01:00\n")
    (session,) = sessions(event)
    assert (session.starts, session.starts_at.hour) == (datetime(2027, 3, 10, 16), 8)
    header = {name: getattr(event, name) for name in events.Header.__dataclass_fields__}
    events.change_event(SYSTEM, event.id, events.Header(**{**header, "zone": "Europe/Zurich"}))
    assert sessions(event)[0].starts == datetime(2027, 3, 10, 16)


def test_a_title_in_the_other_language_is_a_translation(table, event, make_session):
    session = make_session(event, "Talk")
    services.change_session(SYSTEM, session.id, replace(plan_of(session), title=Translated.of(en="Talk")))
    table(f"id,title_zh\n{session.id},演讲\n")
    (session,) = sessions(event)
    assert session.title == Translated.of(en="Talk", zh="演讲")


def test_many_new_sessions_ask_no_more_than_a_few(table, event):
    def count(numbers: range) -> int:
        rows = [f"Talk {number},2027-03-10 09:00,10:00,Hall,Ann Other\n" for number in numbers]
        with count_queries() as asked:
            assert table("title,starts,ends,room,speakers\n" + "".join(rows)).added == len(numbers)
        return len(asked)

    count(range(1))  # the room comes with it
    assert count(range(1, 3)) == count(range(3, 33))


def test_many_changed_sessions_ask_no_more_than_a_few(table, event):
    """But for the row of each that is written."""
    asked = []
    for number in (2, 30):
        rows = [f"{n},Session {number} {n},2027-03-10 09:00,2027-03-10 10:00,{{}},Anna {n}\n" for n in range(number)]
        heading = "id,title,starts,ends,abstract,speakers\n"
        table(heading + "".join(rows).format(*["before"] * number), remove=())
        with count_queries() as found:
            fact = table(heading + "".join(rows).format(*["after"] * number), remove=())
        assert (fact.added, fact.changed) == (0, number)
        asked.append(len([one for one in found.statements if not one.startswith("UPDATE sessions")]))
    assert asked[0] == asked[1]


def test_nobody_changes_a_session_of_another_event_or_brings_a_stranger_into_one(
    event, organiser, make_session, make_event, make_person
):
    own, other = make_session(event), make_session(make_event())
    with pytest.raises(NotFound):
        services.change_sessions(organiser, event.id, {other.id: plan_of(other)})
    strange = replace(plan_of(own), speakers=[SpeakerPlan("panellist", person_id=make_person().id)])
    with pytest.raises(Invalid):
        services.change_sessions(organiser, event.id, {own.id: strange})
