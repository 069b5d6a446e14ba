"""The programme's editor: a day as a grid to drag sessions in, and the same by plain forms.

The script of the grid sends the same forms as people do; it asks for JSON, and gets what was saved, with the new
versions, and the conflicts of the day it shows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from flask import flash, g, get_template_attribute, jsonify, render_template, request, url_for
from flask_babel import gettext

from eventhub.events.models import Event
from eventhub.events.policy import may_edit_event
from eventhub.events.rooms import event_room
from eventhub.foundation import clock
from eventhub.foundation.errors import Conflict, DomainError, Invalid, NotFound
from eventhub.foundation.i18n import format_day, language
from eventhub.foundation.links import NOWHERE
from eventhub.foundation.web import see_other

from . import conflicts, editor, editor_day, editor_queries, queries, twofold
from .desk import Answer, badge_words, bp, is_carried_out
from .editor import Placement
from .editor_forms import PlaceForm, ShiftForm
from .models import KINDS, ProgrammeSession, Step

JSON = "application/json"
HALF_HOUR = timedelta(minutes=30)
# How many pixels of the grid half an hour takes.
SCALES = {"small": 30, "medium": 60, "large": 120}
FITS: dict[str, tuple[editor.Fit, editor.Side]] = {
    "stretch-before": ("stretch", "before"),
    "stretch-after": ("stretch", "after"),
    "move-before": ("move", "before"),
    "move-after": ("move", "after"),
}


@bp.get("/programme/editor/")
@event_room(may_edit_event)
def editor_page(event: Event) -> Answer:
    """A day of the programme to be laid out, with the sessions that wait to be scheduled."""
    counts = editor_queries.count_by_day(event)
    asked = _day_asked(request.args.get("day"))
    today = clock.wall(clock.now(), event.zone).date()
    day = editor_day.read_day(
        event,
        asked or (today if today in counts else next(iter(counts), today)),
        is_whole=request.args.get("hours") == "all",
    )
    found = _conflicts(event, day.day)
    undoable, redoable = editor_queries.count_steps(g.actor, event)
    return render_template(
        "programme/desk_editor.html",
        event=event,
        days={**counts, day.day: counts.get(day.day, 0)},
        scale=_scale(day),
        scales=SCALES,
        day=day,
        conflicts=found,
        conflicted={session_id for one in found if not one["is_accepted"] for session_id in one["sessions"]},
        undoable=undoable,
        redoable=redoable,
        place_form=_place_form(event, None, day.rooms),
        shift_form=ShiftForm(formdata=None),
        fits=FITS,
        said=_said(event),
    )


@bp.post("/programme/editor/place/")
@event_room(may_edit_event)
def place_sessions(event: Event) -> Answer:
    """Sessions where the grid has put them: each is named by its id, hours, room and the version that was shown."""
    return _take(event, lambda: editor.place(g.actor, event.id, _placements()))


@bp.post("/programme/editor/<any(undo,redo):deed>/")
@event_room(may_edit_event)
def retrace(event: Event, deed: str) -> Answer:
    """One's own last step undone, or done again."""
    carry_out = editor.undo if deed == "undo" else editor.redo
    return _take(event, lambda: carry_out(g.actor, event.id), deed)


@bp.route("/programme/editor/sessions/<uuid:session_id>/", methods=["GET", "POST"])
@event_room(may_edit_event)
def place_session(event: Event, session_id: UUID) -> Answer:
    """A session's place in the programme, by forms: everything that the grid can do with it."""
    session = _session(event, session_id)
    form = _place_form(event, session)

    def save() -> None:
        step = editor.place(g.actor, event.id, {session.id: form.placement(session)})
        flash(_told(event, step), "success")

    def reread() -> tuple[PlaceForm, int]:
        return _place_form(event, session, formdata=None), session.version

    if not form.is_submitted():
        form.begin(session.version)
    elif form.validate() and is_carried_out(form, save, reread):
        return see_other("programme_desk.editor_page", slug=event.slug, day=_day_of(session))
    return _session_page(event, session, form, ShiftForm(formdata=None))


@bp.post("/programme/editor/sessions/<uuid:session_id>/unschedule/")
@event_room(may_edit_event)
def unschedule_session(event: Event, session_id: UUID) -> Answer:
    """A session back in the tray, without hours; its room stays noted."""
    session = _session(event, session_id)
    to = Placement(None, None, session.room_id, request.form.get("version", type=int))
    return _take(event, lambda: editor.place(g.actor, event.id, {session.id: to}), back=session)


