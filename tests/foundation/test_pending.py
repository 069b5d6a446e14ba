"""Rows that wait for the next journey to the database."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.exc import IntegrityError

from eventhub.foundation import outbox
from eventhub.foundation.actor import SYSTEM, Actor
from eventhub.foundation.db import add_new, add_row, change_plainly, db, get, use_case
from eventhub.foundation.slugs import OldSlug
from eventhub.foundation.work import OutboxRow
from eventhub.messaging.models import Letter
from eventhub.registrations.models import Place, Pool, Registration
from eventhub.registrations.queries import find_pool
from tests.queries import count_queries

Make = Callable[..., Any]
WORDS = sa.select(OldSlug.slug).order_by(OldSlug.slug)


def add(*words: str) -> None:
    for word in words:
        add_row(OldSlug, kind="word", slug=word, row_id=uuid4())


def stored() -> list[str]:
    """The words that are in the database, as another connection sees them."""
    with db.engine.connect() as connection:
        return list(connection.scalars(WORDS))


@use_case
def carry_out(actor: Actor, work: Callable[[], Any]) -> Any:
    return work()


def test_what_is_added_is_in_the_database_with_the_commit_and_not_before(app: Flask):
    def work() -> list[str]:
        add("one", "two")
        return stored()

    assert carry_out(SYSTEM, work) == []
    assert stored() == ["one", "two"]


def _by_an_object() -> list[str]:
    row = db.session.scalar(sa.select(OldSlug).where(OldSlug.slug == "one"))
    return [row.slug] if row else []


def _by_its_id() -> list[str]:
    row_id = uuid4()
    add_row(OldSlug, id=row_id, kind="word", slug="two", row_id=uuid4())
    row = db.session.get(OldSlug, row_id)
    return ["one"] if row and row.slug == "two" else []


@pytest.mark.parametrize(
    "ask",
    [
        lambda: list(db.session.scalars(WORDS)),
        lambda: [row.slug for row in db.session.execute(WORDS)],
        lambda: [db.session.scalar(WORDS)],
        _by_an_object,
        _by_its_id,
    ],
    ids=["scalars", "execute", "scalar", "object", "id"],
)
def test_whoever_asks_in_the_same_transaction_finds_it(app: Flask, ask: Callable[[], list[str]]):
    def work() -> list[str]:
        add("one")
        return ask()

    assert carry_out(SYSTEM, work) == ["one"]


def test_nothing_of_it_stays_where_the_use_case_comes_to_nothing(app: Flask):
    def work() -> None:
        add("one")
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        carry_out(SYSTEM, work)
    carry_out(SYSTEM, lambda: add("two"))
    assert stored() == ["two"]


def test_what_is_added_within_a_part_that_is_taken_back_goes_with_it_and_what_was_before_stays(app: Flask):
    def work() -> None:
        add("before")
        part = db.session.begin_nested()
        add("within")
        part.rollback()
        add("after")

    carry_out(SYSTEM, work)
    assert stored() == ["after", "before"]


@pytest.mark.parametrize("many", [2, 12, 13, 700])
def test_many_rows_are_written_as_few_are(app: Flask, many: int):
    words = [f"{number:03}" for number in range(many)]
    carry_out(SYSTEM, lambda: add(*words))
    assert stored() == words


def test_rows_of_several_tables_are_one_journey_and_may_refer_to_one_another(app: Flask):
    def work() -> None:
        outbox_id = outbox.put("letter", {})
        add_row(Letter, kind="test", address="a@example.org", language="en", data={}, outbox_id=outbox_id)
        add("one")

    with count_queries() as asked:
        carry_out(SYSTEM, work)
    assert len(asked) == (1 if db.engine.dialect.name == "postgresql" else 3), asked.statements
    letter = db.session.scalar(sa.select(Letter))
    assert letter
    row = db.session.get(OutboxRow, letter.outbox_id)
    assert row
    assert (letter.state, row.state, row.payload, row.attempts) == ("queued", "waiting", {}, 0)


def test_a_key_that_is_taken_fails_the_whole_transaction(app: Flask):
    carry_out(SYSTEM, lambda: add("one"))
    with pytest.raises(IntegrityError):
        carry_out(SYSTEM, lambda: add("two", "one"))
    assert stored() == ["one"]


def test_of_several_values_of_a_column_the_last_one_counts_and_no_version_is_raised(make_event: Make):
    event = make_event(in_person=3)

    def work() -> int:
        pool = find_pool(event, "in_person")
        assert pool
        for number in (5, 6, 7):
            change_plainly(pool, last_number=number)
        return pool.last_number

    before = find_pool(event, "in_person")
    assert before
    version = before.version
    assert carry_out(SYSTEM, work) == 7
    db.session.expire_all()
    assert db.session.execute(sa.select(Pool.last_number, Pool.version).where(Pool.id == before.id)).one() == (
        7,
        version,
    )


def test_a_change_after_it_was_written_is_written_anew(make_event: Make):
    event = make_event(in_person=3)

    def work() -> list[int | None]:
        pool = find_pool(event, "in_person")
        assert pool
        found = []
        for number in (5, 6):
            change_plainly(pool, last_number=number)
            found.append(db.session.scalar(sa.select(Pool.last_number).where(Pool.id == pool.id)))
        return found

    assert carry_out(SYSTEM, work) == [5, 6]


def test_other_columns_of_a_row_that_waits_are_written_as_well(make_event: Make):
    event = make_event(in_person=3)
    pool = find_pool(event, "in_person")
    assert pool
    pool_id = pool.id

    def work() -> None:
        pool = get(Pool, pool_id, lock=True)
        change_plainly(pool, last_number=5)
        change_plainly(pool, capacity=9, position=4)
        change_plainly(pool, last_number=6)
        add("one")  # so that it is one of several rows of a statement

    carry_out(SYSTEM, work)
    stored = sa.select(Pool.last_number, Pool.capacity, Pool.position).where(Pool.id == pool_id)
    assert db.session.execute(stored).one() == (6, 9, 4)


def test_a_change_within_a_part_that_is_taken_back_goes_with_it_and_one_before_stays(make_event: Make):
    event = make_event(in_person=3)
    pool = find_pool(event, "in_person")
    assert pool
    pool_id = pool.id

    def work() -> None:
        pool = get(Pool, pool_id, lock=True)
        change_plainly(pool, last_number=5)
        part = db.session.begin_nested()
        change_plainly(pool, last_number=6, capacity=9)
        part.rollback()

    carry_out(SYSTEM, work)
    stored = sa.select(Pool.last_number, Pool.capacity).where(Pool.id == pool_id)
    assert db.session.execute(stored).one() == (5, 3)


def test_a_new_row_is_changed_before_it_is_written(app: Flask):
    row_id, later = uuid4(), uuid4()

    def work() -> None:
        row = OldSlug(id=row_id, kind="word", slug="one", row_id=uuid4())
        add_new(row)
        change_plainly(row, slug="two", row_id=later)
        add("three")

    carry_out(SYSTEM, work)
    assert stored() == ["three", "two"]
    assert db.session.scalar(sa.select(OldSlug.row_id).where(OldSlug.id == row_id)) == later


def test_a_row_waits_for_what_it_refers_to_though_others_of_its_table_need_not(make_event: Make):
    event = make_event(in_person=3)
    pool = find_pool(event, "in_person")
    assert pool
    event_id, pool_id = event.id, pool.id

    def work() -> None:
        for number in range(7):
            zone = "Asia/Shanghai" if number % 2 else None  # of each second one another column is written
            registration_id = uuid4()
            address = f"{number}@example.org"
            add_row(Registration, id=registration_id, event_id=event_id, address=address, name="A", zone=zone)
            add_row(Place, registration_id=registration_id, pool_id=pool_id, state="confirmed", number=number)

    carry_out(SYSTEM, work)
    assert db.session.scalar(sa.select(sa.func.count(Place.id)).where(Place.pool_id == pool_id)) == 7


def test_an_object_that_is_added_can_be_changed_before_it_is_written(make_event: Make):
    event = make_event(in_person=3)
    pool = find_pool(event, "in_person")
    assert pool
    event_id, pool_id = event.id, pool.id

    def work() -> UUID:
        registration = Registration(id=uuid4(), event_id=event_id, address="a@example.org", name="A")
        add_new(registration)
        add_new(Place(registration_id=registration.id, pool_id=pool_id, state="confirmed", number=1))
        registration.name = "B"
        return registration.id

    registration = db.session.get(Registration, carry_out(SYSTEM, work))
    assert registration
    db.session.expire_all()
    assert (registration.name, registration.version, registration.place.state) == ("B", 2, "confirmed")


def test_rows_are_added_only_inside_a_use_case(app: Flask):
    with pytest.raises(RuntimeError):
        add("one")
