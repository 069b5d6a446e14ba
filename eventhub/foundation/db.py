"""The database, and the one way to write to it.

A use-case opens the write transaction; a use-case called inside another joins it. When the outermost
returns, the facts announced on the way are delivered, then everything is committed at once. Any
exception, in a receiver too, rolls all of it back.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from collections import defaultdict, deque
from collections.abc import Callable, Iterable
from contextlib import nullcontext
from dataclasses import dataclass, field
from functools import cache, wraps
from types import ModuleType
from typing import Any, Concatenate, ParamSpec, TypeVar, cast
from uuid import UUID

from flask import Flask, current_app
from flask_babel import gettext
from flask_sqlalchemy import SQLAlchemy
from flask_sqlalchemy.session import Session
from sqlalchemy import Connection, Engine, Select, bindparam, event, inspect, select
from sqlalchemy.orm import SessionTransaction, make_transient_to_detached, scoped_session
from sqlalchemy.orm.attributes import set_committed_value
from sqlalchemy.orm.exc import StaleDataError
from sqlalchemy.orm.util import identity_key

from eventhub.config import Settings, resource

from . import audit
from .actor import Actor
from .errors import NotFound, Stale
from .pending import Pending, complete
from .tables import Base

P = ParamSpec("P")
R = TypeVar("R")
M = TypeVar("M", bound=Base)


class _Session(Session):
    """A session that has PostgreSQL begin a transaction only for a use-case.

    Each question of a page sees what is committed by then, in a transaction or not; to be told of its begin and its
    end are two journeys to the database, of the four that a page of two questions takes.
    """

    def get_bind(self, mapper: Any = None, clause: Any = None, bind: Any = None, **kwargs: Any) -> Engine | Connection:
        """The engine: the reader's where nothing is written; another may be asked for."""
        found = super().get_bind(mapper, clause, bind, **kwargs)
        return reader() if bind is None and "unit" not in self.info else found

    def execute(self, *args: Any, **kwargs: Any) -> Any:
        """As ever, of a database that knows all that was added."""
        self.write_pending()
        return super().execute(*args, **kwargs)

    def scalar(self, *args: Any, **kwargs: Any) -> Any:
        """As `execute`."""
        self.write_pending()
        return super().scalar(*args, **kwargs)

    def scalars(self, *args: Any, **kwargs: Any) -> Any:
        """As `execute`."""
        self.write_pending()
        return super().scalars(*args, **kwargs)

    def flush(self, objects: Any = None) -> None:
        """As ever; what is written may refer to what was added."""
        if self.new or self.dirty or self.deleted:
            self.write_pending()
        super().flush(objects)

    def begin_nested(self) -> SessionTransaction:
        """As ever; what was added before stays when this is taken back."""
        self.write_pending()
        return super().begin_nested()

    def write_pending(self) -> None:
        """Write what was added and waits for the next journey to the database."""
        unit = self.info.get("unit")
        if unit is not None and unit.pending:
            unit.pending.write(self.connection())


def reader() -> Engine:
    """The engine of those who only read: in PostgreSQL, each question is a transaction by itself.

    SQLite's begin is no journey, and lets all questions of a page see the same.
    """
    return cast(Engine, current_app.extensions["eventhub_reader"])


# Objects stay readable after the commit: a page shows what was saved without asking again.
db = SQLAlchemy(model_class=Base, session_options={"class_": _Session, "expire_on_commit": False})


def session() -> scoped_session[Any]:
    """The session of this request or job."""
    return cast("scoped_session[Any]", db.session)


def _session() -> _Session:
    return cast(_Session, db.session())


def init_app(app: Flask, settings: Settings) -> None:
    """Connect an application to its database."""
    app.config["SQLALCHEMY_DATABASE_URI"] = settings.database_url
    how: dict[str, Any] = {"connect_args": {"timeout": 5}} if settings.is_sqlite else {}
    # An error that tells its parameters would tell names and addresses to the log and to the outbox.
    how |= {"hide_parameters": True, "json_deserializer": _read_json}
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = {"pool_size": 16, **how}
    db.init_app(app)
    with app.app_context():
        _prepare(db.engine)
        how = {} if settings.is_sqlite else {"isolation_level": "AUTOCOMMIT"}
        app.extensions["eventhub_reader"] = db.engine.execution_options(**how)


