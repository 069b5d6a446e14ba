"""The outbox: work that was committed is carried out, once where nobody dies, and never forgotten."""

from __future__ import annotations

import itertools
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from types import ModuleType
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from flask import Flask

from eventhub.app import CARRIERS
from eventhub.foundation import clock, jobs, lanes, outbox, work
from eventhub.foundation.actor import SYSTEM
from eventhub.foundation.audit import AuditEntry
from eventhub.foundation.db import db, use_case
from eventhub.foundation.lanes import Lane
from eventhub.foundation.outbox import Refused
from eventhub.foundation.work import LEASE, MOST_ATTEMPTS, OutboxRow
from tests.conftest import on_postgres

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
Carrier = Callable[[dict[str, Any], UUID], Callable[[], None] | None]


@pytest.fixture
def employ(app: Flask) -> Iterator[Callable[[Carrier], None]]:
    """Let a function of the test carry out all work of the kind `errand`."""

    def use(function: Carrier) -> None:
        module = ModuleType("errands")
        module.carry = outbox.carries("errand")(function)  # type: ignore[attr-defined]
        outbox.employ([module])

    yield use
    outbox.employ(CARRIERS)


@use_case
def order(actor, *keys: str, event_id: UUID | None = None) -> list[bool]:
    """Order an errand under each key, and say which of them were new."""
    return [outbox.put("errand", {"key": key}, key, event_id) is not None for key in keys]


def row(key: str = "one") -> OutboxRow:
    """The row of a key as it stands now."""
    db.session.rollback()
    found = db.session.scalar(sa.select(OutboxRow).where(OutboxRow.key == key))
    assert found
    return found


def refuse(_: dict[str, Any], __: UUID) -> None:
    raise ConnectionError("nobody answers")


def given_up() -> list[dict[str, Any]]:
    """What was announced as given up."""
    return list(db.session.scalars(sa.select(AuditEntry.data).where(AuditEntry.fact == "WorkGivenUp")))


def test_work_is_carried_out_after_the_commit_and_then_done(employ):
    carried: list[str] = []
    employ(lambda payload, _: carried.append(payload["key"]))
    order(SYSTEM, "one", "two")
    assert carried == []
    assert outbox.drain() == 2
    assert sorted(carried) == ["one", "two"]
    assert {row("one").state, row("two").state} == {"done"}
    assert outbox.drain() == 0


def test_what_is_rolled_back_is_never_carried_out(employ):
    carried: list[str] = []
    employ(lambda payload, _: carried.append(payload["key"]))

    @use_case
    def fail(actor):
        order(actor, "one")
        raise LookupError

    with pytest.raises(LookupError):
        fail(SYSTEM)
    assert outbox.drain() == 0
    assert carried == []


def test_one_key_is_ordered_once(employ):
    carried: list[str] = []
    employ(lambda payload, _: carried.append(payload["key"]))
    assert order(SYSTEM, "one", "one") == [True, False]
    assert order(SYSTEM, "one") == [False]
    outbox.drain()
    assert order(SYSTEM, "one") == [False]
    outbox.drain()
    assert carried == ["one"]


def test_work_for_later_waits_until_it_is_due(employ):
    carried: list[str] = []
    employ(lambda payload, _: carried.append(payload["key"]))

    @use_case
    def order_for_later(actor):
        outbox.put("errand", {"key": "one"}, "one", due_at=NOON + timedelta(hours=1))

    with clock.standing_at(NOON):
        order_for_later(SYSTEM)
        assert outbox.drain() == 0
    with clock.standing_at(NOON + timedelta(hours=1)):
        assert outbox.drain() == 1
    assert carried == ["one"]


def test_what_follows_from_the_work_is_committed_with_its_being_done(employ):
    employ(lambda _, row_id: lambda: outbox.put("other", {}, f"after {row_id}"))
    order(SYSTEM, "one")
    assert outbox.drain(most=1) == 1
    assert row("one").state == "done"
    assert row(f"after {row('one').id}").state == "waiting"


