"""The door: a page for phones that lets people in, by ticket or by name, also while there is no connection."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from flask import Blueprint, Response, jsonify, make_response, render_template, request, url_for
from flask_babel import gettext

from eventhub.events.models import Event
from eventhub.foundation import clock, web
from eventhub.foundation.actor import Actor
from eventhub.foundation.errors import DomainError
from eventhub.foundation.permissions import require
from eventhub.foundation.web import private_page
from eventhub.registrations.models import ENDED, Registration
from eventhub.registrations.words import name_of

from . import policy, queries, roll, services, tickets, words
from .forms import WalkInForm
from .models import Arrival, Door
from .services import Outcome, Scan

bp = Blueprint("attendance", __name__, url_prefix="/<any(en,zh):lang>")
Answer = Response | tuple[Response, int]
# So many at once; a device with a longer queue asks again.
MOST_OPERATIONS = 200
_LONGEST_AGE = timedelta(days=7)


@bp.get("/check-in/<token>/")
@private_page
def door(token: str) -> Answer:
    """The page at the door; with `?words=` who is found, with `?session=` for one session."""
    return _page(token)


@bp.post("/check-in/<token>/arrivals/")
@private_page
def check_in(token: str) -> Answer:
    """Let somebody in, by the code of their ticket or as they were found by name."""
    actor, here = _enter(token)
    scan = _scan(here, code=request.form.get("code", "").strip(), who_id=_uuid(request.form.get("who")))
    return _page(token, outcome=_carried_out(lambda: services.check_in(actor, here.event_id, scan)))


@bp.post("/check-in/<token>/walk-ins/")
@private_page
def walk_in(token: str) -> Answer:
    """Let somebody in who has not registered."""
    actor, here = _enter(token)
    form = WalkInForm.of(_pools(here.event))
    if not form.validate_on_submit():
        return _page(token, form=form), 422
    scan = _scan(here, who_id=None)
    said = form.name.data or "", form.organisation.data or "", form.pool.data or ""
    return _page(token, outcome=_carried_out(lambda: services.take_walk_in(actor, here.event_id, scan, *said)))


@bp.post("/check-in/<token>/undo/")
@private_page
def undo(token: str) -> Answer:
    """Take a check-in back."""
    actor, here = _enter(token)
    arrival_id = _uuid(request.form.get("arrival"))

    def take_back() -> Outcome:
        arrival = services.undo(actor, here.event_id, arrival_id or uuid4(), here.id)
        return Outcome("undone", arrival.registration or arrival.walk_in)

    return _page(token, outcome=_carried_out(take_back))


@bp.get("/check-in/<token>/roll/")
@private_page
def names(token: str) -> Response:
    """What a device needs to go on without a connection: who may come, the sessions, and the public keys."""
    _, here = _enter(token)
    event = here.event
    pools = words.pool_names(event)
    return jsonify(
        revision=roll.revision_of(event),
        people=[
            {
                "id": str(one.id),
                "name": words.person_name(one.name),
                "organisation": one.organisation,
                "pool": pools.get(one.pool_key, ""),
                "state": "walk_in" if one.is_walk_in else one.state,
                "brings": words.brings(one.brings),
                "told": "" if one.is_walk_in else words.state_name(one.state),
                "ticket": one.ticket,
                "keys": one.keys,
            }
            for one in roll.roll_of(event)
            # Who gave their place up is nobody whom a phone at a door needs to know.
            if one.state not in ENDED
        ],
        keys=tickets.public_keys(),
    )


# A device is known by its code and by no cookie, so there is nothing that another site could make it do; and the
# token of a page that a phone has kept through the night would be too old.
@bp.post("/check-in/<token>/sync/")
@web.csrf.exempt
@private_page
def sync(token: str) -> Response | tuple[Response, int]:
    """What a device did since it last told us, each with what came of it; and what others did since then."""
    actor, here = _enter(token)
    if services.wants_noting(here):
        services.note_seen(actor, here.id)
    now = clock.now()
    try:
        operations = json.loads(request.form.get("operations", "[]"))
        assert isinstance(operations, list)
        since = datetime.fromisoformat(request.form["since"]) if request.form.get("since") else None
        assert since is None or (since.tzinfo is not None and clock.is_within_reach(since))
    except (ValueError, AssertionError, RecursionError):
        return jsonify(error=gettext("This cannot be read.")), 400
    results = [_told(actor, here, one, now) for one in operations[:MOST_OPERATIONS]]
    event = here.event
    return jsonify(
        results=results,
        # Somebody waits at the door for what came of an act; whether the list has changed is asked every few seconds.
        revision="" if results else roll.revision_of(event),
        arrivals=[_as_json(one, here) for one in queries.list_changes(event, since)],
        until=now.isoformat(),
    )


@bp.get("/check-in/<token>/worker.js")
@private_page
def worker(token: str) -> Response:
    """The script that keeps the page on the phone, from an address that lets it watch over this page alone."""
    _enter(token)
    return Response((web.STATIC / "door-worker.js").read_bytes(), mimetype="text/javascript")


def _enter(token: str) -> tuple[Actor, Door]:
    here = queries.get_door_by_link(token)
    actor = Actor("link", thing_id=here.id, purpose="door")
    require(policy.may_check_in(actor, here.event, here), hidden=True)
    return actor, here


def _page(token: str, outcome: Outcome | None = None, form: WalkInForm | None = None) -> Response:
    """The page as it is now; the door is read again, for a use-case has forgotten what was read before."""
    _, here = _enter(token)
    event, wanted = here.event, request.values.get("words", "").strip()
    sessions = queries.list_sessions(event)
    chosen = next((one for one in sessions if str(one.id) == request.values.get("session")), None)
    where_id = chosen.id if chosen else event.id
    latest = queries.list_latest(event, where_id)
    found = roll.search(event, wanted) if wanted else []
    arrived = queries.counting_of([one.id for one in found], where_id) if found else {}
    response = make_response(
        render_template(
            "attendance/door.html",
            token=token,
            door=here,
            event=event,
            sessions=sessions,
            chosen=chosen,
            wanted=wanted,
            found=[(one, arrived.get(one.id)) for one in found],
            latest=latest,
            came=queries.count_by_place(event).get(where_id, 0),
            expected=queries.count_expected(event),
            outcome=outcome,
            form=form or WalkInForm.of(_pools(event), formdata=None),
            new_id=uuid4,
            words=words,
            pools=words.pool_names(event),
            config=_config(token, here),
        )
    )
    # The camera is for this page alone.
    response.headers["Permissions-Policy"] = web.PERMISSIONS.replace("camera=()", "camera=(self)")
    return response


def _config(token: str, here: Door) -> dict[str, Any]:
    """What the page's script has to know."""
    return {
        "door": str(here.id),
        "doorName": here.name,
        "event": str(here.event_id),
        "zone": here.event.zone,
        "roll": url_for(".names", token=token),
        "sync": url_for(".sync", token=token),
        "worker": url_for(".worker", token=token),
        "reader": web.asset(web.CODE_READER[0]),
        "outcomes": {key: [str(part) for part in pair] for key, pair in words.OUTCOMES.items()},
        "desk": words.door_name(""),
    }


