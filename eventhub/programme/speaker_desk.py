"""The organiser's room of people: who is on the programme, who has answered what, and whom to ask again."""

from __future__ import annotations

from functools import partial
from typing import Any
from uuid import UUID

from flask import flash, g, render_template, request
from flask_babel import gettext, ngettext
from werkzeug.wrappers import Response

from eventhub.events.models import Event
from eventhub.events.policy import may_edit_event, may_open_desk
from eventhub.events.rooms import event_room
from eventhub.foundation import clock
from eventhub.foundation.errors import Conflict, NotFound
from eventhub.foundation.web import see_other
from eventhub.people import policy as people_policy

from . import limits, queries, snapshots, speaker_details, speaker_queries, speakers, stretches
from .desk import bp
from .models import SessionRole, Speaker
from .speaker_forms import CONSENT, SAID, AnswerForm, AvailabilityForm, InviteForm, SpeakerAddressForm
from .speaker_queries import Invitee

Answer = Response | str | tuple[str, int]


@bp.get("/speakers/", endpoint="speakers")
@event_room(may_open_desk)
def speakers_room(event: Event) -> Answer:
    """Everybody on the programme with their sessions, how they take part, and how far they have come to it."""
    sessions = [session for session in queries.list_sessions(event) if session.state != "deleted"]
    invitees = speaker_queries.list_invitees(event)
    return render_template(
        "programme/desk_speakers.html",
        event=event,
        people=queries.appearances(sessions),
        waiting=[one for one in invitees if one.open],
        to_invite=[one for one in invitees if one.proposed],
        may_edit=may_edit_event(g.actor, event),
        may_edit_person=partial(people_policy.may_edit_person, g.actor),
        takes_place=event.status != "cancelled" and not event.is_over(),
    )


@bp.route("/speakers/invite/", methods=["GET", "POST"])
@event_room(may_edit_event)
def invite_speakers(event: Event) -> Answer:
    """Invite people: those who were not asked yet, or the one whom the address names; also again, with more time."""
    named = request.args.get("person", type=UUID)
    found = speaker_queries.list_invitees(event, [named] if named else None)
    invitees = [one for one in found if _can_be_asked(one)]
    chosen = [one for one in invitees if named or one.proposed]
    form = InviteForm.of(invitees, chosen, clock.wall(speakers.usual_answer_by(event), event.zone))

    def save() -> None:
        wanted = form.wanted()
        typed = {one.person.id: row.address.normalised for one, row in wanted if row.address.normalised}
        until = clock.instant(form.answer_by.data, event.zone)
        speakers.invite(g.actor, event.id, [one.person.id for one, _ in wanted], typed, until)

    if form.validate_on_submit() and form.carried_out(save):
        flash(gettext("The invitations are on their way."), "success")
        return see_other("programme_desk.speakers", slug=event.slug)
    return render_template("programme/desk_invite.html", event=event, form=form, rows=form.rows()), form.status


def _can_be_asked(one: Invitee) -> bool:
    return any(part.state in {"proposed", "invited", "confirmed"} for part in one.parts)


@bp.post("/speakers/remind/")
@event_room(may_edit_event)
def remind_speakers(event: Event) -> Answer:
    """Ask those who have not answered once more: all of them, or the one whom the form names."""
    named = request.form.get("person", type=UUID)
    reminded = speakers.remind(g.actor, event.id, [named] if named else None)
    if reminded:
        text = ngettext("A reminder is on its way.", "%(num)s reminders are on their way.", reminded)
        flash(text, "success")
    else:
        flash(gettext("Nobody was reminded: a letter went to all who have not answered within the last hour."), "info")
    return see_other("programme_desk.speakers", slug=event.slug)


