"""A site to be measured: a very large event and one of a day, two to register for, and many others beside them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import cycle, islice, product
from uuid import UUID, uuid4

import sqlalchemy as sa

from eventhub.accounts.services import add_account
from eventhub.attendance.services import open_door
from eventhub.attendance.tickets import code_of
from eventhub.events.models import Event
from eventhub.events.services import Header, add_event, publish_event
from eventhub.foundation import clock, links
from eventhub.foundation.actor import Actor
from eventhub.foundation.db import db, use_case
from eventhub.foundation.i18n import Translated
from eventhub.organisations.actors import actor_of
from eventhub.organisations.models import Organisation
from eventhub.organisations.services import add_member
from eventhub.people.models import Person
from eventhub.people.names import Names
from eventhub.programme.models import ProgrammeSession
from eventhub.programme.plans import SessionPlan, SpeakerPlan, plan_of
from eventhub.programme.releases import release
from eventhub.programme.services import add_sessions, change_session, save_room, save_track
from eventhub.registrations.models import Place, Pool, Registration
from eventhub.registrations.sign_ups.models import SignUp, SignUpSheet

NETWORK = "bench"
CONGRESS, ONE_DAY, WORKSHOP, CROWDED = "bench-congress", "bench-day", "bench-workshop", "bench-crowded"
CHOOSING = "bench-groups"
LONG, IMPORTED = "bench-long", "bench-imported"
READERS = "bench-readers"
DAYS, ROOMS, SLOTS, PLACES, PEOPLE = 5, 8, 25, 30, 1_200
ORGANISER, PASSWORD = "organiser@bench.example.org", "correct horse battery"
# Where every other speaker's watch is set.
ZONES = (None, "Europe/Zurich", None, "Africa/Nairobi")
ABSTRACT = Translated.of(
    en="What local actors know, what others can learn from them, and how both find out together. " * 3,
    zh="地方行动者知道什么，其他人能向他们学到什么，以及双方如何共同探索。" * 3,
)


@use_case
def fill_network(actor: Actor) -> Organisation:
    """An organisation with its organiser."""
    organisation = Organisation(
        slug=NETWORK, name=Translated.of(en="Network", zh="网络"), stakeholder_type="international_ngo", country="CH"
    )
    db.session.add(organisation)
    db.session.flush()
    account = add_account(actor, ORGANISER, PASSWORD, names=Names(family="Organiser", given="Olga"))
    add_member(actor, organisation.id, account.person_id, "organiser")
    return organisation


@use_case
def fill(actor: Actor) -> None:
    """A published event of 1,000 sessions with three people each, its organiser, and two events with places."""
    organisation = fill_network(actor)
    people = [_person(number) for number in range(PEOPLE)]
    db.session.add_all(people)
    db.session.flush()
    _programme(actor, organisation, CONGRESS, DAYS, people)
    for slug, title, capacity in ((WORKSHOP, "Workshop", None), (CROWDED, "Crowded workshop", PLACES)):
        event = add_event(actor, organisation.id, _header(title, "研讨会", 1), slug=slug)
        db.session.add(Pool(event_id=event.id, key="in_person", mode="in_person", capacity=capacity))
        publish_event(actor, event.id)


@use_case
def fill_small(actor: Actor) -> None:
    """A published event of one day, as full as each of the large event's, with people of its own."""
    organisation = db.session.scalars(sa.select(Organisation).where(Organisation.slug == NETWORK)).one()
    people = [_person(PEOPLE + number) for number in range(PEOPLE // DAYS)]
    db.session.add_all(people)
    db.session.flush()
    _programme(actor, organisation, ONE_DAY, 1, people)


def _programme(actor: Actor, organisation: Organisation, slug: str, days: int, people: Sequence[Person]) -> None:
    event = add_event(actor, organisation.id, _header("Congress", "大会", days), slug=slug)
    rooms = [save_room(actor, event.id, Translated.of(en=f"Room {n}", zh=f"{n}号厅")) for n in range(1, ROOMS + 1)]
    tracks = [save_track(actor, event.id, Translated.of(en=f"Track {n}", zh=f"专题{n}")) for n in range(1, 5)]
    speakers, tracks_in_turn = cycle(people), cycle(tracks)
    assert event.starts
    plans = []
    for number, (day, slot, room) in enumerate(product(range(days), range(SLOTS), rooms), 1):
        starts = event.starts.replace(hour=8) + timedelta(days=day, minutes=30 * slot)
        plan = SessionPlan(
            kind="panel",
            title=Translated.of(en=f"Session {number}: what we have learnt", zh=f"第{number}场：我们学到了什么"),
            abstract=ABSTRACT,
            starts=starts,
            ends=starts + timedelta(minutes=30),
            room_id=room.id,
            track_id=next(tracks_in_turn).id,
            language="en",
            speakers=[
                SpeakerPlan(role, mode, person.id)
                for role, mode, person in zip(
                    ("moderator", "panellist", "panellist"),
                    ("in_person", "in_person", "remote"),
                    islice(speakers, 3),
                    strict=True,
                )
            ],
        )
        plans.append(plan)
    add_sessions(actor, event.id, plans, [f"session-{number}" for number in range(1, len(plans) + 1)])
    publish_event(actor, event.id)


@use_case
def surround(actor: Actor, count: int) -> None:
    """So many other public events beside those, in the past and to come: copies of one, written all at once."""
    model = db.session.scalars(sa.select(Event).where(Event.slug == WORKSHOP)).one()
    columns = {column.key: getattr(model, column.key) for column in sa.inspect(Event).column_attrs}
    rows = []
    for number in range(count):
        shift = timedelta(days=number * 37 % 700 - 350)
        moved = {name: columns[name] + shift for name in ("starts", "ends", "starts_at", "ends_at")}
        title = Translated.of(en=f"Meeting {number}", zh=f"第{number}次会议")
        rows.append(columns | moved | {"id": uuid4(), "slug": f"meeting-{number}-{uuid4().hex[:6]}", "title": title})
    db.session.execute(sa.insert(Event), rows)


@use_case
def change_a_session(actor: Actor, number: int) -> None:
    """One session of the large event under another title, in the draft."""
    wanted = sa.select(ProgrammeSession).join(Event, Event.id == ProgrammeSession.event_id)
    session = db.session.scalars(
        wanted.where(Event.slug == CONGRESS, ProgrammeSession.slug == f"session-{number}")
    ).one()
    title = session.title.edited({"en": f"Session {number}: what we learnt by {clock.now():%H:%M:%S}"})
    change_session(actor, session.id, replace(plan_of(session), title=title))


@use_case
def release_a_change(actor: Actor, number: int) -> None:
    """The same, public at once."""
    change_a_session(actor, number)
    release(actor, event_of(CONGRESS).id)


@use_case
def move_all(actor: Actor, minutes: int) -> None:
    """All sessions of the large event so many minutes later, in the draft."""
    event = event_of(CONGRESS)
    by = timedelta(minutes=minutes)
    for session in db.session.scalars(sa.select(ProgrammeSession).where(ProgrammeSession.event_id == event.id)):
        assert session.starts and session.ends and session.starts_at and session.ends_at
        session.starts, session.ends = session.starts + by, session.ends + by
        session.starts_at, session.ends_at = session.starts_at + by, session.ends_at + by


@use_case
def fill_long(actor: Actor, count: int) -> None:
    """An event with so many registrations, a fifth of them waiting, and one to import into; written all at once."""
    network = db.session.scalars(sa.select(Organisation).where(Organisation.slug == NETWORK)).one()
    pool = None
    for slug in (IMPORTED, LONG):
        event = add_event(actor, network.id, _header("Long list", "长名单", 1), slug=slug)
        pool = Pool(event_id=event.id, key="in_person", mode="in_person", capacity=count * 4 // 5)
        db.session.add(pool)
        publish_event(actor, event.id)
    db.session.flush()
    assert pool
    people, places, began = [], [], clock.now() - timedelta(seconds=count)
    for number in range(count):
        its_id, at = uuid4(), began + timedelta(seconds=number)
        name = f"王芳{number}" if number % 2 else f"Anna Berg {number}"
        address = f"person{number}@long.example.org"
        people.append(
            {"id": its_id, "event_id": pool.event_id, "name": name, "typed_address": address, "address": address,
             "organisation": f"Network {number % 500}", "country": "CN", "language": "zh", "created_at": at,
             "version": 1}
        )  # fmt: skip
        places.append(
            {"id": uuid4(), "registration_id": its_id, "pool_id": pool.id, "number": number + 1, "created_at": at,
             "state": "confirmed" if number < count * 4 // 5 else "waitlisted"}
        )  # fmt: skip
    db.session.execute(sa.insert(Registration), people)
    db.session.execute(sa.insert(Place), places)


@use_case
def fill_readers(actor: Actor, count: int, slug: str) -> None:
    """An event with so many places, at addresses of five hundred mail servers, its readers of both languages."""
    network = db.session.scalars(sa.select(Organisation).where(Organisation.slug == NETWORK)).one()
    event = add_event(actor, network.id, _header("To be written to", "收件人", 1), slug=slug)
    pool = Pool(event_id=event.id, key="in_person", mode="in_person", capacity=None)
    db.session.add(pool)
    publish_event(actor, event.id)
    db.session.flush()
    people, places = [], []
    for number in range(count):
        its_id, address = uuid4(), f"reader{number}@n{number % 500}.example.org"
        people.append(
            {"id": its_id, "event_id": event.id, "name": f"王芳{number}" if number % 2 else f"Anna Berg {number}",
             "typed_address": address, "address": address, "country": "KE", "language": "zh" if number % 2 else "en",
             "created_at": clock.now(), "version": 1}
        )  # fmt: skip
        places.append(
            {"id": uuid4(), "registration_id": its_id, "pool_id": pool.id, "number": number + 1,
             "created_at": clock.now(), "state": "confirmed"}
        )  # fmt: skip
    db.session.execute(sa.insert(Registration), people)
    db.session.execute(sa.insert(Place), places)


def other_pool(actor: Actor, slug: str) -> UUID:
    """The id of a pool beside the one to which people go, which is not offered to anybody."""
    pool = Pool(event_id=event_of(slug).id, key="press", mode="in_person", is_open=False)
    db.session.add(pool)
    db.session.commit()
    return pool.id


def event_of(slug: str) -> Event:
    """The event of an address."""
    return db.session.scalars(sa.select(Event).where(Event.slug == slug)).one()


def organiser() -> Actor:
    """The organiser of all these events."""
    person_id = db.session.scalars(sa.select(Person.id).where(Person.address == ORGANISER)).one()
    return actor_of(person_id)


def places_by_state(slug: str) -> dict[str, int]:
    """How many places of an event are in which state, counted in the database."""
    query = (
        sa.select(Place.state, sa.func.count())
        .join(Pool, Pool.id == Place.pool_id)
        .join(Event, Event.id == Pool.event_id)
        .where(Event.slug == slug)
        .group_by(Place.state)
    )
    db.session.rollback()
    return dict(db.session.execute(query).tuples().all())


def people_who_choose(actor: Actor, people: int) -> tuple[UUID, list[str]]:
    """The id of a new session with sign-up, and the private links of so many people with a place at its event."""
    event, session_id = _choosing(actor, people)
    rows = db.session.scalars(sa.select(Registration).where(Registration.event_id == event.id))
    return session_id, [links.make("registration", row.id, row.link_number) for row in rows]


@use_case
def _choosing(actor: Actor, people: int) -> tuple[Event, UUID]:
    owner = db.session.scalars(sa.select(Organisation.id).where(Organisation.slug == NETWORK)).one()
    event = add_event(actor, owner, _header("Workshop with groups", "分组研讨会", 1), slug=CHOOSING)
    db.session.flush()
    pool = Pool(event_id=event.id, key="in_person", mode="in_person")
    db.session.add(pool)
    title = Translated.of(en="Group work", zh="分组讨论")
    plan = SessionPlan(kind="breakout", title=title, starts=event.starts, ends=event.ends, has_sign_up=True)
    (session,) = add_sessions(actor, event.id, [replace(plan, capacity=PLACES)], ["group-work"])
    publish_event(actor, event.id)
    rows = [Registration(event_id=event.id, name=f"Person {number}") for number in range(people)]
    db.session.add_all(rows)
    db.session.flush()
    for number, row in enumerate(rows, 1):
        db.session.add(Place(registration_id=row.id, pool_id=pool.id, state="confirmed", number=number))
    return event, session.id


def sign_ups_by_state(session_id: UUID) -> dict[str, int]:
    """How many sign-ups for a session are in which state, counted in the database."""
    query = sa.select(SignUp.state, sa.func.count()).join(SignUp.sheet).group_by(SignUp.state)
    db.session.rollback()
    return dict(db.session.execute(query.where(SignUpSheet.session_id == session_id)).tuples().all())


def door_and_tickets(actor: Actor, slug: str, most: int) -> tuple[str, list[str]]:
    """The code of a new device at an event's door, and so many tickets of people who have a place."""
    event = event_of(slug)
    door = open_door(actor, event.id, "Bench")
    query = sa.select(Registration).join(Registration.places)
    people = db.session.scalars(query.where(Registration.event_id == event.id, Place.state == "confirmed").limit(most))
    return links.make("door", door.id, door.link_number), [code_of(person) for person in people]


@use_case
def own_calendars(actor: Actor, slug: str, count: int) -> list[str]:
    """The tokens of the private calendars of so many people who have a place at an event."""
    event = event_of(slug)
    pool = Pool(event_id=event.id, key="calendars", mode="in_person", capacity=None)
    people = [
        Registration(event_id=event.id, name=f"Person {number}", address=f"own-{number}@example.org")
        for number in range(count)
    ]
    db.session.add_all([pool, *people])
    db.session.flush()
    now = clock.now()
    db.session.add_all(
        Place(registration_id=one.id, pool_id=pool.id, state="confirmed", number=number, state_since=now)
        for number, one in enumerate(people, 1)
    )
    return [links.make("calendar", one.id, 1) for one in people]


def _header(title: str, chinese: str, days: int) -> Header:
    morning = (clock.now() + timedelta(days=30)).replace(hour=9, minute=0, second=0, microsecond=0, tzinfo=None)
    return Header(
        kind="workshop",
        mode="hybrid",
        title=Translated.of(en=title, zh=chinese),
        summary=Translated.of(en="What happens here, in a sentence or two.", zh="用一两句话说明活动内容。"),
        description=ABSTRACT,
        zone="Asia/Shanghai",
        starts=morning,
        ends=morning + timedelta(days=days - 1, hours=12),
        venue=Translated.of(en="Conference Hotel", zh="会议酒店"),
        contact_address="contact@example.org",
    )


def _person(number: int) -> Person:
    names = Names(
        family=f"Family{number}", given="Given", han_family="王", han_given=f"芳{number}", pinyin=f"Wang Fang{number}"
    )
    return Person(
        names=names,
        sort_key=names.sort_key,
        slug=f"bench-person-{number}",
        address=f"person{number}@example.org",
        zone=ZONES[number % len(ZONES)],
        affiliation=Translated.of(en="Network", zh="网络"),
    )
