"""What those who keep the service running look at."""

from __future__ import annotations

import time

import structlog
from flask import Blueprint, Flask, Response, current_app, g, request
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from sqlalchemy import text

from . import clock, jobs, operations
from .db import db
from .errors import NotFound
from .web import is_from_this_machine

bp = Blueprint("health", __name__)
access = structlog.get_logger("access")


class Figures:
    """What the database tells of the work of all processes, as gauges."""

    def __init__(self, registry: CollectorRegistry) -> None:
        def gauge(name: str, words: str, *labels: str) -> Gauge:
            return Gauge(f"eventhub_{name}", words, labels, registry=registry)

        self.rows = gauge("outbox_rows", "Work by state", "state")
        self.oldest = gauge("outbox_oldest_seconds", "Age of the oldest work that is due")
        self.of_kind = gauge("outbox_kind_rows", "Work by kind and state; retrying is waiting too", "kind", "state")
        self.oldest_of_kind = gauge("outbox_kind_oldest_seconds", "Age of the oldest work that is due", "kind")
        self.last_run = gauge("job_last_end_time_seconds", "When a job of the clock last ended", "job")
        self.failed = gauge("job_failed", "Whether a job of the clock failed the last time", "job")
        self.workers = gauge("workers", "Processes with a worker that have just shown that they live")

    def take(self) -> None:
        """Look at the database now, by a number of queries that never changes."""
        for gauge in (self.of_kind, self.oldest_of_kind, self.last_run, self.failed):
            gauge.clear()
        now, kinds = clock.now(), operations.work_by_kind()
        for state in ("waiting", "leased", "failed"):
            self.rows.labels(state).set(sum(getattr(work, state) for work in kinds))
        self.oldest.set(max((work.lateness(now) for work in kinds), default=0))
        for work in kinds:
            for state in ("waiting", "leased", "retrying", "failed"):
                self.of_kind.labels(work.kind, state).set(getattr(work, state))
            self.oldest_of_kind.labels(work.kind).set(work.lateness(now))
        for job in operations.clock_jobs():
            if job.ended_at:
                self.last_run.labels(job.name).set(job.ended_at.timestamp())
                self.failed.labels(job.name).set(job.error is not None)
        self.workers.set(sum(map(operations.is_live, operations.workers())))


def init_app(app: Flask) -> None:
    """Count and log the requests of an application, and answer /healthz, /readyz and /metrics."""
    registry = CollectorRegistry()
    app.extensions["eventhub_metrics"] = registry
    requests = Counter("eventhub_requests", "Answers of this process", ["status"], registry=registry)
    seconds = Histogram("eventhub_request_seconds", "Time in which this process answered", registry=registry)
    Gauge("eventhub_start_time_seconds", "When this process began", registry=registry).set(time.time())
    figures = Figures(registry)

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
        figures.take()
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