@bp.route("/speakers/<uuid:person_id>/parts/", methods=["GET", "POST"])
@event_room(may_edit_event)
def speaker(event: Event, person_id: UUID) -> Answer:
    """One speaker: their parts, what they have told, and where letters to them go."""
    one = speaker_queries.get_invitee(event, person_id)
    form = SpeakerAddressForm(data={"address": one.speaker.address if one.speaker else ""})

    def save() -> None:
        limits.count_change(_speaker_of(one))
        speakers.change_address(g.actor, _speaker_of(one).id, form.address.normalised)

    if form.validate_on_submit() and form.carried_out(save):
        flash(gettext("Letters go to this address from now on. Links in earlier letters are void."), "success")
        return see_other(".speaker", slug=event.slug, person_id=person_id)
    told = one.speaker
    return render_template(
        "programme/desk_speaker.html",
        event=event,
        one=one,
        speaker=told,
        person=one.person,
        form=form,
        stretches=[stretches.parse(text) for text in told.availability] if told else [],
        consent=next(words for key, words in CONSENT.items() if SAID[key] is told.may_record) if told else None,
        may_edit=may_edit_event(g.actor, event),
        may_edit_person=people_policy.may_edit_person(g.actor, one.person),
        takes_place=event.status != "cancelled" and not event.is_over(),
    ), form.status


@bp.route("/speakers/<uuid:person_id>/availability/", methods=["GET", "POST"])
@event_room(may_edit_event)
def speaker_availability(event: Event, person_id: UUID) -> Answer:
    """When a speaker can take part, as they have told an organiser."""
    one = speaker_queries.get_invitee(event, person_id)
    form = _availability_form(event, one)
    wants_row = form.wants_row()

    def save() -> None:
        told = [str(stretch) for stretch in form.told]
        speaker_details.change_availability(g.actor, event.id, person_id, form.zone.data, told, form.version.data)

    def reread() -> tuple[AvailabilityForm, int]:
        now = speaker_queries.get_invitee(event, person_id)
        return _availability_form(event, now, formdata=None), _version_of(now)

    if not form.is_submitted():
        form.begin(_version_of(one))
    elif not wants_row and form.validate() and form.carried_out(save, reread):
        flash(gettext("Saved. Conflicts are looked for by it from now on."), "success")
        for told in form.twice():
            flash(told, "info")
        return see_other(".speaker", slug=event.slug, person_id=person_id)
    return render_template("programme/desk_availability.html", event=event, person=one.person, form=form), form.status


def _availability_form(event: Event, one: Invitee, **options: Any) -> AvailabilityForm:
    speaker, person = one.speaker, one.person
    zone = (speaker.zone if speaker else None) or person.zone or event.zone
    return AvailabilityForm.over(zone, speaker.availability if speaker else (), **options)


def _version_of(one: Invitee) -> int:
    return one.speaker.version if one.speaker else 0


@bp.route(
    "/speakers/<uuid:person_id>/parts/<uuid:role_id>/<any(decline,withdraw,remote,back):deed>/", methods=["GET", "POST"]
)
@event_room(may_edit_event)
def speaker_part(event: Event, person_id: UUID, role_id: UUID, deed: str) -> Answer:
    """A part declined or given up for somebody, or taken from afar or in the room; each with its reason."""
    one = speaker_queries.get_invitee(event, person_id)
    part = _part_of(one, role_id, asked=deed != "withdraw")
    mode = {"remote": "remote", "back": "in_person"}.get(deed)
    concerned = speaker_queries.moving(one.parts, mode, part) if mode else [part]
    form = AnswerForm.of(concerned, needs_reason=deed != "back")

    number = snapshots.newest_number(event.id)

    def save() -> None:
        reason = form.reason.data or ""
        told = speakers.begin(g.actor, event.id, person_id)
        if mode:
            speakers.change_mode(g.actor, told.id, form.role_ids, mode, reason)
        elif deed == "decline":
            speakers.answer(g.actor, told.id, [role_id], accepts=False, reason=reason)
        else:
            speakers.withdraw(g.actor, told.id, role_id, reason)

    try:
        if form.validate_on_submit() and form.carried_out(save):
            flash(_saved(event, number), "success")
            return see_other(".speaker", slug=event.slug, person_id=person_id)
    except Conflict as refusal:
        flash(refusal.message, "attention")
        return see_other(".speaker", slug=event.slug, person_id=person_id)
    return render_template(
        "programme/desk_speaker_part.html",
        event=event,
        person=one.person,
        part=part,
        deed=deed,
        form=form,
        has_several=len(concerned) > 1,
    ), form.status