@bp.post("/programme/editor/sessions/<uuid:session_id>/shift/")
@event_room(may_edit_event)
def shift_following(event: Event, session_id: UUID) -> Answer:
    """A session and what follows it, some minutes later or earlier."""
    session = _session(event, session_id)
    form = ShiftForm()
    if form.validate():
        return _take(
            event,
            lambda: editor.shift_following(
                g.actor,
                event.id,
                session.id,
                form.minutes.data or 0,
                in_room_only=form.scope.data == "room",
                version=form.version.data,
            ),
            back=session,
        )
    if _wants_json():
        return _refused(
            event, Invalid("minutes", next(message for errors in form.errors.values() for message in errors))
        )
    place_form = _place_form(event, session, formdata=None)
    place_form.begin(session.version)
    return _session_page(event, session, place_form, form)


@bp.post("/programme/editor/sessions/<uuid:session_id>/fit/")
@event_room(may_edit_event)
def fit_gap(event: Event, session_id: UUID) -> Answer:
    """A session stretched over, or moved through, the free time before or after it."""
    session = _session(event, session_id)
    wanted = FITS.get(request.form.get("fit", ""))
    if wanted is None:
        raise NotFound
    version = request.form.get("version", type=int)
    return _take(event, lambda: editor.fit_gap(g.actor, event.id, session.id, *wanted, version=version), back=session)


def _session(event: Event, session_id: UUID) -> ProgrammeSession:
    session = queries.get_part(event, ProgrammeSession, session_id)
    if session.state == "deleted":
        raise NotFound
    return session


def _day_of(session: ProgrammeSession) -> date | None:
    return session.starts.date() if session.starts else None


def _day_asked(written: str | None) -> date | None:
    try:
        day = date.fromisoformat(written or "")
    except ValueError:
        return None
    # The neighbours of the first and the last day that calendars know must exist too.
    return day if clock.FIRST_YEAR <= day.year <= clock.LAST_YEAR else None


def _place_form(
    event: Event, session: ProgrammeSession | None, rooms: Sequence[Any] | None = None, **options: Any
) -> PlaceForm:
    shown = {"starts": session.starts, "ends": session.ends, "room_id": str(session.room_id or "")} if session else {}
    form = PlaceForm(data=shown, wall_zone=event.zone, **options)
    form.offer(queries.list_rooms(event) if rooms is None else rooms)
    return form


def _session_page(event: Event, session: ProgrammeSession, place_form: PlaceForm, shift_form: ShiftForm) -> Answer:
    day = _day_of(session) or event.day() or clock.wall(clock.now(), event.zone).date()
    if not shift_form.is_submitted():
        shift_form.begin(session.version)
    page = render_template(
        "programme/desk_place.html",
        event=event,
        session=session,
        card=editor_day.read_cards(event, day, [session])[0],
        form=place_form,
        shift_form=shift_form,
        fits=FITS,
    )
    return page, max(place_form.status, shift_form.status)


def _placements() -> dict[UUID, Placement]:
    names = ("session", "starts", "ends", "room_id", "version")
    try:
        return {
            UUID(session): Placement(
                _hour(starts), _hour(ends), UUID(room) if room else None, int(version), is_drawn=True
            )
            for session, starts, ends, room, version in zip(*map(request.form.getlist, names), strict=True)
        }
    except ValueError:
        raise Invalid("session", gettext("This could not be read. Please open the page again.")) from None


def _hour(written: str) -> datetime | None:
    moment = datetime.fromisoformat(written) if written else None
    if moment and moment.tzinfo:
        raise ValueError("a wall clock has no zone of its own")
    return moment.replace(second=0, microsecond=0) if moment else None


def _wants_json() -> bool:
    return request.accept_mimetypes.best == JSON


def _take(
    event: Event, step: Callable[[], Step | None], deed: str = "place", back: ProgrammeSession | None = None
) -> Answer:
    """What has come of a step: for the script as JSON, for people as a notice on the page that follows."""
    try:
        taken = step()
    except DomainError as error:
        if _wants_json():
            return _refused(event, error)
        if not isinstance(error, Conflict | Invalid):
            raise
        flash(error.message, "attention")
        if back is not None:
            return see_other("programme_desk.place_session", slug=event.slug, session_id=back.id)
        return see_other("programme_desk.editor_page", slug=event.slug, day=_day_asked(request.form.get("day")))
    if _wants_json():
        undoable, redoable = editor_queries.count_steps(g.actor, event)
        state = _state(event, list(taken.after) if taken else [])  # first, for it reads what the message tells of
        return jsonify(message=_told(event, taken, deed), undoable=undoable, redoable=redoable, **state)
    flash(_told(event, taken, deed), "success" if taken else "info")
    day = _day_asked(request.form.get("day")) or (_day_of(back) if back else None)
    return see_other("programme_desk.editor_page", slug=event.slug, day=day)


