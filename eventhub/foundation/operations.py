"""How the service is doing, for those who keep it running: what waits, what was given up, and who works.

Nothing here names a person: why work was given up is told without what might be somebody's name or address.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask_sqlalchemy.pagination import Pagination
from sqlalchemy import ColumnElement, case, func, select

from . import clock
from .db import db
from .lanes import FORGIVEN, Lane
from .timekeeping import BEAT, FORGOTTEN, ClockJob, Watch, WorkerSeen
from .work import OutboxRow

FAILURES_A_PAGE = 25
_QUIET_FOR = timedelta(seconds=3 * BEAT)


@dataclass(frozen=True, slots=True)
class Work:
    """The work of one kind that is not done: how much waits, is carried out, was tried in vain, or was given up."""

    kind: str
    waiting: int
    leased: int
    retrying: int
    failed: int
    oldest_due: datetime | None

    def lateness(self, now: datetime) -> float:
        """For how many seconds the oldest piece has been due."""
        return max(0.0, (now - self.oldest_due).total_seconds()) if self.oldest_due else 0.0


def work_by_kind() -> list[Work]:
    """All kinds of which there is work that is not done, by their names; one query."""
    waits = OutboxRow.state == "waiting"
    is_due = OutboxRow.state.in_(("waiting", "leased")) & (OutboxRow.due_at <= clock.now())

    def count(condition: ColumnElement[bool]) -> ColumnElement[int]:
        return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)

    query = (
        select(
            OutboxRow.kind,
            count(waits),
            count(OutboxRow.state == "leased"),
            count(waits & OutboxRow.error.is_not(None)),
            count(OutboxRow.state == "failed"),
            func.min(case((is_due, OutboxRow.due_at))),
        )
        .where(OutboxRow.state != "done")
        .group_by(OutboxRow.kind)
        .order_by(OutboxRow.kind)
    )
    return [Work(*row) for row in db.session.execute(query)]


def failures(page: int) -> Pagination:
    """Work that was given up, the latest first."""
    query = select(OutboxRow).where(OutboxRow.state == "failed").order_by(OutboxRow.due_at.desc(), OutboxRow.id)
    return db.paginate(query, page=page, per_page=FAILURES_A_PAGE, error_out=False)


# An address; what stands between quotation marks or brackets; the rest of a link after its host.
_PERSONAL = re.compile(
    r"""[^\s<>"'“‘「（(,;:]+@[^\s<>"'”’」）),;]+|<[^>]*>|"[^"]*"|'[^']*'|“[^”]*”|‘[^’]*’|「[^」]*」|(?<=//)\S+"""
)


# Of all other words, those in which programs and mail servers say what is wrong: a name is none of them.
_WORDS = """
a about abuse accept accepted accepting access account action active address again allowed and another answer
answers any are as asked at attempts authenticated authentication bad be because been blacklist blacklisted blocked
bounce by cannot certificate client closed command conformance connect connection connections constraint content
could daily data database deferred delayed delivered delivery denied disabled disk dkim dmarc dns does
domain duplicate elsewhere ended enough errno error every exceed exceeded exceeds exist exists expired fail failed
failure fails file follow for found frequency from full further given go greylisted greylisting has have helo host
in inactive inbound insufficient internal invalid invitation ip is it its key kind known later left length letter
letters limit limited line list local locked lookup longer mail mailbox mailboxes maximum memory message messages
middle more moved name network no nobody not nothing now number occurred of off on open or organization out over
password paused permanent permanently permission please policy port possible possibly prohibited protocol queue
quota rate reached read receive receiving recipient recipients refused rejected relay relaying remote reputation
required reset resource resources response revoked route sealed see send sender sending sent series server service
session size smtp sorry space spam spamhaus spf speaker ssl starttls still storage suspended syntax system tell
temporarily temporary terminated than that the there this time timed timeout tls to today too transaction try
unable unauthenticated unavailable unexpected unique unknown unreachable unreadable unsolicited until user users
value verification verify virus wait wanted was what while who with worker write wrong
"""
_KNOWN = frozenset(_WORDS.split())
_WORD = re.compile(r"[^\W\d_][\w.'’-]*|\d{5,}")
_FAULT = re.compile(r"[A-Za-z]+(?:Error|Exception|Refused|Disconnected|NotFound|NotNow)|gaierror|NotNow|NotFound")


def reason(error: str | None) -> str:
    """Why work was given up, without what might name somebody."""
    told = _WORD.sub(lambda word: word[0] if _is_known(word[0]) else "…", _PERSONAL.sub("…", error or ""))
    return re.sub(r"…(?:\s*…)+", "…", told)[:200]


def _is_known(word: str) -> bool:
    return word.rstrip(".").casefold() in _KNOWN or _FAULT.fullmatch(word) is not None


def clock_jobs() -> Sequence[ClockJob]:
    """What runs by the clock, by name."""
    return db.session.scalars(select(ClockJob).order_by(ClockJob.name)).all()


def holder() -> str:
    """Which process has the watch; empty where none has."""
    return db.session.scalar(select(Watch.holder)) or ""


def workers() -> Sequence[WorkerSeen]:
    """The processes with a worker that were seen within a day and have not said that they end, the latest first."""
    query = select(WorkerSeen).where(WorkerSeen.seen_at >= clock.now() - FORGOTTEN)
    return db.session.scalars(query.order_by(WorkerSeen.seen_at.desc(), WorkerSeen.name)).all()


def is_live(worker: WorkerSeen) -> bool:
    """Whether a process has just shown that it lives."""
    return worker.seen_at >= clock.now() - _QUIET_FOR


def slow_lanes() -> Sequence[Lane]:
    """The mail servers' lanes that are slower than usual, or for which work waits, the slowest first.

    What goes elsewhere has lanes of another form, `kind:id`, which tell nobody anything here.
    """
    is_slow = (Lane.slowness > 1) & (Lane.free_at >= clock.now() - FORGIVEN)
    query = (
        select(Lane)
        .where(is_slow | Lane.has_parked, Lane.name.not_like("%:%"))
        .order_by(Lane.slowness.desc(), Lane.name)
    )
    return db.session.scalars(query.limit(50)).all()
