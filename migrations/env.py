"""How migrations run: in one transaction, on SQLite too."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import context
from alembic.autogenerate.api import AutogenContext
from flask import current_app
from sqlalchemy import Connection, Engine

from eventhub.foundation.i18n import Translated  # noqa: F401 - the models' types
from eventhub.foundation.tables import Base, Instant, TranslatedText
from eventhub.people.names import NamesColumn

engine: Engine = current_app.extensions["migrate"].db.engine
is_sqlite = engine.dialect.name == "sqlite"
JSON = "sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), 'postgresql')"


def include_object(thing: Any, name: str | None, kind: str, *_: Any) -> bool:
    """Leave out SQLite's full-text tables, which no model can describe, and indexes of the other database."""
    if kind == "table" and name and name.startswith("search_words"):
        return False
    return not (kind == "index" and is_sqlite and name == "ix_search_documents_words")


def render_item(kind: str, thing: Any, autogen: AutogenContext) -> str | bool:
    """Write our own column types as the plain ones beneath, so that old migrations outlive the models."""
    if kind != "type":
        return False
    if isinstance(thing, Instant):
        return "sa.DateTime(timezone=True)"
    if isinstance(thing, TranslatedText | NamesColumn | sa.JSON):
        return JSON
    if isinstance(thing, sa.Text) and "postgresql" in getattr(thing, "_variant_mapping", {}):
        return "sa.Text().with_variant(postgresql.TSVECTOR(), 'postgresql')"
    return False


def run(connection: Connection) -> None:
    """Run the migrations that are wanted on a connection."""
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        include_object=include_object,
        render_item=render_item,
        render_as_batch=is_sqlite,
        compare_server_default=False,
        transaction_per_migration=False,
        **({"transactional_ddl": True} if is_sqlite else {}),
    )
    with context.begin_transaction():
        context.run_migrations()


if is_sqlite:
    # A table is changed by making it anew, which its children's foreign keys would forbid; and an
    # upgrade that dies half-way must leave nothing. So: keys off, one transaction, keys checked at its end.
    with engine.connect().execution_options(writes=True) as connection:
        raw = connection.connection.driver_connection
        assert raw is not None
        raw.execute("PRAGMA foreign_keys=OFF")
        try:
            with connection.begin():
                run(connection)
                broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
                if broken:
                    raise RuntimeError(f"rows refer to rows that are not there: {broken[:5]}")
        finally:
            raw.execute("PRAGMA foreign_keys=ON")
else:
    with engine.connect() as connection, connection.begin():
        # Two processes that start together: the second waits, and finds the work done.
        connection.exec_driver_sql("SELECT pg_advisory_xact_lock(7240351)")
        run(connection)
