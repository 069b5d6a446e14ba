"""The organiser's desk, as far as an event's programme and the people on it go."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from itertools import groupby
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, g, get_template_attribute, render_template, request, url_for
from flask_babel import gettext
from sqlalchemy.orm import defer, load_only, selectinload
from werkzeug.wrappers import Response

from eventhub.events.models import Event
from eventhub.events.policy import may_edit_event, may_open_desk
from eventhub.events.rooms import event_room
from eventhub.foundation.errors import Conflict, Forbidden
from eventhub.foundation.files_web import PictureForm
from eventhub.foundation.forms import EditForm, texts_of, written
from eventhub.foundation.i18n import EMPTY, LOCALES, gaps
from eventhub.foundation.links import NOWHERE
from eventhub.foundation.permissions import require
from eventhub.foundation.web import see_other
from eventhub.people import policy as people_policy
from eventhub.people import services as people
from eventhub.people.models import Person

from . import conflicts, queries, releases, services, snapshots, stretches
from .forms import (
    MoveForm,
    PersonForm,
    RoomForm,
    SessionForm,
    TrackForm,
    blank_person,
    named,
    values_of_session,
)
from .models import KINDS, MODES, PART_STATES, ROLES, ProgrammeSession, Room, SessionRole, Track

bp = Blueprint("programme_desk", __name__, url_prefix="/<any(en,zh):lang>/organise/events/<slug>")
Answer = Response | str | tuple[str, int]


@bp.get("/programme/")
@event_room(may_open_desk)
def programme(event: Event) -> Answer:
    """All sessions by day; those without hours before them, the deleted ones after them."""
    sessions = queries.list_sessions(event, *_SHOWN)
    kept = [session for session in sessions if session.state != "deleted"]
    return render_template(
        "programme/desk_programme.html",
        event=event,
        days=[(day, list(of_day)) for day, of_day in groupby(kept, key=_day)],
        deleted=[session for session in sessions if session.state == "deleted"],
        waiting=releases.count_waiting(event),
        open_conflicts=conflicts.count_open(event, actor=g.actor),
        may_edit=may_edit_event(g.actor, event),
        # A word or an address costs as much as all else in a line: each is made once.
        roles=badge_words("role_word", ROLES),
        kinds=badge_words("session_kind", KINDS),
        modes=badge_words("mode", MODES),
        states=badge_words("part_state", PART_STATES),
        address=url_for(".edit_session", slug=event.slug, session_id=NOWHERE).removesuffix(f"{NOWHERE}/"),
    )


# What the page shows of a thousand sessions, and no long texts.
_SHOWN = (
    defer(ProgrammeSession.abstract),
    selectinload(ProgrammeSession.speakers).options(
        load_only(SessionRole.person_id, SessionRole.role, SessionRole.mode, SessionRole.state, SessionRole.name),
        selectinload(SessionRole.person).load_only(Person.names),
    ),
)


def badge_words(macro: str, values: Iterable[str]) -> dict[str, str]:
    """What a macro of the badges makes of each of these values."""
    word = get_template_attribute("macros/badges.html", macro)
    return {value: word(value) for value in values}


def _day(session: ProgrammeSession) -> date | None:
    return session.starts.date() if session.starts else None


@bp.route("/programme/sessions/new/", methods=["GET", "POST"])
@event_room(may_edit_event)
def add_session(event: Event) -> Answer:
    """A new session."""
    form = SessionForm(
        data={"starts": event.starts, "room_id": "", "track_id": "", "language": ""}, wall_zone=event.zone
    )
    wants_row = form.wants_row()
    _offer(form, event)

    def save() -> None:
        services.add_session(g.actor, event.id, form.plan(None, event.main_language))

    if form.is_submitted() and not wants_row and form.validate() and form.carried_out(save):
        flash(gettext("The session is in the programme."), "success")
        return see_other("programme_desk.programme", slug=event.slug)
    return render_template("programme/desk_session.html", form=form, event=event, session=None), form.status


@bp.route("/programme/sessions/<uuid:session_id>/", methods=["GET", "POST"])
@event_room(may_edit_event)
def edit_session(event: Event, session_id: UUID) -> Answer:
    """A session and the people in it."""
    session = queries.get_part(event, ProgrammeSession, session_id)
    number = snapshots.newest_number(event.id)
    form = SessionForm(data=values_of_session(session), wall_zone=event.zone)
    wants_row = form.wants_row()
    _offer(form, event, session)

    def save() -> None:
        plan = form.plan(session, event.main_language)
        corrects = "corrects" in request.form
        services.change_session(g.actor, session.id, plan, version=form.version.data, corrects=corrects)

    def reread() -> tuple[SessionForm, int]:
        theirs = SessionForm(formdata=None, data=values_of_session(session), wall_zone=event.zone)
        _offer(theirs, event, session)
        return theirs, session.version

    if not form.is_submitted():
        form.begin(session.version)
    elif not wants_row and form.validate() and form.carried_out(save, reread):
        flash(*_saved(session, number, snapshots.newest_number(event.id)))
        return see_other("programme_desk.programme", slug=event.slug)
    return render_template("programme/desk_session.html", form=form, event=event, session=session), form.status


def _saved(session: ProgrammeSession, before: int, after: int) -> tuple[str, str]:
    """What is told of a saved session, and how; `before` and `after` are the numbers of the newest releases."""
    if session.state == "deleted":
        return gettext("Saved, but the session is deleted. It can be brought back below."), "attention"
    if session.state == "cancelled":
        return gettext("Saved. The session is cancelled."), "attention"
    if "corrects" not in request.form and before:
        text = gettext("Saved in the draft. It is public with the next release, and those concerned hear of it then.")
        return text, "success"
    if "corrects" not in request.form:
        return gettext("Saved."), "success"
    if after == before:
        return gettext("Saved. There was nothing to correct in the public text."), "success"
    return gettext("Saved. Correction %(number)s is public; nobody is written to.", number=after), "success"


def _offer(form: SessionForm, event: Event, session: ProgrammeSession | None = None) -> None:
    here = [role.person_id for role in session.speakers if role.person_id] if session else []
    form.offer(
        rooms=queries.list_rooms(event),
        tracks=queries.list_tracks(event),
        people=queries.list_known_people(g.actor, here),
        sessions=[one for one in queries.list_titles(event) if one is not session],
    )


@bp.route("/programme/sessions/<uuid:session_id>/move/", methods=["GET", "POST"])
@event_room(may_edit_event)
def move_session(event: Event, session_id: UUID) -> Answer:
    """A session at another hour, as long as before."""
    session = queries.get_part(event, ProgrammeSession, session_id)
    form = _move_form(event, session)

    def save() -> None:
        room_id = UUID(form.room_id.data) if form.room_id.data else None
        services.move_session(g.actor, session.id, form.starts.data, room_id, version=form.version.data)

    if not form.is_submitted():
        form.begin(session.version)
    elif form.validate() and is_carried_out(
        form, save, lambda: (_move_form(event, session, formdata=None), session.version)
    ):
        is_public = snapshots.newest_number(event.id) > 0
        told = gettext(
            "The session is moved in the draft. With the next release it is public, and those concerned hear of it."
        )
        flash(told if is_public else gettext("The session is moved."), "success")
        return see_other("programme_desk.programme", slug=event.slug)
    return render_template("programme/desk_move.html", form=form, event=event, session=session), form.status


def is_carried_out(form: EditForm, save: Callable[[], None], reread: Callable[[], tuple[EditForm, int]]) -> bool:
    """Whether it is saved; where not the form says why, also where a session cannot be moved any more."""
    try:
        return form.carried_out(save, reread)
    except Conflict as error:
        form.form_errors.append(error.message)
        return False


def _move_form(event: Event, session: ProgrammeSession, **options: Any) -> MoveForm:
    shown = {"starts": session.starts or event.starts, "room_id": str(session.room_id or "")}
    form = MoveForm(data=shown, wall_zone=event.zone, **options)
    form.room_id.choices = named(queries.list_rooms(event))
    return form


@bp.route("/programme/sessions/<uuid:session_id>/<any(cancel,delete):deed>/", methods=["GET", "POST"])
@event_room(may_edit_event)
def withdraw_session(event: Event, session_id: UUID, deed: str) -> Answer:
    """Ask before a session is cancelled or deleted, then do it."""
    session = queries.get_part(event, ProgrammeSession, session_id)
    if request.method == "GET":
        return render_template("programme/desk_withdraw.html", event=event, session=session, deed=deed)
    if deed == "cancel" and services.cancel_session(g.actor, session.id).state == "deleted":
        flash(gettext("The session is deleted. It can be brought back below."), "attention")
    elif deed == "cancel":
        flash(gettext("The session is announced as cancelled."), "success")
    else:
        services.delete_session(g.actor, session.id)
        flash(gettext("The session is out of the draft. It can be brought back below."), "success")
    return see_other("programme_desk.programme", slug=event.slug)


@bp.post("/programme/sessions/<uuid:session_id>/restore/")
@event_room(may_edit_event)
def restore_session(event: Event, session_id: UUID) -> Answer:
    """A cancelled or deleted session, scheduled again."""
    services.restore_session(g.actor, queries.get_part(event, ProgrammeSession, session_id).id)
    flash(gettext("The session is in the draft again."), "success")
    return see_other("programme_desk.programme", slug=event.slug)


@bp.get("/programme/rooms/")
@event_room(may_open_desk)
def rooms(event: Event) -> Answer:
    """The rooms and tracks of the programme."""
    return render_template(
        "programme/desk_rooms.html",
        event=event,
        rooms=queries.list_rooms(event),
        tracks=queries.list_tracks(event),
        may_edit=may_edit_event(g.actor, event),
    )


@bp.route("/programme/rooms/new/", methods=["GET", "POST"])
@bp.route("/programme/rooms/<uuid:room_id>/", methods=["GET", "POST"])
@event_room(may_edit_event)
def room(event: Event, room_id: UUID | None = None) -> Answer:
    """A room: new, or under another name."""
    kept = queries.get_part(event, Room, room_id) if room_id else None

    def form_over(**options: Any) -> RoomForm:
        if kept is None:
            return RoomForm(**options)
        values = {key: getattr(kept, key) for key in ("capacity", "is_virtual", "equipment", "meeting_account")}
        values["availability"] = "\n".join(kept.availability).replace("T", " ")
        return RoomForm(data={**texts_of(name=kept.name), **values}, **options)

    form = form_over()

    def save() -> None:
        services.save_room(
            g.actor,
            event.id,
            written(form, "name", kept.name if kept else EMPTY, event.main_language),
            capacity=form.capacity.data,
            is_virtual=form.is_virtual.data,
            equipment=form.equipment.data or (),
            availability=[str(one) for one in stretches.parse_all((form.availability.data or "").splitlines())],
            meeting_account=form.meeting_account.data or "",
            room_id=room_id,
            version=form.version.data,
        )

    return _part(event, kept, form, save, form_over)


@bp.route("/programme/tracks/new/", methods=["GET", "POST"])
@bp.route("/programme/tracks/<uuid:track_id>/", methods=["GET", "POST"])
@event_room(may_edit_event)
def track(event: Event, track_id: UUID | None = None) -> Answer:
    """A track: new, or under another name or in another colour."""
    kept = queries.get_part(event, Track, track_id) if track_id else None

    def form_over(**options: Any) -> TrackForm:
        if kept is None:
            return TrackForm(**options)
        return TrackForm(data={**texts_of(name=kept.name), "colour": kept.colour}, **options)

    form = form_over()

    def save() -> None:
        name = written(form, "name", kept.name if kept else EMPTY, event.main_language)
        services.save_track(g.actor, event.id, name, form.colour.data, track_id=track_id, version=form.version.data)

    return _part(event, kept, form, save, form_over)


def _part(
    event: Event,
    part: Room | Track | None,
    form: EditForm,
    save: Callable[[], None],
    form_over: Callable[..., EditForm],
) -> Answer:
    if part is not None and not form.is_submitted():
        form.begin(part.version)
    reread = (lambda: (form_over(formdata=None), part.version)) if part else None
    if form.validate_on_submit() and form.carried_out(save, reread):
        flash(gettext("Saved."), "success")
        return see_other("programme_desk.rooms", slug=event.slug)
    return render_template("programme/desk_part.html", event=event, form=form, part=part), form.status


@bp.post("/programme/rooms/<uuid:room_id>/remove/")
@event_room(may_edit_event)
def remove_room(event: Event, room_id: UUID) -> Answer:
    """No such room any more, where no session is held in it."""
    services.remove_room(g.actor, queries.get_part(event, Room, room_id).id)
    flash(gettext("The room is gone."), "success")
    return see_other("programme_desk.rooms", slug=event.slug)


@bp.post("/programme/tracks/<uuid:track_id>/remove/")
@event_room(may_edit_event)
def remove_track(event: Event, track_id: UUID) -> Answer:
    """No such track any more, where no session belongs to it."""
    services.remove_track(g.actor, queries.get_part(event, Track, track_id).id)
    flash(gettext("The track is gone."), "success")
    return see_other("programme_desk.rooms", slug=event.slug)


@bp.route("/speakers/new/", methods=["GET", "POST"])
@event_room(may_edit_event)
def add_person(event: Event) -> Answer:
    """Somebody whom the organisation knows from now on, to be put on programmes."""
    form = PersonForm(blank_person())

    def save() -> None:
        people.add_person(g.actor, form.profile, known_to=_keeper(event))

    if form.validate_on_submit() and form.carried_out(save):
        flash(gettext("Now this person can be chosen in every session."), "success")
        return see_other("programme_desk.known_people", slug=event.slug)
    return render_template("programme/desk_person.html", event=event, form=form, person=None), form.status


def _keeper(event: Event) -> UUID:
    """The organisation of the organiser's own that runs the event: only it finds whom they add."""
    running = [event.organisation_id, *(p.organisation_id for p in event.partners if p.part == "co_organiser")]
    for organisation_id in running:
        if people_policy.may_add_person(g.actor, organisation_id):
            return organisation_id
    raise Forbidden(gettext("You may not do this."))


