"""A bare Flask application, to measure ours against: what the framework and the server cost by themselves."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from flask import Flask, Response, render_template_string, request
from sqlalchemy import MetaData, create_engine, select, text

app = Flask(__name__)
body = Path(os.environ["BENCH_BODY"]).read_bytes()
engine = create_engine(os.environ["EVENTHUB_DATABASE_URL"].replace("postgresql://", "postgresql+psycopg://"))
own_body = Path(os.environ["BENCH_OWN_BODY"]).read_bytes()
one = text("SELECT slug, public_revision FROM events WHERE slug = :slug")
query = text("SELECT slug, kind, mode, status FROM events ORDER BY slug LIMIT 1")
PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{{ event.slug }}</title></head>
<body><h1>{{ event.slug }}</h1><p>{{ event.kind }}, {{ event.mode }}: {{ event.status }}</p></body></html>
"""


@app.get("/constant")
def constant() -> Response:
    """A body of the feed's size."""
    return Response(body, mimetype="text/calendar")


@app.get("/own/<slug>")
def own(slug: str) -> Response:
    """One indexed query, and a body of a private feed's size, or none for whoever knows it already."""
    with engine.connect() as connection:
        found = connection.execute(one, {"slug": slug}).one()
    etag = f'"{found.slug}"'
    if request.headers.get("If-None-Match") == etag:
        return Response(status=304, headers={"ETag": etag})
    return Response(own_body, mimetype="text/calendar", headers={"ETag": etag})


@app.get("/empty")
def empty() -> Response:
    """No body."""
    return Response(status=304)


@cache
def tables() -> dict[str, Any]:
    """The tables in which a registration is kept, as they are in the database."""
    known = MetaData()
    known.reflect(engine, only=("pools", "registrations", "places"))
    return dict(known.tables)


@app.post("/place/<uuid:pool_id>")
def place(pool_id: UUID) -> Response:
    """A pool locked, a registration and a place in it inserted, committed: what no registration can do without."""
    pools, registrations, places = (tables()[name] for name in ("pools", "registrations", "places"))
    now, registration_id = datetime.now(UTC), uuid4()
    row = {"id": registration_id, "created_at": now, "name": "Somebody", "organisation": "", "language": "en"}
    numbers = {"link_number": 1, "calendar_number": 1, "companions": [], "version": 1}
    taken = {"id": uuid4(), "created_at": now, "registration_id": registration_id, "pool_id": pool_id}
    stands = {"state": "confirmed", "number": 0, "state_since": now, "is_main": True, "size": 1, "version": 1}
    with engine.begin() as connection:
        pool = select(pools.c.event_id).where(pools.c.id == pool_id).with_for_update(key_share=True)
        event_id = connection.execute(pool).scalar_one()
        connection.execute(registrations.insert(), {"event_id": event_id, **row, **numbers})
        connection.execute(places.insert(), {**taken, **stands})
    return Response(status=204)


@app.get("/page")
def page() -> str:
    """One query and one template."""
    with engine.connect() as connection:
        event = connection.execute(query).one()
    return render_template_string(PAGE, event=event)
