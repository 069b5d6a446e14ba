"""Use-cases of a programme: what they write, what the public then sees, what they refuse."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from eventhub.events import services as events
from eventhub.events.models import Event
from eventhub.foundation import clock
from eventhub.foundation.actor import SYSTEM, Actor
from eventhub.foundation.audit import AuditEntry
from eventhub.foundation.db import db
from eventhub.foundation.errors import Conflict, Forbidden, Invalid, NotFound, Stale
from eventhub.foundation.i18n import Translated
from eventhub.people import services as people
from eventhub.people.models import Person
from eventhub.programme import participation, queries, services, whole
from eventhub.programme.models import ProgrammeSession, Room, SessionRole, Speaker, Track
from eventhub.programme.plans import SessionPlan, SpeakerPlan, plan_of
from eventhub.programme.public import draft_state, public_state
from tests.conftest import both, in_november_2026, make_public, organisation_of

NINE = datetime(2027, 3, 10, 9)
PLAN = SessionPlan("panel", both("Panel"), starts=NINE, ends=NINE + timedelta(hours=1))


def with_person(person: Person) -> SessionPlan:
    """The plan with somebody as its keynote speaker."""
    return replace(PLAN, speakers=[SpeakerPlan("keynote", person_id=person.id)])


def told() -> list[dict[str, Any]]:
    """What was announced of public states, in order."""
    query = sa.select(AuditEntry.data).where(AuditEntry.fact == "PublicStateChanged").order_by(AuditEntry.created_at)
    return list(db.session.scalars(query))


@pytest.fixture
def organiser(make_member: Callable[..., Actor]) -> Actor:
    return make_member("organiser")


@pytest.fixture
def event(organiser: Actor, make_event: Callable[..., Event]) -> Event:
    return make_event("Bridging Practice", organisation=organisation_of(organiser), starts=NINE, ends=None)


@pytest.fixture
def session(organiser: Actor, event: Event) -> ProgrammeSession:
    return services.add_session(organiser, event.id, PLAN)


# --- who may -----------------------------------------------------------------------------------------------


DEEDS: dict[str, Callable[[Actor, Any], object]] = {
    "add_session": lambda actor, session: services.add_session(actor, session.event_id, PLAN),
    "change_session": lambda actor, session: services.change_session(actor, session.id, PLAN),
    "move_session": lambda actor, session: services.move_session(actor, session.id, NINE),
    "cancel_session": lambda actor, session: services.cancel_session(actor, session.id),
    "restore_session": lambda actor, session: services.restore_session(actor, session.id),
    "delete_session": lambda actor, session: services.delete_session(actor, session.id),
    "set_mode": lambda actor, session: participation.set_mode(actor, [session.speakers[0].id], "remote"),
    "save_room": lambda actor, session: services.save_room(actor, session.event_id, both("Mine")),
    "remove_room": lambda actor, session: services.remove_room(actor, session.room_id),
    "save_track": lambda actor, session: services.save_track(actor, session.event_id, both("Mine")),
    "remove_track": lambda actor, session: services.remove_track(actor, session.track_id),
    "translate_session": lambda actor, session: services.translate_session(
        actor, session.id, both("Mine"), both("Mine")
    ),
    "copy_programme": lambda actor, session: whole.copy_programme(
        actor, session.event_id, session.event_id, with_people=True
    ),
    "derive_instants": lambda actor, session: whole.derive_instants(actor, session.event_id),
}


@pytest.mark.parametrize("deed", DEEDS.values(), ids=DEEDS)
def test_to_strangers_a_programme_is_not_there(make_member, event: Event, make_session, deed):
    room, track = (
        services.save_room(SYSTEM, event.id, both("Hall")),
        services.save_track(SYSTEM, event.id, both("Track")),
    )
    session = make_session(
        event, room_id=room.id, track_id=track.id, speakers=[SpeakerPlan("moderator", name=both("Somebody"))]
    )
    before = plan_of(session)
    for stranger in (make_member("administrator"), Actor("visitor")):
        with pytest.raises(NotFound):
            deed(stranger, session)
    db.session.expire_all()
    assert (plan_of(session), session.state) == (before, "scheduled")


def test_a_translator_changes_the_words_of_a_session_only(make_member, organiser: Actor, session: ProgrammeSession):
    from eventhub.organisations.models import Organisation

    translator = make_member("translator", db.session.get(Organisation, organisation_of(organiser)))
    words = session.title.edited({"zh": "圆桌讨论"})
    services.translate_session(translator, session.id, words, both("About"), session.version)
    assert (session.title.in_("zh"), session.abstract.in_("en")) == ("圆桌讨论", "About")
    with pytest.raises(Stale):
        services.translate_session(translator, session.id, words, both("Late"), 0)
    with pytest.raises(NotFound):
        services.change_session(translator, session.id, PLAN)


# --- sessions ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "about"),
    [
        ({"title": Translated()}, "title"),
        ({"starts": None}, "starts"),
        ({"ends": None}, "ends"),
        ({"ends": NINE}, "ends"),
        ({"room_id": uuid4()}, "room_id"),
        ({"track_id": uuid4()}, "track_id"),
        ({"speakers": [SpeakerPlan("keynote", person_id=uuid4())]}, "speakers"),
    ],
)
def test_what_cannot_be_is_refused_by_its_field(organiser: Actor, event: Event, session, changes, about: str):
    wrong = replace(PLAN, **changes)
    for deed in (
        lambda: services.add_session(organiser, event.id, wrong),
        lambda: services.change_session(organiser, session.id, wrong),
    ):
        with pytest.raises(Invalid) as refusal:
            deed()
        assert refusal.value.field in {about, "starts" if about == "ends" else "ends"}
    db.session.expire_all()
    assert session.title.in_("en") == "Panel"
    assert db.session.scalar(sa.select(sa.func.count(ProgrammeSession.id))) == 1


def test_an_hour_that_the_clocks_skip_is_refused(organiser: Actor, make_event):
    event = make_event(organisation=organisation_of(organiser), zone="Europe/Zurich")
    half_past_two = datetime(2027, 3, 28, 2, 30)
    with pytest.raises(Invalid):
        services.add_session(organiser, event.id, replace(PLAN, starts=half_past_two, ends=datetime(2027, 3, 28, 4)))


def test_rooms_and_tracks_of_another_event_are_not_taken(organiser: Actor, session, make_event):
    other = make_event(organisation=organisation_of(organiser))
    room, track = (
        services.save_room(organiser, other.id, both("Hall")),
        services.save_track(organiser, other.id, both("T")),
    )
    for changes in ({"room_id": room.id}, {"track_id": track.id}):
        with pytest.raises(Invalid):
            services.change_session(organiser, session.id, replace(PLAN, **changes))
    with pytest.raises(NotFound):
        services.save_room(organiser, session.event_id, both("Taken"), room_id=room.id)
    with pytest.raises(NotFound):
        services.save_track(organiser, session.event_id, both("Taken"), track_id=track.id)


def test_a_change_of_people_alone_raises_the_version(organiser: Actor, session: ProgrammeSession):
    version = session.version
    plan = replace(PLAN, speakers=[SpeakerPlan("moderator", name=both("Somebody"))])
    services.change_session(organiser, session.id, plan, version)
    assert session.version > version
    with pytest.raises(Stale):
        services.change_session(organiser, session.id, PLAN, version)
    assert len(session.speakers) == 1


def test_people_keep_their_rows_by_id_and_else_by_who_they_are(organiser: Actor, session: ProgrammeSession):
    plan = replace(PLAN, speakers=[SpeakerPlan("panellist", name=both(name)) for name in "AB"])
    services.change_session(organiser, session.id, plan)
    first, second = (role.id for role in session.speakers)
    swapped = [SpeakerPlan("moderator", name=both("B2"), role_id=second), SpeakerPlan("panellist", name=both("A"))]
    services.change_session(organiser, session.id, replace(PLAN, speakers=swapped))
    assert [(role.id, role.role) for role in session.speakers] == [(second, "moderator"), (first, "panellist")]
    services.change_session(organiser, session.id, PLAN)
    assert db.session.scalar(sa.select(sa.func.count(SessionRole.id))) == 0


def test_two_who_are_alike_have_a_row_each(organiser: Actor, session: ProgrammeSession):
    plan = replace(PLAN, speakers=[SpeakerPlan("panellist", name=both("Representative"))] * 2)
    services.change_session(organiser, session.id, plan)
    before = {role.id for role in session.speakers}
    services.change_session(organiser, session.id, plan_of(session))
    assert {role.id for role in session.speakers} == before
    assert len(before) == 2


def test_the_affiliation_of_today_is_kept_with_the_role(organiser: Actor, session, make_person):
    person = make_person(
        known_to=organisation_of(organiser), address=None, affiliation=both("Network of then"), country="CN"
    )
    plan = with_person(person)
    services.change_session(organiser, session.id, plan)
    later = replace(people.Profile.of(person), affiliation=both("Elsewhere now"))
    people.change_profile(organiser, person.id, later)
    services.change_session(organiser, session.id, plan_of(session))
    role = session.speakers[0]
    assert (role.affiliation.in_("en"), role.country) == ("Network of then", "CN")


@pytest.mark.parametrize(
    ("state", "is_asked", "becomes"),
    [("confirmed", False, "confirmed"), ("confirmed", True, "proposed"), ("declined", True, "proposed")],
)
def test_whoever_takes_over_a_part_has_their_own_affiliation_and_has_not_answered(
    organiser: Actor, event: Event, session: ProgrammeSession, make_person, state: str, is_asked: bool, becomes: str
):
    first, second = (
        make_person(known_to=organisation_of(organiser), address=None, affiliation=both(name), country=country)
        for name, country in (("Network", "CN"), ("Alliance", "CH"))
    )
    if is_asked:
        db.session.add(Speaker(event_id=event.id, person_id=first.id, invited_at=clock.now()))
        db.session.commit()
    before = services.change_session(
        organiser, session.id, replace(PLAN, speakers=[SpeakerPlan("keynote", person_id=first.id, state=state)])
    ).speakers[0]
    before.reason, before.is_reason_own = "A journey", True
    db.session.commit()
    (plan,) = plan_of(session).speakers
    taken_over = replace(PLAN, speakers=[replace(plan, person_id=second.id)])
    (role,) = services.change_session(organiser, session.id, taken_over).speakers
    assert (role.id, role.affiliation.in_("en"), role.country) == (before.id, "Alliance", "CH")
    assert (role.state, role.reason, role.is_reason_own) == (becomes, "", False)


def test_only_people_whom_the_organiser_knows_come_to_a_session(
    organiser: Actor, session, make_person, make_organisation, make_event, make_session
):
    ours = make_person(known_to=organisation_of(organiser), address=None)
    theirs, alone = make_person(known_to=make_organisation().id, address=None), make_person()
    met = make_person()
    make_session(
        make_event(organisation=organisation_of(organiser)), speakers=[SpeakerPlan("keynote", person_id=met.id)]
    )
    make_session(make_event(), speakers=[SpeakerPlan("keynote", person_id=theirs.id)])
    assert {person.id for person in queries.list_known_people(organiser)} == {ours.id, met.id}
    for person in (ours, met):
        plan = with_person(person)
        assert services.change_session(organiser, session.id, plan).speakers[0].person_id == person.id
    for person in (theirs, alone):
        with pytest.raises(Invalid):
            services.change_session(organiser, session.id, with_person(person))
    # Who is there already may stay, whoever saves.
    services.change_session(SYSTEM, session.id, with_person(theirs))
    services.change_session(organiser, session.id, replace(plan_of(session), title=both("Renamed")))
    assert session.speakers[0].person_id == theirs.id


def test_a_session_moves_with_its_length_and_its_room(organiser: Actor, event: Event, session: ProgrammeSession):
    room = services.save_room(organiser, event.id, both("Hall"))
    services.move_session(organiser, session.id, NINE + timedelta(days=1), room.id, session.version)
    assert (session.starts, session.ends) == (NINE + timedelta(days=1), NINE + timedelta(days=1, hours=1))
    services.move_session(organiser, session.id, NINE)
    assert session.room_id == room.id
    services.move_session(organiser, session.id, NINE, None)
    assert session.room_id is None
    with pytest.raises(Stale):
        services.move_session(organiser, session.id, NINE, version=0)
    unplaced = services.add_session(organiser, event.id, replace(PLAN, starts=None, ends=None))
    services.move_session(organiser, unplaced.id, NINE)
    assert unplaced.ends == NINE + timedelta(hours=1)


def test_slugs_are_unique_in_their_event_only(organiser: Actor, event: Event, make_event):
    first, second = services.add_sessions(organiser, event.id, [PLAN, PLAN])
    elsewhere = services.add_session(SYSTEM, make_event().id, PLAN)
    assert (first.slug, elsewhere.slug) == ("panel", "panel")
    assert second.slug.startswith("panel-")


# --- what the public sees ----------------------------------------------------------------------------------


def test_a_save_shows_nothing_before_the_release_and_a_cancellation_shows_at_once(
    organiser: Actor, event: Event, session: ProgrammeSession
):
    make_public(event)
    for deed, is_at_once in (
        (lambda: services.change_session(organiser, session.id, replace(PLAN, kind="plenary")), False),
        (lambda: services.move_session(organiser, session.id, NINE + timedelta(hours=2)), False),
        (lambda: services.cancel_session(organiser, session.id), True),
        (lambda: services.restore_session(organiser, session.id), False),
        (lambda: services.delete_session(organiser, session.id), False),
    ):
        before, facts = public_state(event), len(told())
        deed()
        assert (public_state(event) != before) is is_at_once
        if not is_at_once:
            assert len(told()) == facts
            make_public(event)
        assert len(told()) == facts + 1
        assert told()[-1]["session_ids"] == [str(session.id)]
    facts = len(told())
    services.delete_session(organiser, session.id)  # again changes nothing
    make_public(event)
    assert len(told()) == facts


def test_a_draft_tells_nobody_anything(organiser: Actor, make_event):
    event = make_event(organisation=organisation_of(organiser), published=False)
    session = services.add_session(organiser, event.id, PLAN)
    services.cancel_session(organiser, session.id)
    assert told() == []
    assert public_state(event).sessions == ()
    assert len(draft_state(event).sessions) == 1
    events.publish_event(organiser, event.id)
    assert [one.is_cancelled for one in public_state(event).sessions] == [True]


def test_the_public_sees_sessions_with_hours_that_are_not_deleted(organiser: Actor, event: Event, session):
    services.add_session(organiser, event.id, replace(PLAN, title=both("Unplaced"), starts=None, ends=None))
    gone = services.add_session(organiser, event.id, replace(PLAN, title=both("Gone")))
    services.delete_session(organiser, gone.id)
    make_public(event)
    assert [one.id for one in public_state(event).sessions] == [session.id]


def test_someone_who_goes_remote_is_shown_so_at_once(organiser: Actor, event: Event, session: ProgrammeSession):
    plan = replace(PLAN, speakers=[SpeakerPlan("panellist", name=both("Somebody"))])
    services.change_session(organiser, session.id, plan)
    make_public(event)
    participation.set_mode(organiser, [session.speakers[0].id], "remote")
    assert public_state(event).sessions[0].has_remote


def test_a_renamed_person_is_shown_under_the_new_name(organiser: Actor, event: Event, session, make_person):
    person = make_person(known_to=organisation_of(organiser), address=None)
    services.change_session(organiser, session.id, with_person(person))
    make_public(event)
    before = event.public_revision
    profile = people.Profile.of(person)
    people.change_profile(organiser, person.id, replace(profile, names=replace(profile.names, family="Renamed")))
    db.session.expire_all()
    assert event.public_revision > before
    assert public_state(event).sessions[0].speakers[0].name_in("en").endswith("Renamed")


def test_sessions_keep_the_wall_clock_when_the_zone_changes(organiser: Actor, event: Event, session):
    header = events.Header(**{column.name: getattr(event, column.name) for column in fields(events.Header)})
    events.change_event(organiser, event.id, replace(header, zone="Europe/Zurich"))
    db.session.expire_all()
    assert (session.starts, session.starts_at.hour) == (NINE, 8)
    assert told()[-1]["whole"] is True


@in_november_2026
def test_new_rules_of_a_zone_move_a_session_whose_events_own_hours_stay(
    organiser: Actor, event: Event, session, monkeypatch
):
    make_public(event)
    before, revision, header = session.starts_at, event.public_revision, (event.starts_at, event.ends_at)
    assert whole.follow_zone_rules(SYSTEM) == []
    with pytest.raises(Forbidden):
        whole.follow_zone_rules(Actor("visitor"))
    with monkeypatch.context() as rules:
        rules.setattr(clock, "zone", lambda name: ZoneInfo("Asia/Tokyo"))
        assert whole.follow_zone_rules(SYSTEM) == [event.id]
        db.session.expire_all()
        assert (session.starts, session.starts_at) == (NINE, before - timedelta(hours=1))
        assert event.public_revision > revision
        assert (event.starts_at, event.ends_at) == header
        shown = public_state(event).session_of(session.id)
        assert shown
        assert shown.starts_at == session.starts_at


@in_november_2026
def test_new_rules_that_move_an_event_move_its_sessions(event: Event, session, monkeypatch):
    before = session.starts_at
    with monkeypatch.context() as rules:
        rules.setattr(clock, "zone", lambda name: ZoneInfo("Asia/Tokyo"))
        assert events.derive_instants(SYSTEM) == [event.id]
    db.session.expire_all()
    assert session.starts_at == before - timedelta(hours=1)


# --- rooms, tracks, copies ---------------------------------------------------------------------------------


def test_a_renamed_room_or_track_concerns_the_sessions_in_it(organiser: Actor, event: Event, session):
    room = services.save_room(organiser, event.id, both("Hall"), capacity=30)
    track = services.save_track(organiser, event.id, both("Theme"), "plum")
    services.change_session(organiser, session.id, replace(PLAN, room_id=room.id, track_id=track.id))
    make_public(event)
    facts = len(told())
    services.save_room(organiser, event.id, both("Hall"), capacity=40, room_id=room.id)
    services.save_track(organiser, event.id, both("Theme"), "olive", track_id=track.id)
    assert len(told()) == facts  # nobody sees the capacity, and a colour waits for the release
    services.save_room(organiser, event.id, both("Hall", "礼堂"), room_id=room.id)
    assert [one["session_ids"] for one in told()[facts:]] == [[str(session.id)]]
    assert public_state(event).sessions[0].room.name.in_("zh") == "礼堂"
    make_public(event)
    assert (told()[-1]["whole"], public_state(event).sessions[0].track.colour) == (True, "olive")


@pytest.mark.parametrize("save", [services.save_room, services.save_track])
def test_rooms_and_tracks_need_a_name_and_the_latest_version(organiser: Actor, event: Event, save):
    with pytest.raises(Invalid):
        save(organiser, event.id, Translated())
    part = save(organiser, event.id, both("First"))
    key = "room_id" if isinstance(part, Room) else "track_id"
    version = part.version
    save(organiser, event.id, both("Second"), **{key: part.id}, version=version)
    with pytest.raises(Stale):
        save(organiser, event.id, both("Third"), **{key: part.id}, version=version)
    following = save(organiser, event.id, both("Next"))
    assert following.position == part.position + 1


def test_rooms_and_tracks_in_use_stay(organiser: Actor, event: Event, session):
    room, track = (
        services.save_room(organiser, event.id, both("Hall")),
        services.save_track(organiser, event.id, both("T")),
    )
    services.change_session(organiser, session.id, replace(PLAN, room_id=room.id, track_id=track.id))
    with pytest.raises(Conflict):
        services.remove_room(organiser, room.id)
    with pytest.raises(Conflict):
        services.remove_track(organiser, track.id)
    services.delete_session(organiser, session.id)
    services.remove_room(organiser, room.id)
    services.remove_track(organiser, track.id)
    assert (session.room_id, session.track_id) == (None, None)
    assert db.session.scalar(sa.select(sa.func.count(Room.id))) == 0
    assert db.session.scalar(sa.select(sa.func.count(Track.id))) == 0


def test_a_copied_event_brings_what_was_asked_for(organiser: Actor, event: Event, session, make_person):
    room, track = (
        services.save_room(organiser, event.id, both("Hall"), capacity=7),
        services.save_track(organiser, event.id, both("Theme"), "plum"),
    )
    person = make_person(known_to=organisation_of(organiser), address=None)
    asked = make_person(known_to=organisation_of(organiser), address=None)
    db.session.add(Speaker(event_id=event.id, person_id=asked.id, invited_at=clock.now()))
    db.session.commit()
    speakers = [
        SpeakerPlan("keynote", "remote", person_id=person.id),
        SpeakerPlan("panellist", person_id=asked.id),
        *(SpeakerPlan("panellist", name=both(state), state=state) for state in ("invited", "declined")),
    ]
    services.change_session(organiser, session.id, replace(PLAN, room_id=room.id, track_id=track.id, speakers=speakers))
    role = session.speakers[0].id
    services.cancel_session(organiser, services.add_session(organiser, event.id, PLAN).id)

    copy = events.copy_event(organiser, event.id, ["programme", "people"], NINE + timedelta(days=7))
    (copied,) = db.session.scalars(sa.select(ProgrammeSession).where(ProgrammeSession.event_id == copy.id))
    assert (copied.slug, copied.starts) == (session.slug, NINE + timedelta(days=7))
    assert (copied.room.name, copied.room.capacity, copied.track.colour) == (room.name, 7, "plum")
    assert copied.room_id != room.id
    assert (copied.speakers[0].person_id, copied.speakers[0].mode) == (person.id, "remote")
    assert [one.state for one in copied.speakers] == ["confirmed", "proposed", "proposed", "proposed"]
    assert copied.speakers[0].id != role
    assert session.speakers[0].id == role

    bare = events.copy_event(organiser, event.id, ["programme"])
    (copied,) = db.session.scalars(sa.select(ProgrammeSession).where(ProgrammeSession.event_id == bare.id))
    assert (copied.starts, copied.speakers) == (NINE, [])
    empty = events.copy_event(organiser, event.id, ["people"])
    assert db.session.scalars(sa.select(ProgrammeSession).where(ProgrammeSession.event_id == empty.id)).all() == []
