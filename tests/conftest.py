"""What every test may ask for: a real database of each kind, people, events, and a browser that signs in."""

from __future__ import annotations

import contextlib
import itertools
import os
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
import sqlalchemy as sa
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from flask_migrate import upgrade

from eventhub.accounts import passwords
from eventhub.accounts.models import Account
from eventhub.app import create_app
from eventhub.config import load_settings
from eventhub.events import services as event_services
from eventhub.events.models import Event
from eventhub.foundation import clock
from eventhub.foundation.actor import SYSTEM, VISITOR, Actor
from eventhub.foundation.db import db, prepare_migrations
from eventhub.foundation.i18n import Translated
from eventhub.foundation.tables import Base
from eventhub.organisations.actors import actor_of
from eventhub.organisations.models import Membership, Organisation
from eventhub.people.models import Person
from eventhub.people.names import Names
from eventhub.programme import releases
from eventhub.programme import services as programme_services
from eventhub.programme.models import ProgrammeSession
from eventhub.programme.plans import SessionPlan
from eventhub.registrations import pools

REQUIRED = set(filter(None, os.environ.get("EVENTHUB_TEST_REQUIRE", "").split(",")))
POSTGRES = os.environ.get("EVENTHUB_TEST_POSTGRES_URL", "postgresql://postgres@127.0.0.1:5432/postgres")
REDIS = os.environ.get("EVENTHUB_TEST_REDIS_URL", "redis://127.0.0.1:6379/0")

# The real hash with the least work: passwords are checked in many tests, their strength in one.
passwords.hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


