"""Rows that are written together: every statement is a journey, while others wait for the locks that we hold."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from functools import cache, lru_cache
from typing import Any, cast
from uuid import UUID

from sqlalchemy import Connection, Insert, Table, Update, bindparam, insert, update
from sqlalchemy.orm.attributes import set_committed_value

from .tables import Base

# So many rows are written by one statement; more of them go table by table.
_TOGETHER = 12

# By what a statement finds the row that it changes; no column is called so.
_ITS_ID = "its_id"

# Of each row of a statement: its table, the columns that are written, and whether it is new.
_Part = tuple[Table, tuple[str, ...], bool]


class Pending:
    """What a transaction has still to write: new rows, and changes of plain columns of rows that are there.

    What a row refers to must be in the database already, or be here too: before it, where it is of the same table.
    """

    def __init__(self) -> None:
        self._rows: list[tuple[Table, dict[str, Any], bool]] = []
        self._by_id: dict[tuple[Table, UUID], dict[str, Any]] = {}

    def __bool__(self) -> bool:
        return bool(self._rows)

    def add(self, model: type[Base], columns: Mapping[str, Any]) -> None:
        """A new row."""
        # What is NULL is not said: the driver thinks anew of how to write each statement of more than fifty values.
        given = {name: columns[name] if name in columns else make() for name, make in filled(model).items()}
        given = {name: value for name, value in given.items() if value is not None}
        self._rows.append((_table(model), given, True))
        if "id" in given:
            self._by_id[_table(model), given["id"]] = given

    def change(self, model: type[Base], row_id: UUID, columns: Mapping[str, Any]) -> None:
        """Another value of columns of a row; of several, the last one counts."""
        table = _table(model)
        # A row is written once by a statement, which would not find one that is new: what is changed of it is new, too.
        if (known := self._by_id.get((table, row_id))) is None:
            known = self._by_id[table, row_id] = {_ITS_ID: row_id}
            self._rows.append((table, known, False))
        known.update(columns)

    def write(self, connection: Connection) -> None:
        """Write it all."""
        rows = [
            ((table, tuple(name for name in row if name != _ITS_ID), is_new), row) for table, row, is_new in self._rows
        ]
        self._rows.clear()
        self._by_id.clear()
        if connection.dialect.name == "postgresql" and 1 < len(rows) <= _TOGETHER:
            values = {f"{name}_{number}": one for number, (_, row) in enumerate(rows) for name, one in row.items()}
            connection.execute(_together(tuple(part for part, _ in rows)), values)
            return
        by_part = defaultdict[_Part, list[dict[str, Any]]](list)
        for part, row in rows:
            by_part[part].append(row)
        for part in sorted(by_part, key=lambda part: _places()[part[0]]):
            alike = by_part[part]
            connection.execute(_alone(part), alike if len(alike) > 1 else alike[0])


@cache
def _places() -> dict[Table, int]:
    """The place of each table after those to which it refers."""
    return {table: number for number, table in enumerate(Base.metadata.sorted_tables)}


@cache
def filled(model: type[Base]) -> dict[str, Callable[[], Any]]:
    """How each column of a table is filled in a new row of which nothing else is said."""
    columns = _table(model).columns
    makers = {name: _maker(one.default) if one.default is not None else _nothing for name, one in columns.items()}
    return makers | ({"version": lambda: 1} if "version" in makers else {})


def complete(row: Base) -> dict[str, Any]:
    """The columns of a new row, with what was not said of it filled in."""
    said = vars(row)
    for name, make in filled(type(row)).items():
        if name not in said:
            set_committed_value(row, name, make())
    return {name: said[name] for name in filled(type(row))}


def _maker(default: Any) -> Callable[[], Any]:
    return lambda: default.arg(None) if default.is_callable else default.arg


def _nothing() -> None:
    return None


def _table(model: type[Base]) -> Table:
    return cast(Table, model.__table__)


@cache
def _alone(part: _Part) -> Insert | Update:
    table, _, is_new = part
    return insert(table) if is_new else update(table).where(table.c.id == bindparam(_ITS_ID))


@lru_cache(512)
def _together(parts: tuple[_Part, ...]) -> Insert | Update:
    """One statement for all: what it writes refers to one another, which the database looks at in the end."""
    *others, last = (_numbered(part, number) for number, part in enumerate(parts))
    for number, one in enumerate(others):
        last = last.add_cte(one.cte(f"part_{number}"))
    return last


def _numbered(part: _Part, number: int) -> Insert | Update:
    table, names, is_new = part
    values = {name: bindparam(f"{name}_{number}", type_=table.c[name].type) for name in names}
    if is_new:
        return insert(table).values(values)
    return update(table).where(table.c.id == bindparam(f"{_ITS_ID}_{number}", type_=table.c.id.type)).values(values)