def test_work_whose_outcome_cannot_be_kept_is_not_done(employ):
    def follow() -> None:
        raise LookupError("its letter is gone")

    employ(lambda _, __: follow)
    with clock.standing_at(NOON):
        order(SYSTEM, "one")
        with pytest.raises(LookupError):
            outbox.drain()
        assert row().state == "leased"


def test_failures_are_tried_again_after_growing_pauses_and_then_given_up(employ):
    tries: list[datetime] = []

    def fail(_: dict[str, Any], __: UUID) -> None:
        tries.append(clock.now())
        raise ConnectionError("nobody answers")

    employ(fail)
    event_id = uuid4()
    moment = NOON
    with clock.standing_at(moment):
        order(SYSTEM, "one", event_id=event_id)
    while row().state != "failed":
        moment += timedelta(minutes=1)
        with clock.standing_at(moment):
            outbox.drain()
    pauses = [(later - earlier).total_seconds() / 60 for earlier, later in itertools.pairwise(tries)]
    assert pauses == [1, 2, 4, 8, 16, 32, 64, 128, 256]
    assert len(tries) == MOST_ATTEMPTS
    assert tries[-1] - tries[0] >= timedelta(hours=4.8)
    [fact] = given_up()
    assert fact["outbox_id"] == str(row().id)
    assert fact["event_id"] == str(event_id)
    assert fact["error"] == "ConnectionError: nobody answers"


def test_work_that_is_refused_is_given_up_at_once(employ):
    def refuse_for_good(_: dict[str, Any], __: UUID) -> None:
        raise Refused("550 no such mailbox")

    employ(refuse_for_good)
    order(SYSTEM, "one")
    assert outbox.drain() == 1
    assert (row().state, row().error, row().attempts) == ("failed", "550 no such mailbox", 1)
    assert [fact["error"] for fact in given_up()] == ["550 no such mailbox"]


def test_one_failure_does_not_hold_up_the_rest(employ):
    carried: list[str] = []

    def carry(payload: dict[str, Any], _: UUID) -> None:
        if payload["key"] == "bad":
            raise ConnectionError
        carried.append(payload["key"])

    employ(carry)
    order(SYSTEM, "a", "bad", "c")
    outbox.drain()
    assert sorted(carried) == ["a", "c"]
    assert row("bad").state == "waiting"


def test_given_up_work_can_be_tried_again_from_the_beginning(employ):
    def refuse_for_good(_: dict[str, Any], __: UUID) -> None:
        raise Refused("full")

    employ(refuse_for_good)
    order(SYSTEM, "one")
    outbox.drain()
    outbox.again(SYSTEM, row().id)
    assert (row().state, row().attempts, row().error) == ("waiting", 0, None)
    employ(lambda _, __: None)
    outbox.drain()
    assert row().state == "done"


def test_work_of_a_kind_nobody_carries_waits(app):
    @use_case
    def order_unknown(actor):
        outbox.put("nobody's", {}, "one")

    order_unknown(SYSTEM)
    outbox.drain()
    assert row().state == "waiting"
    assert row().attempts == 1


def test_the_work_of_a_dead_worker_is_taken_up_when_its_lease_runs_out(employ):
    carried: list[str] = []
    employ(lambda payload, _: carried.append(payload["key"]))
    with clock.standing_at(NOON):
        order(SYSTEM, "one")
        leased, _ = outbox._next(SYSTEM, None, 1)  # a worker takes it and dies
        assert leased
    with clock.standing_at(NOON + LEASE - timedelta(seconds=1)):
        assert outbox.drain() == 0
    with clock.standing_at(NOON + LEASE):
        assert outbox.drain() == 1
    assert carried == ["one"]


