"""A bare Flask application, to measure ours against: what the framework and the server cost by themselves."""

from __future__ import annotations

import os
from pathlib import Path

from flask import Flask, Response, render_template_string, request
from sqlalchemy import create_engine, text

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


@app.get("/page")
def page() -> str:
    """One query and one template."""
    with engine.connect() as connection:
        event = connection.execute(query).one()
    return render_template_string(PAGE, event=event)