def _refused(event: Event, error: DomainError) -> Answer:
    rooms = queries.list_rooms(event)
    clashes: Sequence[Any] = error.details.get("clashes", ())  # type: ignore[assignment]  # what `editor` puts there
    response = jsonify(
        error={"code": error.code, "message": error.message},
        clashes=[
            {
                "id": str(clash.session_id),
                "title": clash.title.in_(language()),
                "now": clash.now_in_words(rooms, event.zone),
                "wanted": editor.in_words(clash.wanted, rooms, event.zone),
                "is_final": clash.now is None or clash.is_cancelled,
            }
            for clash in clashes
        ],
        **_state(event, [str(clash.session_id) for clash in clashes]),
    )
    response.status_code = error.status
    return response


def _state(event: Event, session_ids: Sequence[str]) -> dict[str, Any]:
    """Sessions as they are saved now, each with its line of the list, and the conflicts of the day on the screen."""
    day = _day_asked(request.form.get("day"))
    sessions = editor_queries.list_sessions(event, [UUID(key) for key in session_ids]) if session_ids else []
    shown = day or clock.wall(clock.now(), event.zone).date()
    line, day_tabs = (get_template_attribute("programme/_editor.html", name) for name in ("line", "day_tabs"))
    said, counts = _said(event), editor_queries.count_by_day(event)
    cards = editor_day.read_cards(event, shown, sessions)
    kept = [card for card in cards if card.session.state != "deleted"]
    return {
        "sessions": [{**card.as_json(), "line": line(said, card, shown)} for card in kept],
        "gone": [str(card.session.id) for card in cards if card.session.state == "deleted"],
        "conflicts": _conflicts(event, shown) if day else [],
        "days": day_tabs(event, {**counts, shown: counts.get(shown, 0)}, shown) if day else "",
    }


def _said(event: Event) -> dict[str, Any]:
    """The words and addresses that every line of the editor's lists has; `id` stands in these for a session's."""
    badge = get_template_attribute("macros/badges.html", "badge")
    nowhere = str(NOWHERE)
    return {
        "id": nowhere,
        "edit": url_for(".edit_session", slug=event.slug, session_id=nowhere),
        "place": url_for(".place_session", slug=event.slug, session_id=nowhere),
        "kinds": badge_words("session_kind", KINDS),
        "cancelled": badge_words("status", ("cancelled",))["cancelled"],
        "remote": badge_words("mode", ("remote",))["remote"],
        "at_night": badge(gettext("at night"), "attention"),
        "accepted": badge(gettext("Accepted")),
        "conflict": gettext("Conflict"),
        "roomless": gettext("No room"),
        "move": gettext("Move"),
        "schedule": gettext("Schedule"),
    }


def _told(event: Event, step: Step | None, deed: str = "place") -> str:
    if step is None:
        return str(gettext("Nothing has changed: it stood there already."))
    if len(step.after) > 1:
        count = len(step.after)
        many = {
            "place": gettext("%(number)s sessions are moved.", number=count),
            "undo": gettext("Undone: %(number)s sessions are moved back.", number=count),
            "redo": gettext("Redone: %(number)s sessions are moved.", number=count),
        }
        was, now = (step.after, step.before) if deed == "undo" else (step.before, step.after)
        return " ".join(filter(None, (many[deed], _other_days(was, now))))
    ((key, stand),) = (step.before if deed == "undo" else step.after).items()
    session = queries.get_part(event, ProgrammeSession, UUID(key))
    where = editor.in_words(Placement.from_json(stand), queries.list_rooms(event), event.zone)
    title = session.title.in_(language())
    one = {
        "place": gettext("“%(session)s” is now: %(where)s.", session=title, where=where),
        "undo": gettext("Undone: “%(session)s” is again: %(where)s.", session=title, where=where),
        "redo": gettext("Redone: “%(session)s” is now: %(where)s.", session=title, where=where),
    }
    return " ".join(filter(None, (one[deed], twofold.told(Placement.from_json(stand).starts, event.zone))))


def _other_days(was: Mapping[str, Any], now: Mapping[str, Any]) -> str:
    """To which other days sessions have gone, in words; nothing where each stays on its own."""
    days = {key: tuple(Placement.from_json(stands[key]).starts for stands in (was, now)) for key in now}
    others = sorted({to.date() for of, to in days.values() if to and (of is None or of.date() != to.date())})
    if not others:
        return ""
    told = str(gettext(", ")).join(format_day(day, short=True) for day in others)
    return str(gettext("Now on another day: %(days)s.", days=told))


def _scale(day: editor_day.Day) -> str:
    """How high an hour of the grid is: as the address asks, else so that the shortest session can be read."""
    asked = request.args.get("scale", "")
    if asked in SCALES:
        return asked
    return "medium" if any(card.session.length < HALF_HOUR for card in day.cards) else "small"


def _conflicts(event: Event, day: date) -> list[dict[str, Any]]:
    return [
        {
            "kind": conflict.kind,
            "key": conflict.key,
            "sentence": conflict.sentence(language()),
            "is_accepted": bool(conflict.accepted),
            "sessions": [str(session.id) for session in conflict.sessions],
        }
        for conflict in conflicts.find(event, day, actor=g.actor)
    ]
