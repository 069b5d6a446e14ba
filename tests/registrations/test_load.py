"""Many people at once: eight threads on SQLite, several processes on PostgreSQL."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from eventhub.events.models import Event
from eventhub.foundation.actor import SYSTEM, VISITOR
from eventhub.foundation.audit import AuditEntry
from eventhub.foundation.db import db, get, use_case
from eventhub.foundation.i18n import Translated
from eventhub.programme import services as programme
from eventhub.programme.models import ProgrammeSession
from eventhub.registrations import services
from eventhub.registrations.agreements import Details
from eventhub.registrations.models import Place, Pool, Registration
from eventhub.registrations.questions.models import ChosenOption, Option
from eventhub.registrations.questions.queries import count_chosen
from eventhub.registrations.questions.services import QuestionPlan, save_question
from eventhub.registrations.sign_ups.models import SignUp, SignUpSheet

from .crowd import ROOM

ROOT = Path(__file__).parents[2]
Make = Callable[..., Any]
Deed = list[Any]


class Crowd:
    """Processes that do things all at once."""

    def __init__(self, database: str, folder: Path, processes: int, threads: int) -> None:
        self.processes = [
            subprocess.Popen(
                [sys.executable, "-m", "tests.registrations.crowd", database, folder / str(number), str(threads)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
                cwd=ROOT,
            )
            for number in range(processes)
        ]

    def say(self, process: subprocess.Popen[str], line: str) -> None:
        """Tell a process something."""
        assert process.stdin
        process.stdin.write(f"{line}\n")
        process.stdin.flush()

    def act(self, deeds: list[Deed]) -> list[str]:
        """Carry the deeds out, as nearly in their order as many hands can, and return what came of each."""
        db.session.rollback()
        for number, process in enumerate(self.processes):
            self.say(process, json.dumps(deeds[number :: len(self.processes)]))
        for process in self.processes:
            assert process.stdout
            assert process.stdout.readline() == "ready\n"
        for process in self.processes:
            self.say(process, "now")
        return [outcome for process in self.processes for outcome in json.loads(process.stdout.readline())]  # type: ignore[union-attr]

    def end(self) -> None:
        """Send everybody home."""
        for process in self.processes:
            process.communicate(timeout=60)


@pytest.fixture(scope="module")
def session_crowd(session_app: Flask, database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Crowd]:
    """Eight threads on SQLite; two in each of three processes on PostgreSQL."""
    processes, threads = (1, 8) if database_url.startswith("sqlite") else (3, 2)
    crowd = Crowd(database_url, tmp_path_factory.mktemp("crowd"), processes, threads)
    yield crowd
    crowd.end()


@pytest.fixture
def crowd(app: Flask, session_crowd: Crowd) -> Crowd:
    """The crowd at an empty database."""
    return session_crowd


def fill(event: Event, *names: str, pool: str = "in_person") -> list[Registration]:
    """Register people one after the other."""
    for name in names:
        services.register(VISITOR, event.id, Details(name=name, address=f"{name}@example.org"), pool)
    rows = db.session.scalars(select(Registration).where(Registration.name.in_(names)))
    by_name = {row.name: row for row in rows}
    return [by_name[name] for name in names]


def places(event: Event, key: str = "in_person") -> list[Place]:
    """The places of a pool by their numbers."""
    query = select(Place).join(Place.pool).where(Pool.event_id == event.id, Pool.key == key).order_by(Place.number)
    return list(db.session.scalars(query))


def assert_in_order(rows: list[Place]) -> None:
    """Nobody has a place who came after somebody that waits, and no two have one number."""
    assert len({row.number for row in rows}) == len(rows)
    states = [row.state for row in rows if row.state != "cancelled"]
    assert states == sorted(states), "confirmed comes before waitlisted"


def most_confirmed(app: Flask, over: threading.Event) -> int:
    """The most places that were confirmed at any look, until it is over."""
    most = 0
    while not over.wait(0.05):
        with app.app_context():
            counted = select(func.count(Place.id)).where(Place.state == "confirmed")
            most = max(most, db.session.scalar(counted) or 0)
    return most


# Each round is a test of its own: twenty of them take minutes, and one that hangs is noticed at once.
@pytest.mark.parametrize("number", [0, *(pytest.param(number, marks=pytest.mark.faults) for number in range(1, 21))])
def test_of_two_hundred_exactly_the_capacity_is_confirmed(make_event: Make, crowd: Crowd, number: int):
    event = make_event(f"Round {number}", in_person=30)
    outcomes = crowd.act([["register", str(event.id), f"p{person}", "in_person"] for person in range(200)])
    assert Counter(outcomes) == {"confirmed": 30, "waitlisted": 170}
    rows = places(event)
    assert [row.number for row in rows] == list(range(1, 201))
    assert [row.state for row in rows] == ["confirmed"] * 30 + ["waitlisted"] * 170


def test_a_click_repeated_is_one_registration(make_event: Make, crowd: Crowd):
    event = make_event(in_person=6)
    deeds = [
        ["register", str(event.id), f"p{number}", pool]
        for number in range(12)
        for pool in ("in_person", "online", "in_person", "online", "in_person")
    ]
    assert len(crowd.act(deeds)) == 60
    assert db.session.scalar(select(func.count(Registration.id))) == 12
    assert db.session.scalar(select(func.count(Place.id))) == 12
    facts = Counter(db.session.scalars(select(AuditEntry.fact).where(AuditEntry.event_id == event.id)))
    assert (facts["PlaceTaken"], facts["RegisteredAgain"]) == (12, 48)
    assert_in_order(places(event))


def test_places_given_up_go_to_the_queue_while_others_come(app: Flask, make_event: Make, crowd: Crowd):
    event = make_event(in_person=10)
    people = fill(event, *(f"p{number:02}" for number in range(30)))
    giving_up = [["cancel", str(person.id)] for person in people[:10]]
    coming = [["register", str(event.id), f"late{number}", "in_person"] for number in range(50)]
    deeds = [deed for index in range(10) for deed in (giving_up[index], *coming[index * 5 : index * 5 + 5])]
    with ThreadPoolExecutor(1) as watcher:
        over = threading.Event()
        most = watcher.submit(most_confirmed, app, over)
        outcomes = crowd.act(deeds)
        over.set()
    assert Counter(outcomes) == {"done": 10, "waitlisted": 50}
    assert most.result() == 10
    rows = places(event)
    assert [row.registration.name for row in rows if row.state == "confirmed"] == [f"p{n}" for n in range(10, 20)]
    assert_in_order(rows)
    promoted = db.session.scalars(
        select(AuditEntry.data).where(AuditEntry.fact == "PlacePromoted").order_by(AuditEntry.created_at)
    )
    assert [fact["registration_id"] for fact in promoted] == [str(person.id) for person in people[10:20]]


def test_the_capacity_may_change_meanwhile(make_event: Make, crowd: Crowd):
    event = make_event(in_person=30)
    deeds: list[Deed] = [["register", str(event.id), f"p{number}", "in_person"] for number in range(120)]
    deeds.insert(30, ["capacity", str(event.id), 20])
    deeds.insert(80, ["capacity", str(event.id), 40])
    crowd.act(deeds)
    rows = places(event)
    assert Counter(row.state for row in rows) == {"confirmed": 40, "waitlisted": 80}
    assert_in_order(rows)
    facts = Counter(db.session.scalars(select(AuditEntry.fact).where(AuditEntry.event_id == event.id)))
    assert facts["PlaceCancelled"] == 0


def test_people_may_cross_between_the_pools(make_event: Make, crowd: Crowd):
    event = make_event(in_person=5, online=5)
    here = fill(event, *(f"h{number}" for number in range(15)))
    there = fill(event, *(f"t{number}" for number in range(15)), pool="online")
    deeds = [
        deed
        for one, other in zip(here, there, strict=True)
        for deed in (["switch", str(one.id), "online"], ["switch", str(other.id), "in_person"])
    ]
    assert len(crowd.act(deeds)) == 30
    for key in ("in_person", "online"):
        rows = places(event, key)
        assert Counter(row.state for row in rows) == {"confirmed": 5, "waitlisted": 10}
        assert_in_order(rows)


def test_an_option_with_a_limit_is_given_once_too(make_event: Make, crowd: Crowd):
    event = make_event(in_person=200)
    limits = {"Museum": 5, "Park": None, "Boat": 1}
    options = [Option("", Translated.of(en=name), most) for name, most in limits.items()]
    tour = save_question(SYSTEM, event.id, QuestionPlan("choice_many", Translated.of(en="Tours"), options=options))
    coming = [["register", str(event.id), f"p{n}", "in_person", {str(tour.id): ["o1", "o2"]}] for n in range(40)]
    outcomes = Counter("full" if "is full" in outcome else outcome for outcome in crowd.act(coming))
    assert outcomes == {"confirmed": 5, "full": 35}
    late = fill(event, *(f"late{number}" for number in range(24)))
    changing = crowd.act([["choose", str(one.id), {str(tour.id): ["o3"]}] for one in late])
    assert Counter("full" if "is full" in outcome else outcome for outcome in changing) == {"done": 1, "full": 23}
    taken = list(db.session.scalars(select(Registration).where(Registration.name.startswith("p"))))
    deeds = [["cancel", str(one.id)] for one in taken[:3]]
    deeds += [["choose", str(one.id), {str(tour.id): ["o1"]}] for one in late]
    crowd.act(deeds)
    crowd.act([["choose", str(one.id), {str(tour.id): ["o1"]}] for one in late])
    assert count_chosen([tour])[tour.id, "o1"] == 5
    held = select(func.count(ChosenOption.id)).where(ChosenOption.key == "o1")
    assert db.session.scalar(held) == 8, "five who take part, and three who have given up"


def test_places_in_a_session_are_given_once_while_people_come_and_go(
    make_event: Make, make_session: Make, save: Make, crowd: Crowd
):
    event = make_event()
    room = programme.save_room(SYSTEM, event.id, ROOM, capacity=10)
    session = make_session(event, has_sign_up=True, room_id=room.id)
    pool = db.session.scalar(select(Pool).where(Pool.event_id == event.id, Pool.key == "in_person"))
    assert pool
    people = [save(Registration(event_id=event.id, name=f"p{number}")) for number in range(40)]
    save_all = [Place(registration_id=p.id, pool_id=pool.id, state="confirmed", number=n) for n, p in enumerate(people)]
    use_case(lambda actor: db.session.add_all(save_all))(SYSTEM)
    coming = [["sign_up", str(person.id), str(session.id)] for person in people]
    outcomes = Counter(crowd.act([*coming, *coming[:8]]))
    assert sum(outcomes.values()) == 48
    assert signed_up(session) == ["confirmed"] * 10 + ["waitlisted"] * 30
    going = [["give_up", str(person.id), str(session.id)] for person in people[:10]]
    leaving = [["cancel", str(person.id)] for person in people[5:15]]
    more = [["room", str(event.id), str(room.id), 12]]
    crowd.act([deed for deeds in zip(going, leaving, strict=True) for deed in deeds] + more)
    assert signed_up(session) == ["confirmed"] * 12 + ["waitlisted"] * 13
    assert get(ProgrammeSession, session.id).signed_up == 12


def signed_up(session: ProgrammeSession) -> list[str]:
    """How those stand who are on the list of a session, by their numbers."""
    db.session.rollback()
    query = select(SignUp.state, SignUp.number).join(SignUp.sheet).where(SignUp.state != "cancelled")
    rows = db.session.execute(query.where(SignUpSheet.session_id == session.id).order_by(SignUp.number)).all()
    assert len({row.number for row in rows}) == len(rows)
    return [row.state for row in rows]
