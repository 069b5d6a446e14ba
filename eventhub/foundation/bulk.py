"""Rows made by the database: from other rows, for tens of thousands of people at once, and those that are not there.

In Python each row costs many times as much as the database takes to write it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cache, reduce
from itertools import chain
from typing import Any, cast
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    CursorResult,
    FromClause,
    Table,
    Text,
    Uuid,
    func,
    insert,
    literal,
    select,
    type_coerce,
)
from sqlalchemy import cast as sql_cast
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import make_transient_to_detached

from .db import db
from .pending import complete
from .tables import Base, Json


def new_id() -> ColumnElement[UUID]:
    """A random id for each row."""
    made: ColumnElement[Any] = func.lower(func.hex(func.randomblob(16))) if _is_sqlite() else func.gen_random_uuid()
    return type_coerce(made, Uuid())


def json_with(fixed: Mapping[str, Any], **ids: ColumnElement[UUID]) -> ColumnElement[Any]:
    """A JSON object of fixed values, and of the ids that each row has under these names."""
    if _is_sqlite():
        told = chain.from_iterable((f"$.{name}", spelt(an_id)) for name, an_id in ids.items())
        return type_coerce(func.json_set(json.dumps(dict(fixed)), *told), Json)
    own = func.jsonb_build_object(*chain.from_iterable((literal(name), spelt(an_id)) for name, an_id in ids.items()))
    return type_coerce(literal(dict(fixed), Json).op("||")(own), Json)


def spelt(an_id: Any) -> ColumnElement[str]:
    """A column's id as `str` spells it: SQLite keeps it without the dashes."""
    if not _is_sqlite():
        return sql_cast(an_id, Text)
    digits = type_coerce(an_id, Text)
    first, *others = (
        func.substr(digits, start, length) for start, length in ((1, 8), (9, 4), (13, 4), (17, 4), (21, 12))
    )
    return reduce(lambda told, part: told.concat("-").concat(part), others, type_coerce(first, Text))


def insert_from(model: type[Base], values: Mapping[str, Any], source: FromClause, *where: ColumnElement[bool]) -> int:
    """A row for each one of the source, with these values or columns of it; how many. Only inside a use-case."""
    table = cast(Any, model.__table__)
    columns = [
        one if isinstance(one, ColumnElement) else literal(one, table.c[name].type) for name, one in values.items()
    ]
    rows = select(*columns).select_from(source).where(*where)
    statement = insert(table).from_select(list(values), rows, include_defaults=False)
    written = db.session.execute(statement, execution_options={"preserve_rowcount": True})
    return cast("CursorResult[Any]", written).rowcount


def add_missing(model: type[Base], rows: Sequence[Mapping[str, Any]]) -> None:
    """These rows but for those that are there already, or that somebody else makes just now: they are waited for.

    Only inside a use-case; several in the order of their keys, so that two who make the same ones never wait for each
    other.
    """
    if rows:
        made = sqlite.insert(model) if _is_sqlite() else postgresql.insert(model)
        db.session.execute(made.values(rows).on_conflict_do_nothing())


def write_new(row: Base) -> bool:
    """A new row written at once, which from then on is as if it had been read: a third of what a flush takes.

    False, and nothing is written, where there is one with its key. What it refers to must be in the database already,
    and be given by its id. Only inside a use-case.
    """
    insertion, how = _insert_unless_there(type(row), is_sqlite=_is_sqlite()), {"preserve_rowcount": True}
    written = db.session.execute(insertion, complete(row), execution_options=how)
    if not cast("CursorResult[Any]", written).rowcount:
        return False
    make_transient_to_detached(row)
    db.session.add(row)
    return True


@cache
def _insert_unless_there(model: type[Base], *, is_sqlite: bool) -> Any:
    table = cast(Table, model.__table__)
    made = sqlite.insert(table) if is_sqlite else postgresql.insert(table)
    return made.on_conflict_do_nothing()


def _is_sqlite() -> bool:
    return db.engine.dialect.name == "sqlite"