def _pools(event: Event) -> dict[str, str]:
    return {pool.key: name_of(pool) for pool in queries.list_pools(event) if pool.is_offered}


def _scan(here: Door, *, code: str = "", who_id: UUID | None = None) -> Scan:
    return Scan(
        id=_uuid(request.form.get("scan")) or uuid4(),
        made_at=clock.now(),
        code=code,
        who_id=who_id,
        session_id=_uuid(request.form.get("session")),
        door_id=here.id,
    )


def _carried_out(work: Callable[[], Outcome]) -> Outcome:
    try:
        return work()
    except DomainError as refusal:
        return Outcome("refused", text=refusal.message)


def _told(actor: Actor, here: Door, said: Any, now: datetime) -> dict[str, Any]:
    """Carry out one thing that a device tells, and what came of it; it is answered whatever it is."""
    said = said if isinstance(said, dict) else {}
    outcome = _carried_out(lambda: _obey(actor, here, said, now))
    told: dict[str, Any] = {"id": said.get("id"), "word": outcome.word, "text": outcome.text}
    if outcome.who is not None:
        told |= {"who": str(outcome.who.id), "name": words.person_name(outcome.who.name)}
        told |= {"brings": words.brings(outcome.brings)} if outcome.brings else {}
    if outcome.word == "no_place" and isinstance(outcome.who, Registration):
        told["state"] = words.standing(outcome.who)
    if outcome.counting is not None:
        told |= {"at": outcome.counting.made_at.isoformat(), "door": outcome.counting.door_name}
    return told


def _obey(actor: Actor, here: Door, said: Mapping[str, Any], now: datetime) -> Outcome:
    scan_id = _uuid(said.get("id"))
    if scan_id is None:
        return Outcome("refused", text=gettext("This cannot be read."))
    event_id = here.event_id
    if said.get("do") == "undo":
        arrival = services.undo(actor, event_id, _uuid(said.get("arrival")) or uuid4(), here.id)
        return Outcome("undone", arrival.registration or arrival.walk_in)
    scan = Scan(
        id=scan_id,
        made_at=now - _age(said.get("age")),
        code=_text(said.get("code")),
        who_id=_uuid(said.get("who")),
        session_id=_uuid(said.get("session")),
        door_id=here.id,
    )
    if said.get("do") == "walk_in":
        person = _text(said.get("name")), _text(said.get("organisation")), _text(said.get("pool"))
        return services.take_walk_in(actor, event_id, scan, *person)
    return services.check_in(actor, event_id, scan)


def _age(told: Any) -> timedelta:
    """How long ago something was, in milliseconds by the device's own clock, which may show any time of day."""
    if not isinstance(told, int | float) or not 0 <= told <= _LONGEST_AGE.total_seconds() * 1000:
        return timedelta()
    return timedelta(milliseconds=told)


def _text(told: Any) -> str:
    """A text that a device tells, without halves of marks, which no database holds."""
    said = told if isinstance(told, str) else ""
    return said.encode(errors="ignore").decode().strip()[: services.LONGEST_NAME]


def _uuid(told: Any) -> UUID | None:
    try:
        return UUID(told) if isinstance(told, str) else None
    except ValueError:
        return None


def _as_json(arrival: Arrival, here: Door) -> dict[str, Any]:
    return {
        "id": str(arrival.id),
        "who": str(arrival.who_id),
        "where": str(arrival.where_id),
        "at": arrival.made_at.astimezone(UTC).isoformat(),
        "door": arrival.door_name,
        "own": arrival.door_id == here.id,
        "counts": arrival.counts,
        "undone": arrival.undone_at is not None,
    }
