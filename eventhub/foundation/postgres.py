"""How we speak with PostgreSQL."""

from __future__ import annotations

import time
from typing import Any

import psycopg
from psycopg.pq import ExecStatus
from sqlalchemy import Engine, event
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.pool import ConnectionPoolEntry

# For so many seconds a connection to a server is taken to stand as it did.
TRUSTED = 1


def prepare(engine: Engine) -> None:
    """Have the connections of an engine behave as we need them."""
    _ask_the_idle(engine)
    _set_up(engine)


class _Cursor(psycopg.Cursor[Any]):
    """A cursor that tells the columns of an answer in plain tuples.

    They are asked for with each answer, and looked at with the first of its kind: the driver's own objects of them took
    one part in twenty-five of a registration.
    """

    @property
    def description(self) -> Any:
        """Name and type of each column, as the interface of all drivers has them; None where there are none."""
        answer = self.pgresult
        if answer is None or answer.status != ExecStatus.TUPLES_OK:
            return super().description
        return [(_name(answer, n), answer.ftype(n), None, None, None, None, None) for n in range(answer.nfields)]


def _name(answer: Any, column: int) -> str:
    return (answer.fname(column) or b"").decode()


def _ask_the_idle(engine: Engine) -> None:
    """Have a connection that has lain idle asked whether it still stands, and another made where it does not.

    One that was in use a moment ago is not asked, as it would be by the pool's own `pre_ping`: a request takes up to
    three of them in a row, and each question is a journey to the database.
    """

    @event.listens_for(engine, "checkin")
    def checkin(connection: object, record: ConnectionPoolEntry) -> None:
        record.info["idle_since"] = time.monotonic()

    @event.listens_for(engine, "checkout")
    def checkout(connection: Any, record: ConnectionPoolEntry, _: object) -> None:
        if time.monotonic() - record.info.get("idle_since", time.monotonic()) < TRUSTED:
            return
        try:
            engine.dialect.do_ping(connection)
        except engine.dialect.loaded_dbapi.Error as error:
            raise DisconnectionError from error


def _set_up(engine: Engine) -> None:
    """Have each connection use our cursor, and PostgreSQL carry queries out as they are.

    To compile one takes it half a second, and ours take less; it does so by a guess at their cost, as for those who are
    to be reminded among very many.
    """

    @event.listens_for(engine, "connect")
    def connect(connection: Any, _: object) -> None:
        connection.cursor_factory = _Cursor
        connection.execute("SET jit = off")
        connection.commit()
