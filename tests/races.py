"""Two transactions of which the second meets what the first has not yet committed; on PostgreSQL alone."""

from __future__ import annotations

import threading
from collections.abc import Callable

import sqlalchemy as sa
from flask import Flask

from eventhub.foundation.actor import SYSTEM, Actor
from eventhub.foundation.db import db, use_case

_WAITING = sa.text(
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
)


def side_by_side(
    app: Flask, first: Callable[[], object], second: Callable[[], object], actor: Actor = SYSTEM
) -> list[Exception]:
    """What went wrong in two deeds: the first is committed once the other waits for it, or has not waited."""
    has_written, may_end, errors = threading.Event(), threading.Event(), list[Exception]()

    def run(deed: Callable[[], object], *, and_wait: bool) -> None:
        @use_case
        def carry_out(actor: Actor) -> None:
            deed()
            db.session.flush()
            if and_wait:
                has_written.set()
                may_end.wait(10)

        try:
            with app.app_context():
                carry_out(actor)
        except Exception as error:  # noqa: BLE001 - told to the test
            errors.append(error)

    threads = [threading.Thread(target=run, args=(first,), kwargs={"and_wait": True})]
    threads.append(threading.Thread(target=run, args=(second,), kwargs={"and_wait": False}))
    threads[0].start()
    has_written.wait(10)
    threads[1].start()
    while threads[1].is_alive() and not db.session.scalar(_WAITING):
        db.session.rollback()
    may_end.set()
    for thread in threads:
        thread.join(20)
    db.session.rollback()
    return errors