@bp.route("/speakers/parts/<uuid:role_id>/withdraw/", methods=["GET", "POST"])
@event_room(may_edit_event)
def named_part(event: Event, role_id: UUID) -> Answer:
    """A part given up for somebody who has no page here, for the programme knows their name alone."""
    part = speaker_queries.get_named_part(event, role_id)
    form = AnswerForm.of([part], needs_reason=True)
    number = snapshots.newest_number(event.id)

    def save() -> None:
        speakers.withdraw_named(g.actor, event.id, role_id, form.reason.data or "")

    if form.validate_on_submit() and form.carried_out(save):
        flash(_saved(event, number), "success")
        return see_other(".speakers", slug=event.slug)
    return render_template(
        "programme/desk_speaker_part.html",
        event=event,
        person=None,
        part=part,
        deed="withdraw",
        form=form,
        has_several=False,
    ), form.status


def _saved(event: Event, before: int) -> str:
    """What is told of a part that is given up or taken otherwise; `before` is the number of the release until then."""
    newest = snapshots.newest_number(event.id)
    if newest == before:
        return str(gettext("Saved."))
    return str(
        gettext(
            "Saved. Correction %(number)s is public; those with a part in the session are written to.", number=newest
        )
    )


@bp.post("/speakers/<uuid:person_id>/parts/<uuid:role_id>/<any(confirm,propose):deed>/")
@event_room(may_edit_event)
def settle_part(event: Event, person_id: UUID, role_id: UUID, deed: str) -> Answer:
    """A part confirmed for somebody who has said so, or open again after it was given up."""
    _part_of(speaker_queries.get_invitee(event, person_id), role_id)
    told = speakers.begin(g.actor, event.id, person_id)
    try:
        if deed == "confirm":
            speakers.answer(g.actor, told.id, [role_id], accepts=True)
            flash(gettext("The part is confirmed."), "success")
        else:
            speakers.propose_again(g.actor, told.id, role_id)
            flash(gettext("You can invite this person again now."), "success")
    except Conflict as refusal:
        flash(refusal.message, "attention")
    return see_other(".speaker", slug=event.slug, person_id=person_id)


@bp.post("/speakers/<uuid:person_id>/new-link/")
@event_room(may_edit_event)
def rotate_speaker(event: Event, person_id: UUID) -> Answer:
    """End a speaker's private links and send them new ones."""
    one = speaker_queries.get_invitee(event, person_id)
    limits.count_change(_speaker_of(one))
    speakers.rotate_link(g.actor, _speaker_of(one).id)
    flash(gettext("The old link is void. A letter with the new one is on its way."), "success")
    return see_other(".speaker", slug=event.slug, person_id=person_id)


def _speaker_of(one: Invitee) -> Speaker:
    if one.speaker is None:
        raise NotFound
    return one.speaker


def _part_of(one: Invitee, role_id: UUID, *, asked: bool = True) -> SessionRole:
    part = next((part for part in one.parts if part.id == role_id), None)
    if part is None or (asked and part.state == "proposed"):  # for which nobody was asked yet
        raise NotFound
    return part


def attention(event: Event) -> str | None:
    """Who was not asked, or has not answered, as items of the overview's list, for those who can ask."""
    if not may_edit_event(g.actor, event) or event.status == "cancelled" or event.is_over():
        return None
    proposed, lapsed, waiting = speaker_queries.count_unanswered(event)
    return render_template(
        "programme/_desk_answers.html", event=event, proposed=proposed, lapsed=lapsed, waiting=waiting
    )