@bp.route("/speakers/<uuid:person_id>/", methods=["GET", "POST"])
@event_room(may_edit_event)
def edit_person(event: Event, person_id: UUID) -> Answer:
    """The profile of somebody whom only one's own organisation knows."""
    person = queries.get_known_person(g.actor, person_id)
    require(people_policy.may_edit_person(g.actor, person), hidden=True)
    form = PersonForm(person)

    def save() -> None:
        people.change_profile(g.actor, person.id, form.profile, version=form.version.data)

    if not form.is_submitted():
        form.begin(person.version)
    elif form.validate() and form.carried_out(save, lambda: (PersonForm(person, formdata=None), person.version)):
        flash(gettext("Saved."), "success")
        return see_other("programme_desk.speakers", slug=event.slug)
    photo_form = PictureForm(formdata=None)
    return render_template(
        "programme/desk_person.html", event=event, form=form, person=person, photo_form=photo_form
    ), form.status


def attention(event: Event) -> str:
    """What of the programme needs attention, as items of the overview's list: of what took place, what can be read."""
    if event.status == "cancelled":
        return ""
    is_over = event.is_over()
    # By columns: the people of a large programme, of whom nothing is told here, would be most of what is read.
    sessions = queries.list_scheduled(event)
    texts = [text for kind, _, title, abstract in sessions if kind != "break" for text in (title, abstract)]
    return render_template(
        "programme/_desk_attention.html",
        event=event,
        has_sessions=bool(sessions),
        waiting=releases.count_waiting(event),
        unplaced=0 if is_over else sum(1 for _, is_unplaced, *_ in sessions if is_unplaced),
        open_conflicts=0 if is_over else conflicts.count_open(event, actor=g.actor),
        gaps=gaps(texts, event.published_languages or LOCALES),
    )


def steps(event: Event) -> str:
    """The programme's step to publication."""
    return render_template("programme/_desk_steps.html", event=event, is_done=queries.has_scheduled(event))
