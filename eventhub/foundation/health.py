"""What those who keep the service running look at."""

from __future__ import annotations

import time

import structlog
from flask import Blueprint, Flask, Response, current_app, g, request
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from sqlalchemy import func, select, text

from . import clock, jobs
from .db import db
from .errors import NotFound
from .outbox import OutboxRow
from .web import is_from_this_machine

bp = Blueprint("health", __name__)
access = structlog.get_logger("access")


def init_app(app: Flask) -> None:
    """Count and log the requests of an application, and answer /healthz, /readyz and /metrics."""
    registry = CollectorRegistry()
    app.extensions["eventhub_metrics"] = registry
    requests = Counter("eventhub_requests", "Answers", ["status"], registry=registry)
    seconds = Histogram("eventhub_request_seconds", "Time to answer", registry=registry)
    Gauge("eventhub_start_time_seconds", "When this process began", registry=registry).set(time.time())
    waiting = Gauge("eventhub_outbox_rows", "Work by state", ["state"], registry=registry)
    oldest = Gauge("eventhub_outbox_oldest_seconds", "Age of the oldest work that is due", registry=registry)

    @app.after_request
    def count(response: Response) -> Response:
        took = time.perf_counter() - g.get("began", time.perf_counter())
        requests.labels(f"{response.status_code // 100}xx").inc()
        seconds.observe(took)
        access.info(
            "request", method=request.method, path=request.path, status=response.status_code, ms=round(took * 1000, 1)
        )
        return response

    @app.get("/metrics")
    def metrics() -> Response:
        """Figures in Prometheus's text format, for those on this machine: they tell what is going on."""
        if not is_from_this_machine():
            raise NotFound
        by_state = select(OutboxRow.state, func.count()).where(OutboxRow.state != "done").group_by(OutboxRow.state)
        counts = dict(db.session.execute(by_state).all())
        for state in ("waiting", "leased", "failed"):
            waiting.labels(state).set(counts.get(state, 0))
        due = db.session.scalar(select(func.min(OutboxRow.due_at)).where(OutboxRow.state == "waiting"))
        oldest.set(max(0.0, (clock.now() - due).total_seconds()) if due else 0)
        return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)

    app.register_blueprint(bp)


@bp.get("/healthz")
def healthz() -> Response:
    """The process answers."""
    return Response("ok\n", mimetype="text/plain")


@bp.get("/readyz")
def readyz() -> Response:
    """The process can do its work: its database and its job queue answer."""
    db.session.execute(text("SELECT 1"))
    if not jobs.queue_answers(current_app):
        return Response("the job queue does not answer\n", 503, mimetype="text/plain")
    return Response("ready\n", mimetype="text/plain")