def test_who_is_busy_for_long_holds_on_to_the_work_and_what_a_dead_one_had_is_taken_up_soon(employ, monkeypatch):
    monkeypatch.setattr(outbox, "_IN_HAND", 0.0)
    carried: list[str] = []

    def carry(payload: dict[str, Any], _: UUID) -> None:
        carried.append(payload["key"])
        for beat in range(10, 300, 10):
            with clock.standing_at(NOON + timedelta(seconds=beat)):
                outbox.hold()
                assert outbox.drain() == 0, "it is taken from one that lives"

    employ(carry)
    assert LEASE.total_seconds() <= 60
    with clock.standing_at(NOON):
        order(SYSTEM, "one")
        outbox.drain()
        order(SYSTEM, "left")
        assert outbox._next(SYSTEM, None, 1)[0]
    with clock.standing_at(NOON + LEASE):
        outbox.hold()  # as every process that lives
        employ(lambda payload, _: carried.append(payload["key"]))
        assert outbox.drain() == 1
    assert carried == ["one", "left"]


def test_work_that_hangs_is_not_held_for_ever_but_given_up_in_the_end(employ, monkeypatch):
    """As a server that lets each of its answers wait: the one who ordered it would never hear of it."""
    monkeypatch.setattr(outbox, "_IN_HAND", 0.0)
    hanging: list[str] = []

    def hang(payload: dict[str, Any], row_id: UUID) -> None:
        hanging.append(payload["key"])
        began, ends = time.monotonic(), NOON + len(hanging) * LEASE
        with clock.standing_at(ends - timedelta(seconds=1)), monkeypatch.context() as patch:
            patch.setattr(time, "monotonic", lambda: began + 7200)
            outbox.hold()
        with clock.standing_at(ends):
            outbox.drain()  # as another thread, while this one hangs
            states.append(row().state)

    states: list[str] = []
    employ(hang)
    with clock.standing_at(NOON):
        order(SYSTEM, "one")
        outbox.drain()
    assert (len(hanging), states[0]) == (MOST_ATTEMPTS, "failed")


def test_work_that_kills_its_workers_is_given_up_like_any_other(employ):
    carried: list[str] = []
    employ(lambda payload, _: carried.append(payload["key"]))
    moment = NOON
    with clock.standing_at(moment):
        order(SYSTEM, "deadly")
    for _ in range(MOST_ATTEMPTS):
        with clock.standing_at(moment):
            assert outbox._next(SYSTEM, None, 1)[0]
        moment += LEASE
    with clock.standing_at(moment):
        order(SYSTEM, "good")
        outbox.drain()
    assert carried == ["good"]
    assert row("deadly").state == "failed"
    assert len(given_up()) == 1


def test_a_worker_that_comes_too_late_does_not_undo_what_another_has_done(employ):
    """The first is held up until its lease runs out, the second carries the work out, then the first one fails."""
    tries = []

    def carry(_: dict[str, Any], __: UUID) -> None:
        tries.append(clock.now())
        if len(tries) == 1:
            with clock.standing_at(NOON + LEASE):
                outbox.drain()
            raise TimeoutError

    employ(carry)
    with clock.standing_at(NOON):
        order(SYSTEM, "one")
        outbox.drain()
    with clock.standing_at(NOON + timedelta(hours=1)):
        outbox.drain()
    assert len(tries) == 2
    assert row().state == "done"


def test_a_drain_that_took_its_fill_hands_the_next_row_back(employ):
    employ(lambda _, __: None)
    with clock.standing_at(NOON):
        order(SYSTEM, "a", "b", "c")
        assert outbox.drain(most=2) == 2
        assert outbox.drain() == 1
    assert Counter(row(key).attempts for key in "abc") == {1: 3}


def test_what_is_for_many_is_leased_by_the_handful_and_given_back_where_it_is_not_begun_soon(employ, monkeypatch):
    carried: list[str] = []
    employ(lambda payload, _: carried.append(payload["key"]))

    @use_case
    def order_many(actor):
        for number in range(work.HANDFUL + 2):
            outbox.put("errand", {"key": str(number)}, str(number), is_bulk=True)

    with clock.standing_at(NOON):
        order_many(SYSTEM)
        rows, _ = outbox._next(SYSTEM, None, 100)
        assert len(rows) == work.HANDFUL
        outbox._finish(SYSTEM, None, rows)
        assert Counter((row(str(n)).state, row(str(n)).attempts) for n in range(12)) == {("waiting", 0): 12}
        monkeypatch.setattr(outbox, "_IN_HAND", -1.0)  # each piece takes longer than what is in hand may wait
        assert outbox.drain() == len(carried) == work.HANDFUL + 2
    assert Counter((row(str(n)).state, row(str(n)).attempts) for n in range(12)) == {("done", 1): 12}


