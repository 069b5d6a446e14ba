"""The one way to write: whole or not at all, in order, and never over somebody else's."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from uuid import uuid4

import pytest
import sqlalchemy as sa
from flask import Flask

from eventhub import app as wiring
from eventhub.foundation import db as database
from eventhub.foundation.actor import SYSTEM, VISITOR, Actor
from eventhub.foundation.audit import AuditEntry
from eventhub.foundation.db import (
    Fact,
    acting,
    after_commit,
    announce,
    check_version,
    db,
    get,
    receives,
    use_case,
)
from eventhub.foundation.db import keep as keep_row
from eventhub.foundation.errors import NotFound, Stale
from eventhub.foundation.slugs import OldSlug
from eventhub.foundation.work import OutboxRow
from eventhub.organisations.models import Organisation
from tests.conftest import on_sqlite
from tests.queries import count_queries

on_postgres = pytest.mark.parametrize(
    "database_url", [pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True, scope="session"
)


@dataclass(frozen=True, slots=True)
class Kept(Fact):
    """A word was kept."""

    word: str


@dataclass(frozen=True, slots=True)
class Echoed(Fact):
    """A receiver had something to tell in its turn."""

    word: str


reactions: list[Callable[[Fact], None]] = []


@receives(Kept, Echoed)
def _react(fact: Fact) -> None:
    for reaction in reactions:
        reaction(fact)


@pytest.fixture
def receiving(app: Flask) -> Iterator[list[Callable[[Fact], None]]]:
    """What is to be done with each fact of this module."""
    database.listen([sys.modules[__name__]])
    yield reactions
    reactions.clear()
    database.listen(wiring.RECEIVERS)


@use_case
def keep(actor: Actor, word: str) -> None:
    """Keep a word, and say so."""
    db.session.add(OldSlug(kind="word", slug=word, row_id=uuid4()))
    announce(Kept(word))


@use_case
def keep_all(actor: Actor, *words: str, then: Callable[[], None] = lambda: None) -> None:
    """Keep several words at once, and do something before the end."""
    for word in words:
        keep(VISITOR, word)
    then()


def fall() -> None:
    raise ZeroDivisionError


def kept() -> set[str]:
    """The words that are in the database, as another connection sees them."""
    with db.engine.connect() as connection:
        return set(connection.scalars(sa.select(OldSlug.slug)))


def told() -> list[str]:
    """The facts that the audit holds."""
    with db.engine.connect() as connection:
        return sorted(connection.scalars(sa.select(AuditEntry.fact)))


def test_a_use_case_called_inside_another_joins_it(app):
    keep_all(SYSTEM, "one", "two")
    assert kept() == {"one", "two"}
    with pytest.raises(ZeroDivisionError):
        keep_all(SYSTEM, "three", "four", then=fall)
    assert kept() == {"one", "two"}


def test_all_of_it_is_committed_at_once(app, receiving):
    receiving.append(lambda fact: announce(Echoed(fact.word)) if isinstance(fact, Kept) else None)
    commits = []

    def count(connection: object) -> None:
        commits.append(connection)

    sa.event.listen(db.engine, "commit", count)
    try:
        keep_all(SYSTEM, "one", "two")
    finally:
        sa.event.remove(db.engine, "commit", count)
    assert len(commits) == 1
    assert told() == ["Echoed", "Echoed", "Kept", "Kept"]


def test_what_a_receiver_does_is_part_of_it(app, receiving):
    receiving.append(lambda fact: keep(acting(), "echo") if fact == Kept("voice") else None)
    keep(SYSTEM, "voice")
    assert kept() == {"voice", "echo"}


def test_an_error_in_a_receiver_undoes_everything(app, receiving):
    done = []

    def refuse(fact: Fact) -> None:
        after_commit(lambda: done.append(fact))
        if fact == Kept("two"):
            fall()

    receiving.append(refuse)
    with pytest.raises(ZeroDivisionError):
        keep_all(SYSTEM, "one", "two")
    assert (kept(), told(), done) == (set(), [], [])
    keep(SYSTEM, "three")
    assert (kept(), len(done)) == ({"three"}, 1), "what the failed one wanted done must not be done by the next"


def test_facts_are_delivered_in_the_order_in_which_they_were_announced(app, receiving):
    heard = []

    def hear(fact: Fact) -> None:
        heard.append((type(fact).__name__, fact.word))
        if isinstance(fact, Kept):
            announce(Echoed(fact.word))

    receiving.append(hear)
    keep_all(SYSTEM, "one", "two", then=lambda: heard.append("end of the use-case"))
    assert heard == ["end of the use-case", ("Kept", "one"), ("Kept", "two"), ("Echoed", "one"), ("Echoed", "two")]


def test_receivers_find_what_was_done_in_the_database(app, receiving):
    seen = []
    receiving.append(lambda fact: seen.append(db.session.scalar(sa.select(sa.func.count(OldSlug.id)))))
    keep(SYSTEM, "one")
    assert seen == [1]


def test_receivers_know_who_acted_outermost(app, receiving):
    heard = []
    receiving.append(lambda fact: heard.append(acting()))
    keep_all(SYSTEM, "one")
    assert heard == [SYSTEM]


def test_what_is_asked_for_after_the_commit_is_done_once_and_after_it(app):
    seen = []

    def look() -> None:
        seen.append(kept())

    @use_case
    def work(actor: Actor) -> None:
        keep(actor, "one")
        after_commit(look)
        after_commit(look)
        assert seen == []

    work(SYSTEM)
    assert seen == [{"one"}]


def test_facts_belong_to_a_use_case(app):
    with pytest.raises(RuntimeError, match="only inside a use-case"):
        announce(Kept("one"))


def test_what_was_changed_outside_a_use_case_is_not_slipped_in(app):
    db.session.add(OldSlug(kind="word", slug="smuggled", row_id=uuid4()))
    with pytest.raises(RuntimeError, match="outside a use-case"):
        keep(SYSTEM, "one")
    db.session.rollback()
    assert kept() == set()


def test_what_is_not_there_is_not_found(app):
    for row_id in (None, uuid4()):
        with pytest.raises(NotFound):
            get(Organisation, row_id)


def test_an_object_stays_readable_after_the_commit(app, make_organisation):
    organisation = make_organisation("Network")
    statements = []

    def note(connection: object, cursor: object, statement: str, *rest: object) -> None:
        statements.append(statement)

    sa.event.listen(db.engine, "before_cursor_execute", note)
    try:
        assert str(organisation.name.in_("en")) == "Network"
    finally:
        sa.event.remove(db.engine, "before_cursor_execute", note)
    assert statements == []


def test_every_change_raises_the_version_and_an_old_one_is_refused(app, make_organisation):
    organisation = make_organisation()
    read = organisation.version

    @use_case
    def move(actor: Actor, country: str, version: int | None) -> int:
        row = get(Organisation, organisation.id, lock=True)
        check_version(row, version)
        row.country = country
        db.session.flush()
        return row.version

    assert move(SYSTEM, "FR", read) == read + 1
    with pytest.raises(Stale, match="just changed"):
        move(SYSTEM, "DE", read)
    assert move(SYSTEM, "IT", None) == read + 2, "who read no version, as a job, is not asked for one"
    assert db.session.scalar(sa.select(Organisation.country)) == "IT"


def test_a_row_that_changed_under_our_hands_is_stale(app, make_organisation):
    organisation = make_organisation()

    @use_case
    def move(actor: Actor) -> None:
        row = get(Organisation, organisation.id)
        # Somebody else's save, between our reading and our writing.
        db.session.execute(sa.update(Organisation.__table__).values(version=99, country="FR"))
        row.country = "DE"

    with pytest.raises(Stale):
        move(SYSTEM)
    assert db.session.scalar(sa.select(Organisation.country)) == "CH"


@on_postgres
def test_get_with_a_lock_reads_afresh(app, make_organisation):
    organisation = make_organisation()

    @use_case
    def look(actor: Actor) -> tuple[str | None, str | None]:
        before = get(Organisation, organisation.id).country
        with db.engine.begin() as other:
            other.execute(sa.update(Organisation.__table__).values(country="FR"))
        return before, get(Organisation, organisation.id, lock=True).country

    assert look(SYSTEM) == ("CH", "FR")


@on_postgres
def test_what_was_read_before_its_lock_and_saved_in_between_is_stale(app, make_organisation):
    organisation_id = make_organisation().id
    db.session.rollback()

    @use_case
    def look(actor: Actor, *, first: bool) -> str | None:
        held = get(Organisation, organisation_id) if first else None
        with db.engine.begin() as other:
            other.execute(sa.update(Organisation.__table__).values(version=Organisation.version + 1, country="FR"))
        found = get(Organisation, organisation_id, lock=True)
        assert held in {None, found}
        return found.country

    assert look(SYSTEM, first=False) == "FR"
    with pytest.raises(Stale):
        look(SYSTEM, first=True)


def test_what_we_have_written_ourselves_before_the_lock_is_not_stale(app, make_organisation):
    organisation_id = make_organisation().id
    db.session.rollback()

    @use_case
    def move(actor: Actor) -> str | None:
        get(Organisation, organisation_id).country = "FR"
        return get(Organisation, organisation_id, lock=True).country

    assert move(SYSTEM) == "FR"


def test_a_row_that_is_locked_or_kept_is_asked_for_once(app, make_organisation):
    organisation = make_organisation()  # which whoever shows a page still holds, and is to be read afresh

    @use_case
    def look(actor: Actor) -> None:
        keep_row(get(Organisation, organisation_id, lock=True))
        db.session.get(Organisation, organisation_id)

    organisation_id = organisation.id
    db.session.rollback()
    with count_queries() as asked:
        look(SYSTEM)
    assert len(asked) == 1, asked.statements
    del organisation
    db.session.rollback()
    with count_queries() as asked:
        look(SYSTEM)
    assert len(asked) == 1, asked.statements


def test_no_step_of_many_threads_is_lost(app):
    """Each of 8 threads reads a number and writes the next one, a hundred times."""
    row = OutboxRow(kind="count", payload={}, key="count", attempts=0)
    use_case(lambda actor: db.session.add(row))(SYSTEM)
    row_id, errors = row.id, []
    db.session.rollback()

    @use_case
    def step(actor: Actor) -> None:
        found = get(OutboxRow, row_id, lock=True)
        found.attempts = found.attempts + 1

    def walk() -> None:
        try:
            with app.app_context():
                for _ in range(100):
                    step(SYSTEM)
        except Exception as error:  # noqa: BLE001 - told by the assertion below
            errors.append(error)

    threads = [threading.Thread(target=walk) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert db.session.scalar(sa.select(OutboxRow.attempts)) == 800


@on_postgres
def test_postgresql_compiles_no_query(app):
    for _ in range(2):  # not by a rollback either
        assert db.session.scalar(sa.text("SHOW jit")) == "off"
        db.session.rollback()


@on_sqlite
def test_sqlite_keeps_what_it_has_acknowledged(app):
    def ask(pragma: str) -> object:
        with db.engine.connect() as connection:
            return connection.exec_driver_sql(f"PRAGMA {pragma}").scalar()

    assert ask("journal_mode") == "wal"
    assert ask("synchronous") == 2
    assert ask("foreign_keys") == 1
    assert ask("busy_timeout") >= 5000
    assert ask("secure_delete") == 1


@on_sqlite
def test_sqlite_takes_the_write_lock_for_writing_only(app):
    begun = []

    def note(connection: object, cursor: object, statement: str, *rest: object) -> None:
        if statement.startswith("BEGIN"):
            begun.append(statement)

    db.session.rollback()
    sa.event.listen(db.engine, "before_cursor_execute", note)
    try:
        keep(SYSTEM, "one")
        db.session.rollback()
        db.session.scalar(sa.select(OldSlug.id))
    finally:
        sa.event.remove(db.engine, "before_cursor_execute", note)
    assert begun == ["BEGIN IMMEDIATE", "BEGIN"]


HOLD = """
import sqlite3, sys, time
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN IMMEDIATE")
print("held", flush=True)
time.sleep(float(sys.argv[2]))
"""


@on_sqlite
@pytest.mark.parametrize(("seconds", "status"), [(3, 200), (7, 503)])
def test_a_locked_database_is_waited_for_and_then_said_to_be_busy(site, seconds, status):
    @site.post("/keep")
    def view() -> str:
        keep(VISITOR, "word")
        return "kept"

    site.config["WTF_CSRF_ENABLED"] = False
    file = site.extensions["eventhub_settings"].database_url.removeprefix("sqlite:///")
    with subprocess.Popen([sys.executable, "-c", HOLD, file, str(seconds)], stdout=subprocess.PIPE) as other:
        assert other.stdout and other.stdout.readline() == b"held\n"
        began = time.monotonic()
        assert site.test_client().get("/healthz").status_code == 200
        assert time.monotonic() - began < 1, "reading does not wait"
        answer = site.test_client().post("/keep")
        other.kill()
    assert answer.status_code == status
    assert kept() == ({"word"} if status == 200 else set())
    if status == 503:
        assert int(answer.headers["Retry-After"]) > 0
        assert site.test_client().post("/keep").status_code == 200, "and works again without a restart"


@on_postgres
def test_connections_that_the_server_has_closed_are_made_anew_once_they_have_lain_idle(site, monkeypatch):
    monkeypatch.setattr("eventhub.foundation.postgres.TRUSTED", 0)
    with site.app_context():
        db.session.execute(sa.text("SELECT 1"))
        db.session.rollback()
        others = sa.text(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        killer = sa.create_engine(site.extensions["eventhub_settings"].database_url)
        with killer.connect() as connection:
            connection.execute(others)
        killer.dispose()
    assert site.test_client().get("/readyz").status_code == 200
    db.engine.dispose()  # those of the tests themselves were closed as well


@on_postgres
def test_only_use_cases_begin_transactions_where_that_is_a_journey(app: Flask):
    def is_begun() -> bool:
        connection = db.session.connection()
        connection.execute(sa.select(1))
        return bool(connection.connection.driver_connection.info.transaction_status)

    @use_case
    def write(actor: Actor) -> bool:
        return is_begun()

    assert (is_begun(), write(SYSTEM), is_begun()) == (False, True, False)
