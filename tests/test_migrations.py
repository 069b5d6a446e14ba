"""The migrations make the tables that the models describe, on both databases, and bear to be interrupted."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
import sqlalchemy as sa
from flask import Flask
from flask_migrate import check, downgrade, upgrade

from eventhub.app import create_app
from eventhub.config import load_settings, resource
from eventhub.events import services as events
from eventhub.foundation.actor import SYSTEM
from eventhub.foundation.db import db, prepare_migrations
from eventhub.foundation.i18n import Translated
from eventhub.organisations.models import Organisation
from eventhub.registrations.models import Registration
from eventhub.registrations.series.models import SeriesRegistration
from tests.conftest import POSTGRES, postgres_answers

FOLDER = str(resource("migrations"))


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Flask]:
    """An application whose database has no table yet."""
    name = f"eventhub_test_{uuid4().hex[:12]}"
    url = f"sqlite:///{tmp_path}/empty.db"
    if request.param == "postgres":
        if not postgres_answers():
            pytest.skip("PostgreSQL does not answer")
        url = POSTGRES.rsplit("/", 1)[0] + f"/{name}"
        with psycopg.connect(POSTGRES, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE \"{name}\" TEMPLATE template0 ENCODING 'UTF8'")
    settings = load_settings(database_url=url, data_dir=tmp_path)
    app = create_app(settings)
    prepare_migrations(app, settings)
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()
    if request.param == "postgres":
        with psycopg.connect(POSTGRES, autocommit=True) as connection:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def tables() -> set[str]:
    """The tables that are there now."""
    return set(sa.inspect(db.engine).get_table_names())


def test_tables_and_models_agree(empty: Flask):
    upgrade(FOLDER)
    check(FOLDER)  # raises where they differ


def test_up_down_and_up_again_leaves_the_same_tables(empty: Flask):
    upgrade(FOLDER)
    first = tables()
    upgrade(FOLDER)
    assert tables() == first
    downgrade(FOLDER, revision="base")
    assert tables() <= {"alembic_version"}
    upgrade(FOLDER)
    assert tables() == first


def test_a_migration_that_dies_leaves_nothing(empty: Flask, monkeypatch: pytest.MonkeyPatch):
    calls = []
    real = sa.schema.CreateTable

    def die(*args: object, **kwargs: object) -> object:
        calls.append(args)
        if len(calls) == 9:
            raise KeyboardInterrupt
        return real(*args, **kwargs)

    monkeypatch.setattr("alembic.ddl.impl.schema.CreateTable", die)
    with pytest.raises(KeyboardInterrupt):
        upgrade(FOLDER)
    monkeypatch.undo()
    assert tables() == set()
    upgrade(FOLDER)
    assert "events" in tables()


def test_the_zone_chosen_for_a_series_is_that_of_its_events(empty: Flask):
    upgrade(FOLDER)
    title = Translated.of(en="X")
    organisation = Organisation(slug="x", name=title, stakeholder_type="national_ngo")
    db.session.add(organisation)
    db.session.commit()
    series = events.add_series(SYSTEM, organisation.id, title, slug="x")
    header = events.Header(kind="webinar", mode="online", title=title, zone="Europe/Zurich", series_id=series.id)
    event = events.add_event(SYSTEM, organisation.id, header)
    chosen = {"address": "a@example.org", "zone": "Asia/Kathmandu"}
    db.session.add(SeriesRegistration(series_id=series.id, name="A", typed_address="a@example.org", **chosen))
    for address in ("a@example.org", "b@example.org", None):
        db.session.add(Registration(event_id=event.id, name="A", address=address))
    db.session.commit()
    downgrade(FOLDER, revision="0026")
    assert "zone" not in {column["name"] for column in sa.inspect(db.engine).get_columns("registrations")}
    upgrade(FOLDER)
    rows = dict(db.session.execute(sa.select(Registration.address, Registration.zone)).all())
    assert rows == {"a@example.org": "Asia/Kathmandu", "b@example.org": None, None: None}
    db.session.rollback()