def test_several_workers_carry_each_piece_out_once(app, employ):
    carried: list[str] = []
    employ(lambda payload, _: carried.append(payload["key"]))
    keys = [f"key {number}" for number in range(40)]
    order(SYSTEM, *keys)

    def work() -> None:
        with app.app_context():
            outbox.drain()

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert sorted(carried) == sorted(keys)
    assert {row(key).state for key in keys} == {"done"}


def test_finished_work_is_forgotten_after_a_month_and_nothing_else(employ):
    employ(lambda payload, _: None if payload["key"] == "done" else refuse(payload, _))
    with clock.standing_at(NOON):
        order(SYSTEM, "done", "still failing")
        outbox.drain()
    with clock.standing_at(NOON + timedelta(days=29)):
        outbox.forget()
        assert row("done").state == "done"
    with clock.standing_at(NOON + timedelta(days=31)):
        outbox.forget()
    assert db.session.scalars(sa.select(OutboxRow.key)).all() == ["still failing"]


def test_what_was_spread_is_ordered_once_though_the_rest_is_tried_again_months_later(employ):
    event_id = uuid4()

    @use_case
    def order_spread(actor):
        outbox.put("spread", {}, "spread", event_id)

    def spread(_: dict[str, Any], row_id: UUID) -> None:
        order(SYSTEM, f"{row_id}:one", event_id=event_id)
        if is_broken:
            raise Refused("no further")
        order(SYSTEM, f"{row_id}:two", event_id=event_id)

    carried: list[str] = []
    module = ModuleType("spreading")
    module.spread = outbox.carries("spread", is_spread=True)(spread)  # type: ignore[attr-defined]
    module.carry = outbox.carries("errand")(lambda payload, _: carried.append(payload["key"].split(":")[1]))  # type: ignore[attr-defined]
    outbox.employ([module])
    assert outbox.spreads() == {"spread"}
    is_broken = True
    with clock.standing_at(NOON):
        order_spread(SYSTEM)
        outbox.drain()
    with clock.standing_at(NOON + timedelta(days=80)):
        outbox.forget()
        is_broken = False
        outbox.again(SYSTEM, row("spread").id)
        outbox.drain()
    assert carried == ["one", "two"]
    with clock.standing_at(NOON + timedelta(days=81)):
        outbox.forget()
        assert db.session.scalars(sa.select(OutboxRow.payload)).all() == [{}], "of what is over only the latest is left"


def test_the_jobs_of_the_outbox_carry_it_out(employ, monkeypatch):
    carried: list[str] = []
    employ(lambda payload, _: carried.append(payload["key"]))
    order(SYSTEM, "woken")
    outbox.deliver()
    order(SYSTEM, "swept")
    outbox.sweep()
    assert carried == ["woken"], "those who wait for the queue are asked"
    monkeypatch.setattr(jobs, "wake", lambda: False)
    outbox.sweep()
    assert carried == ["woken", "swept"], "without a queue, whoever keeps time does it"


def test_an_order_wakes_the_worker_once_after_the_commit(app, employ, monkeypatch):
    """The clockwork's own call is replaced: what wakes a real worker is told in the tests of the jobs."""
    calls: list[int] = []
    monkeypatch.setattr(jobs, "wake", lambda: calls.append(1))
    order(SYSTEM, "one", "two")
    assert len(calls) == 1


@pytest.fixture
def employ_at_a_pace(app: Flask) -> Iterator[Callable[[Carrier], None]]:
    """The same, one piece of work every two seconds in each lane."""

    def use(function: Carrier) -> None:
        module = ModuleType("errands")
        module.carry = outbox.carries("errand", pace=lambda lane: 2.0)(function)  # type: ignore[attr-defined]
        outbox.employ([module])

    yield use
    outbox.employ(CARRIERS)