def postgres_answers() -> bool:
    """Whether the tests' PostgreSQL is there."""
    try:
        psycopg.connect(POSTGRES, connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True


def pytest_report_header() -> list[str]:
    """Say what is left out, and fail where it must not be."""
    missing = [] if postgres_answers() else ["postgres"]
    if REQUIRED & set(missing):
        raise pytest.UsageError(f"required but not there: {', '.join(missing)}")
    return [f"left out, because it does not answer: {name}" for name in missing]


# For what makes no difference to a database, such as the words of a page, or is too slow to be shown twice.
on_sqlite, on_postgres = pytest.mark.only("sqlite"), pytest.mark.only("postgres")
# For what tells dates word for word: on the day when the tests are run they may be over.
in_november_2026 = pytest.mark.usefixtures("november_2026")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what a test of one database would show on the other."""
    wanted: dict[bool, list[pytest.Item]] = {True: [], False: []}
    for item in items:
        only, params = item.get_closest_marker("only"), getattr(item, "callspec", None)
        database = params.params.get("database_url") if params else None
        wanted[only is None or database in (None, only.args[0])].append(item)
    config.hook.pytest_deselected(items=wanted[False])
    items[:] = wanted[True]


@pytest.fixture(scope="session", params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """An empty database of its own, of each kind in turn."""
    if request.param == "sqlite":
        # In memory where the system has such a folder: the tests wait for the disk a thousand times otherwise.
        shm = Path("/dev/shm")
        folder = shm / f"eventhub-{uuid4().hex}" if shm.is_dir() else tmp_path_factory.mktemp("db")
        folder.mkdir(exist_ok=True)
        yield f"sqlite:///{folder}/test.db"
        for file in folder.iterdir():
            file.unlink()
        folder.rmdir()
        return
    if not postgres_answers():
        pytest.skip("PostgreSQL does not answer")
    name = f"eventhub_test_{uuid4().hex[:12]}"
    with psycopg.connect(POSTGRES, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE \"{name}\" TEMPLATE template0 ENCODING 'UTF8'")
    yield POSTGRES.rsplit("/", 1)[0] + f"/{name}"
    with psycopg.connect(POSTGRES, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def _check_ways(page: str) -> None:
    """Whatever refuses a form begins at the reason, and leads from there to what is on the page."""
    told = re.search(r'<div class="notice attention" role="alert" tabindex="-1" autofocus.*?</div>', page, re.DOTALL)
    if told:
        found = set(re.findall(r'href="#([^"]+)"', told[0] + "".join(re.findall(r"<th scope=.row.><a [^>]*>", page))))
        missing = found - set(re.findall(r'\bid="([^"]+)"', page))
        assert not missing, f"the notice leads to {missing}, which are not there"


class Browser(FlaskClient):
    """A test client whose every request has an application context of its own, as on a server."""

    def open(self, *args: Any, **kwargs: Any) -> Any:
        with self.application.app_context():
            response = super().open(*args, **kwargs)
        with contextlib.suppress(RuntimeError):
            db.session.rollback()  # what the test read before may have been changed
        if response.status_code in {409, 422} and response.mimetype == "text/html":
            _check_ways(response.get_data(as_text=True))
        return response

    def csrf(self, address: str) -> str:
        """The token of the form at an address."""
        page = self.get(address).get_data(as_text=True)
        return page.split('name="csrf_token"', 1)[1].split('value="', 1)[1].split('"', 1)[0]

    def submit(self, address: str, data: dict[str, Any] | None = None, *, form_at: str | None = None) -> Any:
        """Send a form as a person would: after looking at it."""
        token = self.csrf(form_at or address)
        return self.post(address, data={"csrf_token": token, **(data or {})})


@pytest.fixture(scope="session")
def session_app(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """The application, once for each database."""
    data_dir = tmp_path_factory.mktemp("data")
    settings = load_settings(database_url=database_url, data_dir=data_dir, rate_limit_factor=1000, proof_of_work=0)
    app = create_app(settings)
    app.testing = True
    app.test_client_class = Browser
    with app.app_context():
        upgrade(prepare_migrations(app, settings))
    yield app
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def app(session_app: Flask) -> Iterator[Flask]:
    """The application with an empty database and its context pushed."""
    with session_app.app_context():
        yield session_app
        db.session.rollback()
        with db.engine.connect().execution_options(writes=True) as connection, connection.begin():
            for table in reversed(Base.metadata.sorted_tables):
                if connection.execute(sa.select(sa.literal(1)).select_from(table).limit(1)).first():
                    connection.execute(table.delete())
            if connection.dialect.name == "sqlite":
                connection.exec_driver_sql("DELETE FROM search_words")
    settings = session_app.extensions["eventhub_settings"]
    left = [*settings.maildir.rglob("*.eml")] if settings.maildir else []
    kept = (settings.data_dir / folder for folder in ("files", "imports"))
    for file in (*left, *itertools.chain.from_iterable(folder.rglob("*") for folder in kept)):
        if file.is_file():
            file.unlink()


@pytest.fixture
def november_2026() -> Iterator[None]:
    """It is noon of a day before the dates that the tests tell word for word; the clock goes on, for much has an order.

    A process of its own knows nothing of it.
    """
    with clock.going_from(datetime(2026, 11, 24, 12, tzinfo=UTC)):
        yield


@pytest.fixture
def client(app: Flask) -> Browser:
    """A browser without a session."""
    return app.test_client()  # type: ignore[return-value]


@pytest.fixture
def visitor() -> Actor:
    """Somebody whom nobody knows."""
    return VISITOR


def both(text: str, zh: str | None = None) -> Translated:
    """A text in both languages."""
    return Translated.of(en=text, zh=zh or f"{text}（中文）")


@pytest.fixture
def make_organisation(app: Flask) -> Callable[..., Organisation]:
    """Organisations, each with a name of its own."""
    numbers = itertools.count(1)

    def make(name: str | None = None, **values: Any) -> Organisation:
        number = next(numbers)
        values = {"stakeholder_type": "international_ngo", "country": "CH", **values}
        organisation = Organisation(
            slug=f"org-{number}-{uuid4().hex[:4]}", name=both(name or f"Network {number}", f"网络 {number}"), **values
        )
        return _save(organisation)

    return make


def _save(row: Any) -> Any:
    """Put a row into the database as a use-case would."""
    from eventhub.foundation.db import use_case

    use_case(lambda actor: db.session.add(row))(SYSTEM)
    return row


@pytest.fixture
def save(app: Flask) -> Callable[[Any], Any]:
    """Put a row into the database without a service."""
    return _save


@pytest.fixture
def make_person(app: Flask) -> Callable[..., Person]:
    """People, known by an address or to one organisation."""
    numbers = itertools.count(1)

    def make(names: Names | None = None, **values: Any) -> Person:
        number = next(numbers)
        names = names or Names(
            family=f"Family{number}",
            given="Given",
            han_family="王",
            han_given=f"芳{number}",
            pinyin=f"Wang Fang{number}",
        )
        values = {"slug": f"person-{number}", "address": f"person{number}@example.org", "language": "en", **values}
        return _save(Person(names=names, sort_key=names.sort_key, **values))

    return make


@pytest.fixture
def make_member(
    make_person: Callable[..., Person], make_organisation: Callable[..., Organisation]
) -> Callable[..., Actor]:
    """People who act for an organisation in a role; the actor's `person_id` leads to their account."""

    def make(role: str = "organiser", organisation: Organisation | None = None, password: str | None = None) -> Actor:
        organisation = organisation or make_organisation()
        person = make_person(address_verified_at=clock.now())
        digest = passwords.hasher.hash(password or "correct horse battery")
        _save(Account(person_id=person.id, address=person.address, password_hash=digest, confirmed_at=clock.now()))
        _save(Membership(organisation_id=organisation.id, person_id=person.id, role=role))
        return actor_of(person.id)

    return make


def organisation_of(actor: Actor) -> UUID:
    """The one organisation that an actor acts for."""
    return next(iter(actor.organisations("administrator", "organiser", "translator", "check_in", "viewer")))


@pytest.fixture
def sign_in(app: Flask) -> Callable[[Actor], Browser]:
    """A browser in which somebody has signed in."""

    def make(actor: Actor) -> Browser:
        browser: Browser = app.test_client()  # type: ignore[assignment]
        account = db.session.scalar(sa.select(Account).where(Account.person_id == actor.person_id))
        assert account
        with browser.session_transaction() as session:
            session["_user_id"] = f"{account.id}:{account.session_number}"
        return browser

    return make


@pytest.fixture
def make_event(app: Flask, make_organisation: Callable[..., Organisation]) -> Callable[..., Event]:
    """Events: published, thirty days from now at nine in the morning in Beijing for six hours, unless said otherwise.

    `in_person` and `online` are the capacities of its pools; without one, a pool of its mode has no limit.
    """
    numbers = itertools.count(1)

    def make(
        title: str | Translated | None = None,
        *,
        organisation: Organisation | UUID | None = None,
        published: bool = True,
        in_person: int | None = None,
        online: int | None = None,
        partners: event_services.Partners | None = None,
        slug: str | None = None,
        **header: Any,
    ) -> Event:
        title = title or f"Workshop {next(numbers)}"
        nine = datetime.combine((clock.now() + timedelta(days=30)).date(), datetime.min.time()).replace(hour=9)
        values: dict[str, Any] = {
            "kind": "workshop",
            "mode": "hybrid",
            "title": title if isinstance(title, Translated) else Translated.of(en=title, zh=f"研讨会：{title}"),
            "zone": "Asia/Shanghai",
            "starts": nine,
            "ends": nine + timedelta(hours=6),
            "venue": both("Conference Hotel", "会议酒店"),
            "contact_address": "contact@example.org",
            **header,
        }
        organiser = organisation if isinstance(organisation, UUID) else (organisation or make_organisation()).id
        event = event_services.add_event(SYSTEM, organiser, event_services.Header(**values), partners, slug)
        given = {"in_person": in_person, "online": online}
        capacities = {key: capacity for key, capacity in given.items() if capacity is not None}
        pools.change_pools(SYSTEM, event.id, capacities)
        if published:
            event_services.publish_event(SYSTEM, event.id)
        return event

    return make


def make_public(event: Event) -> None:
    """Release what has changed in the programme of a published event, without a letter."""
    if event.status != "draft":
        releases.release_with_event(SYSTEM, event.id)


@pytest.fixture
def make_session(app: Flask) -> Callable[..., ProgrammeSession]:
    """Sessions of an event, public where it is: the first at its start, each an hour later and an hour long."""
    numbers: dict[UUID, Iterator[int]] = {}

    def make(event: Event, title: str | None = None, **plan: Any) -> ProgrammeSession:
        number = next(numbers.setdefault(event.id, itertools.count()))
        assert event.starts
        starts = event.starts + timedelta(hours=number)
        title = title or f"Session {number + 1}"
        values: dict[str, Any] = {
            "kind": "panel",
            "title": Translated.of(en=title, zh=f"场次：{title}"),
            "starts": starts,
            "ends": starts + timedelta(hours=1),
            **plan,
        }
        session = programme_services.add_session(SYSTEM, event.id, SessionPlan(**values))
        make_public(event)
        return session

    return make
