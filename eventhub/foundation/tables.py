"""What every table has, and the column types that the field needs."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from typing import Any, cast
from uuid import UUID, uuid4

from sqlalchemy import (
    JSON,
    CheckConstraint,
    CursorResult,
    DateTime,
    Dialect,
    Integer,
    MetaData,
    Table,
    Text,
    Update,
    Uuid,
    bindparam,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    Session,
    declared_attr,
    mapped_column,
    registry,
    scoped_session,
)
from sqlalchemy.types import TypeDecorator

from . import clock
from .i18n import EMPTY, Translated

# JSON that PostgreSQL can look into, and plain text on SQLite.
Json = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")


class Instant(TypeDecorator[datetime]):
    """A moment in UTC: aware in Python on every database, refused where it is naive."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant needs a time zone")
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class WallClock(TypeDecorator[datetime]):
    """What a clock on the wall shows: it has no zone of its own, the row beside it says which.

    Of two equal hours of a night when clocks are put back, which one it is stays with it as its `fold`.
    """

    impl = DateTime(timezone=False)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return clock.marked(value) if value else None

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return clock.unmarked(value) if value else None

    def compare_values(self, x: Any, y: Any) -> bool:
        """Whether nothing is to be saved: the other of two equal hours is another one."""
        return clock.is_same(x, y)


class TranslatedText(TypeDecorator[Translated]):
    """A `Translated` as one JSON value in one column; a missing one reads as the empty text."""

    impl = Json
    cache_ok = True

    def process_bind_param(self, value: Translated | None, dialect: Dialect) -> dict[str, Any] | None:
        return (value or EMPTY).as_json()

    def process_result_value(self, value: dict[str, Any] | None, dialect: Dialect) -> Translated:
        return Translated.from_json(value) if value else EMPTY


class Base(DeclarativeBase):
    """Our declarative base: constraints have names, so that migrations can speak of them on every database."""

    registry = registry(
        metadata=MetaData(
            naming_convention={
                "ix": "ix_%(table_name)s_%(column_0_N_name)s",
                "uq": "uq_%(table_name)s_%(column_0_N_name)s",
                "ck": "ck_%(table_name)s_%(constraint_name)s",
                "fk": "fk_%(table_name)s_%(column_0_N_name)s",
                "pk": "pk_%(table_name)s",
            }
        ),
        type_annotation_map={
            UUID: Uuid(),
            datetime: Instant(),
            Translated: TranslatedText(),
            str: Text(),
            dict[str, Any]: Json,
            list[dict[str, Any]]: Json,
            list[str]: Json,
        },
    )


class Record(Base):
    """A row that is written once, or that only the machine changes: an identity and its moment."""

    __abstract__ = True

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    created_at: Mapped[datetime] = mapped_column(default=clock.now)


class Row(Record):
    """A row that people edit: each change raises `version`, and a save over somebody else's is refused."""

    __abstract__ = True

    version: Mapped[int] = mapped_column(Integer)

    @declared_attr.directive
    @classmethod
    def __mapper_args__(cls) -> dict[str, Any]:
        return {"version_id_col": cls.version}


def change_row(session: Session | scoped_session[Any], model: type[Base], row_id: UUID, **columns: Any) -> bool:
    """Change a row at once and without an object, and say whether it is there; objects of it do not learn of that."""
    done = session.execute(_changing(model), {"its_id": row_id, **columns})
    return bool(cast("CursorResult[Any]", done).rowcount)


@cache
def _changing(model: type[Base]) -> Update:
    table = cast(Table, model.__table__)
    return update(table).where(table.c.id == bindparam("its_id"))


def one_of(column: str, values: tuple[str, ...]) -> CheckConstraint:
    """A check that keeps a column to the kinds, roles or states that the code knows."""
    return CheckConstraint(f"{column} IN ({', '.join(repr(value) for value in values)})", name=column)