@use_case
def order_in(actor, lane: str, *keys: str, is_bulk: bool = True) -> None:
    """Order an errand under each key in a lane."""
    for key in keys:
        outbox.put("errand", {"key": key}, key, lane=lane, is_bulk=is_bulk)


def drained_until(end: datetime, start: datetime = NOON) -> None:
    """Let a worker look every half second from one moment to another."""
    moment = start
    while moment <= end:
        with clock.standing_at(moment):
            outbox.drain()
        moment += timedelta(seconds=0.5)


def test_a_lane_keeps_its_pace_while_others_go_on_and_what_is_for_one_goes_first(employ_at_a_pace):
    carried: list[tuple[str, float]] = []
    employ_at_a_pace(lambda payload, _: carried.append((payload["key"], (clock.now() - NOON).total_seconds())))
    with clock.standing_at(NOON):
        order_in(SYSTEM, "slow", "a", "b", "c")
        order_in(SYSTEM, "", "free 1", "free 2")
        order_in(SYSTEM, "other", "d")
        outbox.drain()
        assert len(carried) == 4
        order_in(SYSTEM, "slow", "own", is_bulk=False)
    first = next(key for key, _ in carried if key in {"a", "b", "c"})
    drained_until(NOON + timedelta(seconds=7))
    slow = [(key, moment) for key, moment in carried if key in {"a", "b", "c", "own"}]
    assert [moment for _, moment in slow] == [0, 2, 4, 6]
    assert [key for key, _ in slow][:2] == [first, "own"]
    assert {row(key).state for key in ("a", "b", "c", "own", "d")} == {"done"}


def test_a_lane_that_was_told_to_slow_down_takes_twice_as_long_each_time_and_recovers(employ_at_a_pace):
    moments: list[float] = []
    answers = iter([True, True, False, False, False])

    def carry(_: dict[str, Any], __: UUID) -> None:
        moments.append((clock.now() - NOON).total_seconds())
        if next(answers, False):
            raise outbox.NotNow("450 too fast")

    employ_at_a_pace(carry)
    with clock.standing_at(NOON):
        order_in(SYSTEM, "slow", "a", "b", "c")
    drained_until(NOON + timedelta(seconds=90))
    assert moments[:3] == [0, 4, 12]
    slowness = db.session.scalar(sa.select(Lane.slowness))
    assert slowness and 3 < slowness < 4
    assert {row(key).state for key in "abc"} == {"done"}


@pytest.mark.parametrize(("hours", "pause"), [(2.9, 600), (3.1, 2)])
def test_a_lane_that_was_slow_hours_ago_begins_at_its_own_pace_again(employ_at_a_pace, save, hours, pause):
    employ_at_a_pace(lambda *_: None)
    save(Lane(name="slow", slowness=300.0, free_at=NOON - timedelta(hours=hours)))
    with clock.standing_at(NOON):
        order_in(SYSTEM, "slow", "a")
        outbox.drain()
    assert row("a").state == "done"
    assert db.session.scalar(sa.select(Lane.free_at)) == NOON + timedelta(seconds=pause)


def test_a_lane_whose_other_side_wants_to_be_left_alone_is_closed_for_so_long(employ_at_a_pace):
    moments: list[float] = []

    def carry(_: dict[str, Any], __: UUID) -> None:
        moments.append((clock.now() - NOON).total_seconds())
        if len(moments) == 1:
            raise outbox.NotNow("429", after=40)

    employ_at_a_pace(carry)
    with clock.standing_at(NOON):
        order_in(SYSTEM, "slow", "a", "b")
    drained_until(NOON + timedelta(seconds=70))
    assert moments == [0, 40, 60]


@pytest.mark.parametrize(("is_of_one", "slowness"), [(False, 2), (True, 1)])
def test_what_one_recipient_puts_off_again_and_again_does_not_hold_up_the_others(employ_at_a_pace, is_of_one, slowness):
    def carry(_: dict[str, Any], __: UUID) -> None:
        raise outbox.NotNow("452 4.2.2 mailbox full", is_of_one=is_of_one)

    employ_at_a_pace(carry)
    with clock.standing_at(NOON):
        order_in(SYSTEM, "slow", "a")
    drained_until(NOON + timedelta(minutes=5))
    assert row("a").attempts > 2
    assert db.session.scalar(sa.select(Lane.slowness)) == slowness