def prepare_migrations(app: Flask, settings: Settings) -> str:
    """Let flask_migrate bring an application's database to another version; the folder that its functions take."""
    from flask_migrate import Migrate  # here: it takes 10 MB, and no server has a use for it

    folder = str(resource("migrations"))
    Migrate(app, db, directory=folder, render_as_batch=settings.is_sqlite)
    return folder


_decode_json = json.JSONDecoder().raw_decode


def _read_json(text: str | bytes) -> Any:
    """A JSON value as a database tells it, with no space before it: half of the usual reader's time goes on that.

    A page of a large programme reads tens of thousands of them.
    """
    return _decode_json(text.decode() if isinstance(text, bytes) else text)[0]


def _prepare(engine: Engine) -> None:
    if engine.dialect.name != "sqlite":
        from . import postgres  # here: who keeps a file has no driver for it

        postgres.prepare(engine)
        return

    @event.listens_for(engine, "connect")
    def connect(connection: sqlite3.Connection, _: object) -> None:
        # The driver must not begin transactions behind our back: its own begin is deferred, and a
        # deferred transaction that reads before it writes loses updates.
        connection.isolation_level = None
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            "busy_timeout=5000",
            "secure_delete=ON",
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get("writes")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def forget_deleted() -> None:
    """Let the journal of SQLite hold nothing of what was deleted; readers under way keep it until the next time.

    In PostgreSQL only who reads its very files would find it; `tidy` is for those.
    """
    if db.engine.dialect.name == "sqlite":
        _outside_transactions("PRAGMA busy_timeout=200", "PRAGMA wal_checkpoint(TRUNCATE)", "PRAGMA busy_timeout=5000")


def tidy() -> None:
    """Write the database anew without what deleted rows have left in its pages; others may have to wait a moment."""
    _outside_transactions("VACUUM")
    forget_deleted()


