"""The job engine: woken soon, run by the clock, and never in the way of what is committed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from types import ModuleType
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from flask import Flask, current_app

from eventhub.foundation import jobs, outbox
from eventhub.foundation.actor import SYSTEM
from eventhub.foundation.db import after_commit, db, use_case
from eventhub.foundation.timekeeping import MINUTE, NIGHT, Watch, WorkerSeen
from eventhub.foundation.work import OutboxRow


def module_of(**functions: Callable[[], None]) -> ModuleType:
    """A module that holds these jobs."""
    module = ModuleType("jobs_of_a_test")
    for name, function in functions.items():
        function.__module__, function.__name__ = module.__name__, name
        setattr(module, name, function)
    return module


@pytest.fixture
def site(make_site: Callable[..., Flask], tmp_path) -> Flask:
    """An application with a queue of its own, which nobody looks at unless the test does."""
    return make_site(data_dir=tmp_path, redis_url="")


def waiting(site: Flask) -> int:
    """How many wake-ups are in the queue or due soon."""
    huey = site.extensions["eventhub_jobs"].huey
    return huey.pending_count() + huey.scheduled_count()


def test_many_wishes_within_half_a_second_wake_the_worker_once(site: Flask):
    with site.app_context():
        for _ in range(20):
            jobs.wake()
        assert waiting(site) == 1
        time.sleep(jobs.GATHER + 0.05)
        jobs.wake()
        assert waiting(site) == 2


def test_a_woken_job_runs_in_a_worker_of_this_process_within_its_application(site: Flask):
    ran, seen = threading.Event(), []

    @jobs.wakes
    def look() -> None:
        seen.append(current_app._get_current_object())
        ran.set()

    jobs.employ(site, [module_of(look=look)])
    worker = jobs.start_worker(site)
    try:
        with site.app_context():
            jobs.wake()
        assert ran.wait(10)
        assert seen == [site]
    finally:
        worker.stop(graceful=True)


def test_a_worker_that_is_to_end_finishes_the_row_in_hand_and_begins_no_other(site: Flask, monkeypatch):
    begun, go_on = threading.Event(), threading.Event()

    def carry(payload: dict, row_id: UUID) -> None:
        begun.set()
        assert go_on.wait(10)

    monkeypatch.setitem(outbox._carriers, "slow", carry)
    with site.app_context():
        for key in ("one", "two"):
            use_case(lambda actor, key=key: outbox.put("slow", {}, key))(SYSTEM)
    worker = jobs.start_worker(site)
    assert begun.wait(10)
    stopping = threading.Thread(target=worker.stop)
    stopping.start()
    site.extensions["eventhub_jobs"].ending.wait(10)
    go_on.set()
    stopping.join(20)
    assert not stopping.is_alive()
    with site.app_context():
        assert sorted(db.session.scalars(sa.select(OutboxRow.state))) == ["done", "waiting"]


def test_a_job_that_fails_does_not_end_the_worker(site: Flask):
    ran = threading.Event()
    tries = []

    @jobs.wakes
    def look() -> None:
        tries.append(1)
        if len(tries) == 1:
            raise RuntimeError("a fault in a job")
        ran.set()

    jobs.employ(site, [module_of(look=look)])
    worker = jobs.start_worker(site)
    try:
        with site.app_context():
            jobs.wake()
            time.sleep(jobs.GATHER + 0.1)
            jobs.wake()
        assert ran.wait(10)
    finally:
        worker.stop(graceful=True)


def test_a_modules_own_jobs_run_by_the_clock_and_none_that_it_imports(site: Flask):
    """A job that a module imports, as to call it, does not run twice."""
    jobs.each_minute(often := lambda: None)
    jobs.each_night(nightly := lambda: None)
    duties = site.extensions["eventhub_jobs"].duties
    before = len(duties)
    jobs.employ(site, [module_of(often=often, nightly=nightly)])
    importer = ModuleType("importer")
    importer.foreign = often  # type: ignore[attr-defined]
    jobs.employ(site, [importer])
    added = {duty.name: duty.rhythm for duty in duties[before:]}
    assert added == {"jobs_of_a_test.often": MINUTE, "jobs_of_a_test.nightly": NIGHT}


def test_the_outbox_is_swept_every_minute(site: Flask):
    duties = {duty.name: duty.rhythm for duty in site.extensions["eventhub_jobs"].duties}
    assert duties["foundation.outbox.sweep"] == MINUTE


def test_a_queue_that_does_not_answer_costs_nobody_their_commit(make_site: Callable[..., Flask], tmp_path):
    """Nothing listens on this port: the row is committed all the same, and the sweeper finds it later."""
    site = make_site(data_dir=tmp_path, redis_url="redis://127.0.0.1:1/0")

    @use_case
    def save(actor) -> str:
        after_commit(jobs.wake)
        return "saved"

    with site.app_context():
        assert save(SYSTEM) == "saved"
        assert not jobs.queue_answers(site)


def test_a_queue_in_a_file_answers(site: Flask):
    assert jobs.queue_answers(site)


def test_a_worker_of_its_own_carries_out_what_waits_and_ends_gently(site: Flask):
    """`eventhub worker` finds what was ordered while there was no worker, without being woken."""

    @use_case
    def order(actor) -> None:
        # The letter of this order was erased: a worker that looks at it can only give it up.
        outbox.put("letter", {"letter_id": str(uuid4())}, "one")

    settings = site.extensions["eventhub_settings"]
    with site.app_context():
        order(SYSTEM)
    environment = {
        **os.environ,
        "EVENTHUB_DATABASE_URL": settings.database_url,
        "EVENTHUB_DATA_DIR": str(settings.data_dir),
        "EVENTHUB_REDIS_URL": "",
    }
    worker = subprocess.Popen([sys.executable, "-m", "eventhub.cli", "worker", "--concurrency", "3"], env=environment)
    try:
        end = time.monotonic() + 60
        state = "waiting"
        while state != "failed":
            assert worker.poll() is None
            assert time.monotonic() < end
            time.sleep(0.1)
            with site.app_context():
                state = db.session.scalar(sa.select(OutboxRow.state))
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(20) == 0
        with site.app_context():
            assert db.session.scalar(sa.select(Watch.holder)) == "", "the watch is left to the others"
            assert db.session.scalar(sa.select(sa.func.count(WorkerSeen.id))) == 0
    finally:
        worker.kill()
        worker.wait(10)