def test_a_letter_to_few_waits_for_no_end_of_one_to_many_in_the_same_lane(employ_at_a_pace):
    carried: list[str] = []

    def carry(payload: dict[str, Any], _: UUID) -> None:
        if many := payload.get("many"):
            order_in(SYSTEM, "slow", *(f"{payload['letter']}{number}" for number in range(many)))
        else:
            carried.append(payload["key"])

    employ_at_a_pace(carry)
    for letter, many in {"m": 60, "f": 3, "g": 2}.items():
        with clock.standing_at(NOON):
            use_case(lambda actor, said: outbox.put("errand", said))(SYSTEM, {"letter": letter, "many": many})
            outbox.drain()
    drained_until(NOON + timedelta(seconds=16))
    assert carried[0][0] == "m"
    assert Counter(one[0] for one in carried) == {"m": 4, "f": 3, "g": 2}
    drained_until(NOON + timedelta(seconds=140), NOON + timedelta(seconds=16.5))
    assert len(carried) == 65


def test_who_has_many_letters_to_write_gets_no_more_than_who_has_one(employ_at_a_pace, app):
    carried: list[str] = []

    def carry(payload: dict[str, Any], _: UUID) -> None:
        if letter := payload.get("letter"):
            for number in range(30):
                one = f"{letter}.{number}"
                put(SYSTEM, {"key": one}, one, UUID(payload["event"]), lane="slow", is_bulk=True)
        else:
            carried.append(payload["key"])

    put = use_case(lambda actor, *what, **how: outbox.put("errand", *what, **how))
    employ_at_a_pace(carry)
    busy, quiet = uuid4(), uuid4()
    with clock.standing_at(NOON):
        for event, letters in ((busy, "abcd"), (quiet, "z")):
            for letter in letters:
                put(SYSTEM, {"letter": letter, "event": str(event)})
                outbox.drain()
    drained_until(NOON + timedelta(seconds=34))
    # Before both wait one piece or another has gone at once.
    counts = Counter(one[0] for one in carried[2:])
    assert counts["z"] == 8
    assert sorted(counts[one] for one in "abcd") == [2, 2, 2, 2]


@on_postgres
def test_who_clears_a_lane_waits_for_no_other(employ_at_a_pace, app, save):
    """Another worker has the lane that is wanted, and wants the one that was just found to have nothing parked."""
    employ_at_a_pace(lambda *_: None)
    hour_ago = clock.now() - timedelta(hours=1)
    save(Lane(name="cleared", free_at=hour_ago, has_parked=True))
    save(Lane(name="wanted", free_at=hour_ago))
    order_in(SYSTEM, "wanted", "a")
    has_it, errors = threading.Event(), list[Exception]()

    @use_case
    def other(actor) -> None:
        lanes.locked("wanted", can_wait=True).free_at = hour_ago + timedelta(minutes=1)
        db.session.flush()
        has_it.set()
        time.sleep(0.5)
        lanes.locked("cleared", can_wait=True)

    def run() -> None:
        try:
            with app.app_context():
                other(SYSTEM)
        except Exception as error:  # noqa: BLE001 - told below
            errors.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    has_it.wait(10)
    outbox.drain()
    thread.join(20)
    assert errors == []
    assert row("a").state == "done"


def test_two_workers_share_the_pace_of_a_lane(employ_at_a_pace, app):
    """Six threads look at the same ten errands at the same moment: the lane lets one through."""
    carried: list[str] = []
    employ_at_a_pace(lambda payload, _: carried.append(payload["key"]))
    order_in(SYSTEM, "slow", *map(str, range(10)))

    def work() -> None:
        with app.app_context():
            outbox.drain()

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(carried) == 1
    db.session.rollback()
    assert db.session.scalar(sa.select(sa.func.count()).where(OutboxRow.is_parked)) == 9