def _outside_transactions(*statements: str) -> None:
    end_reading()
    if db.engine.dialect.name == "sqlite":
        raw = db.engine.raw_connection()  # SQLAlchemy's own would begin a transaction first
        try:
            for statement in statements:
                cast(sqlite3.Connection, raw.driver_connection).execute(statement).fetchall()
        finally:
            raw.close()
        return
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that has happened, told upward: ids and plain values, never objects of the database, never secrets."""


@dataclass(slots=True)
class _Unit:
    """What one outermost use-case has gathered so far."""

    actor: Actor
    facts: deque[Fact] = field(default_factory=deque)
    after_commit: dict[Callable[[], object], None] = field(default_factory=dict)
    memory: dict[Any, Any] = field(default_factory=dict)
    kept: set[Base] = field(default_factory=set)
    pending: Pending = field(default_factory=Pending)


Receiver = Callable[[Any], None]
_receivers: dict[type[Fact], list[Receiver]] = defaultdict(list)


def receives(*facts: type[Fact]) -> Callable[[Receiver], Receiver]:
    """Mark a function to be called, inside the same transaction, with each fact of these types."""

    def mark(function: Receiver) -> Receiver:
        function.receives = facts  # type: ignore[attr-defined]  # read by `listen`
        return function

    return mark


def listen(modules: Iterable[ModuleType]) -> None:
    """Put the receivers of these modules in force, in this order and instead of those before."""
    _receivers.clear()
    for module in modules:
        for function in vars(module).values():
            if getattr(function, "__module__", None) == module.__name__:
                for fact in getattr(function, "receives", ()):
                    _receivers[fact].append(function)


def announce(fact: Fact) -> None:
    """Tell the floors above that something has happened, before the transaction is committed."""
    _unit().facts.append(fact)


def acting() -> Actor:
    """The actor of the use-case that is under way, for receivers that call a use-case of their own floor."""
    return _unit().actor


def own_memory() -> dict[Any, Any] | None:
    """What the use-case under way may keep for itself, for what it reads may never be committed; None outside one."""
    unit = db.session.info.get("unit")
    return cast(_Unit, unit).memory if unit else None


def keep(row: Base) -> None:
    """Let a row be known until the commit: the session forgets what nobody holds, and would have to ask for it again.

    Only for what nobody else can change meanwhile, for it is locked or new.
    """
    _unit().kept.add(row)


def add_row(model: type[Base], **columns: Any) -> None:
    """A row without an object, in a third of the time, for what is not looked at again in this transaction.

    It is written before the database is asked for anything more; what it refers to must be there already, or have been
    added in this way.
    """
    _unit().pending.add(model, columns)
    _write_if_nested()


def change_plainly(row: Base, **columns: Any) -> None:
    """Other values in columns of a locked row, past its version; written as what `add_row` adds."""
    _unit().pending.change(type(row), cast(Any, row).id, columns)
    for name, value in columns.items():
        set_committed_value(row, name, value)
    _write_if_nested()


def _write_if_nested() -> None:
    if _session().in_nested_transaction():
        _session().write_pending()  # so that it is taken back with all the rest


def add_new(row: Base) -> None:
    """A row of which nobody else can know yet, as `add_row` adds one; it is from now on as if it had been read."""
    add_row(type(row), **complete(row))
    make_transient_to_detached(row)
    db.session.add(row)


def after_commit(call: Callable[[], object]) -> None:
    """Have something done once after the commit; it must bear to be lost, as when the process is killed."""
    _unit().after_commit[call] = None


def _unit() -> _Unit:
    unit = db.session.info.get("unit")
    if unit is None:
        raise RuntimeError("only inside a use-case")
    return cast(_Unit, unit)


def use_case(function: Callable[Concatenate[Actor, P], R]) -> Callable[Concatenate[Actor, P], R]:
    """Make a function a use-case: all it changes and all that follows from it is committed at once, or nothing."""

    @wraps(function)
    def call(actor: Actor, *args: P.args, **kwargs: P.kwargs) -> R:
        if "unit" in db.session.info:
            return function(actor, *args, **kwargs)
        return _outermost(actor, lambda: function(actor, *args, **kwargs))

    return cast("Callable[Concatenate[Actor, P], R]", call)


# SQLite takes one writer at a time and keeps no queue: whoever finds it busy sleeps and tries again, and may be
# unlucky for seconds. The threads of a process stand in line here; the sleep is left for other processes.
_turn = threading.Lock()


def _outermost(actor: Actor, work: Callable[[], R]) -> R:
    session = db.session
    if session.new or session.dirty or session.deleted:
        raise RuntimeError("something was changed outside a use-case")
    # What was read so far was read without the write lock: forget it, and read again what counts.
    session.rollback()
    unit = session.info["unit"] = _Unit(actor)
    with _turn if db.engine.dialect.name == "sqlite" else nullcontext():
        try:
            session.connection(execution_options={"writes": True})
            result = work()
            _deliver(unit)
            _session().write_pending()
            session.commit()
        except StaleDataError as error:
            session.rollback()
            raise Stale(gettext("Somebody else has just changed this. Please look at it again.")) from error
        except BaseException:
            session.rollback()
            raise
        finally:
            session.info.pop("unit", None)
    for call in unit.after_commit:
        call()
    return result


def _deliver(unit: _Unit) -> None:
    db.session.flush()
    while unit.facts:
        fact = unit.facts.popleft()
        add_row(audit.AuditEntry, **audit.told(unit.actor, fact))
        for receiver in _receivers[type(fact)]:
            receiver(fact)
        db.session.flush()


def end_reading() -> None:
    """Give back the connection and forget what was read: before waiting for something slow, or after a fault."""
    db.session.rollback()


def get(model: type[M], row_id: UUID | None, *, lock: bool = False) -> M:
    """The row of an id, read afresh and locked until the commit where asked; raises NotFound.

    The lock is PostgreSQL's FOR NO KEY UPDATE, so that rows that only refer to this one need not wait. Raises
    StaleDataError, with which a use-case is refused, where the row was read in this transaction already and somebody
    has saved it since: what was worked out of it must not be written over that.
    """
    row = None
    if row_id is not None and not lock:
        row = db.session.get(model, row_id)
    elif row_id is not None:
        known = db.session.identity_map.get(identity_key(model, row_id))
        if known is not None and inspect(known).modified:
            db.session.flush()  # as the query would: what we have written ourselves raises the version, too
        version = vars(known).get("version") if known is not None else None
        # The session's own `get` would read a row that it has forgotten twice, to compare the versions.
        row = db.session.scalar(_locking(model), {"id": row_id})
        if row is not None and version is not None and cast(Any, row).version != version:
            raise StaleDataError(f"{model.__name__} {row_id} was saved meanwhile")
    if row is None:
        raise NotFound
    return row


@cache
def _locking(model: type[M]) -> Select[M]:
    query = select(model).where(inspect(model).primary_key[0] == bindparam("id"))
    return query.with_for_update(key_share=True).execution_options(populate_existing=True)


def check_version(row: Any, version: int | None) -> None:
    """Refuse a save over a newer one: raises Stale when the row is no longer at the version that was read."""
    if version is not None and row.version != version:
        raise Stale(gettext("Somebody else has just changed this. Please look at it again."))
