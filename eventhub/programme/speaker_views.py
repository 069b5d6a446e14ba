"""A speaker's own page, opened by their private link, and all that they can do there without an account.

Looking changes nothing, for programs that check letters open every link in them: even what is new stays new until its
reader says that they have read it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from flask import flash, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from eventhub.events.models import Event
from eventhub.events.policy import is_shown
from eventhub.foundation import clock
from eventhub.foundation.actor import Actor
from eventhub.foundation.db import get
from eventhub.foundation.errors import Conflict, NotFound, TooMany
from eventhub.foundation.i18n import LOCALES, Translated, gap, language
from eventhub.foundation.web import private_page, see_other

from . import limits, policy, public, speaker_details, speaker_queries, speakers, stretches, telling, twofold
from .forms import LANGUAGES
from .models import SessionRole, Speaker
from .speaker_forms import (
    CONSENT,
    SAID,
    AnswerForm,
    CoSpeakerForm,
    OwnProfileForm,
    PresentationForm,
    WishesForm,
)
from .views import bp

Answer = Response | str | tuple[str, int]
MODE_OF = {"remote": "remote", "back": "in_person"}


@dataclass(frozen=True, slots=True)
class ShownPart:
    """A part as its speaker sees it: with the hours and the room that the public sees, as soon as it sees any."""

    role: SessionRole
    starts_at: datetime | None
    ends_at: datetime | None
    room: Translated | None
    is_cancelled: bool
    address: str | None
    takes_place: bool

    @property
    def can_change(self) -> bool:
        """Whether there is still something to be said about taking part."""
        return self.takes_place and speaker_queries.can_change(self.role) and not self.is_cancelled

    def which(self, *zones: str) -> list[str]:
        """Which of two hours is meant, for each of these zones whose clock shows its start or its end twice."""
        moments = (self.starts_at, self.ends_at)
        return list(filter(None, (twofold.which(at, zone) for zone in dict.fromkeys(zones) for at in moments)))

    @property
    def is_announced(self) -> bool:
        """Whether its person has said yes: only then does a programme name them."""
        return self.role.state == "confirmed"

    @property
    def presents(self) -> bool:
        """Whether it is a presentation with a title: who sits on a panel only may have one."""
        return self.role.role in {"keynote", "presenter"}

    @property
    def held(self) -> SessionRole | None:
        """The part that has the title and the abstract of what is presented here, where anything is."""
        return speaker_queries.presentation_of(self.role) if self.role.role in speaker_queries.PRESENTING else None

    @property
    def others(self) -> list[SessionRole]:
        """Who presents the same."""
        return speaker_queries.presenting_with(self.role)


@bp.get("/speak/<token>/")
@private_page
def speak(token: str) -> Answer:
    """All that a speaker has to know and can do."""
    actor, speaker, event = _enter(token)
    parts = speaker_queries.list_parts(speaker)
    shown = _shown(event, parts)
    may_edit_profile = policy.may_edit_profile(actor, speaker, event)
    return render_template(
        "programme/speak.html",
        token=token,
        speaker=speaker,
        person=speaker.person,
        event=event,
        zone=speaker_queries.zone_of(speaker, event),
        parts=shown,
        open_parts=[part for part in parts if speaker_queries.is_open(part)],
        has_lapsed=speaker_queries.has_lapsed(speaker),
        takes_place=_takes_place(event),
        is_shown=is_shown(event),
        may_edit_profile=may_edit_profile,
        missing=_missing(token, speaker, shown, may_edit_profile=may_edit_profile),
        stretches=[stretches.parse(text) for text in speaker.availability],
        consent=next(words for key, words in CONSENT.items() if SAID[key] is speaker.may_record),
        languages=LANGUAGES,
        changes=telling.tell_speaker(speaker),
    )


def _enter(token: str) -> tuple[Actor, Speaker, Event]:
    actor, speaker = speaker_queries.get_by_link(token)
    return actor, speaker, get(Event, speaker.event_id)


def _takes_place(event: Event) -> bool:
    return event.status != "cancelled" and not event.is_over()


def _shown(event: Event, parts: Sequence[SessionRole]) -> list[ShownPart]:
    state = public.public_state(event)
    found = []
    for part in parts:
        released = state.session_of(part.session_id)
        seen = released or part.session
        found.append(
            ShownPart(
                part,
                seen.starts_at,
                seen.ends_at,
                seen.room.name if seen.room else None,
                part.session.state == "cancelled" or bool(released and released.is_cancelled),
                url_for(".session", slug=event.slug, session=released.slug) if released and is_shown(event) else None,
                _takes_place(event),
            )
        )
    return found


def _missing(
    token: str, speaker: Speaker, parts: Sequence[ShownPart], *, may_edit_profile: bool
) -> list[tuple[str, str]]:
    """What the organisers still wait for from somebody who comes, as words and addresses."""
    coming = [part for part in parts if part.role.state == "confirmed" and part.can_change]
    if not coming:
        return []
    untitled = [part.role for part in coming if part.presents and part.held and not part.held.presentation_title]
    found = [
        (
            gettext("The title of what you present: %(session)s", session=role.session.title.in_(language())),
            url_for(".speak_presentation", token=token, role_id=role.id),
        )
        for role in untitled
    ]
    if may_edit_profile and any(not speaker.person.biography.texts.get(lang) for lang in LOCALES):
        found.append((gettext("Your biography in both languages"), url_for(".speak_profile", token=token)))
    if speaker.may_record is None:
        found.append((gettext("Whether your part may be recorded"), url_for(".speak_wishes", token=token)))
    return found


@bp.route("/speak/<token>/answer/", methods=["GET", "POST"])
@private_page
def speak_answer(token: str) -> Answer:
    """Confirm or decline all parts, or some of them."""
    actor, speaker, event = _enter(token)
    open_parts = [part for part in speaker_queries.list_parts(speaker) if speaker_queries.is_open(part)]
    if not _takes_place(event):
        flash(gettext("No answer is needed any more."), "info")
        return see_other(".speak", token=token)
    if request.method == "GET" and not open_parts:
        flash(gettext("You have answered already."), "info")
        return see_other(".speak", token=token)
    has_lapsed = speaker_queries.has_lapsed(speaker)
    form = AnswerForm.of(open_parts, needs_reason=has_lapsed or None)
    accepts = request.form.get("accepts") == "yes"

    def save() -> None:
        speakers.answer(actor, speaker.id, form.role_ids, accepts=accepts, reason=form.reason.data or "")

    try:
        if form.validate_on_submit() and form.carried_out(save):
            flash(_thanks(event, accepts=accepts), "success")
            return see_other(".speak", token=token)
    except Conflict as refusal:
        flash(refusal.message, "attention")
        return see_other(".speak", token=token)
    return render_template(
        "programme/speak_answer.html",
        token=token,
        speaker=speaker,
        event=event,
        form=form,
        has_several=len(open_parts) > 1,
        has_lapsed=has_lapsed,
    ), form.status


def _thanks(event: Event, *, accepts: bool) -> str:
    if accepts:
        return str(gettext("Thank you: you have confirmed. The organisers have been told."))
    said = gettext("You have declined, and the organisers have been told. Thank you for letting them know.")
    if not event.contact_address:
        return str(said)
    then = gettext("Should you change your mind, write to %(address)s.", address=event.contact_address)
    return f"{said}{gap()}{then}"


@bp.route("/speak/<token>/parts/<uuid:role_id>/<any(remote,back,withdraw):deed>/", methods=["GET", "POST"])
@private_page
def speak_part(token: str, role_id: UUID, deed: str) -> Answer:
    """Take part from afar, in the room after all, or not at all; each after a question."""
    actor, speaker, event = _enter(token)
    part = _own(event, speaker, role_id)
    concerned = [part.role]
    if mode := MODE_OF.get(deed):
        concerned = speaker_queries.moving(speaker_queries.list_parts(speaker), mode, part.role)
    form = AnswerForm.of(concerned, needs_reason=deed != "back")

    def save() -> None:
        reason = form.reason.data or ""
        limits.count_change(speaker)
        if mode:
            speakers.change_mode(actor, speaker.id, form.role_ids, mode, reason)
        else:
            speakers.withdraw(actor, speaker.id, role_id, reason)

    try:
        if form.validate_on_submit() and form.carried_out(save):
            flash(gettext("This is done, and the organisers have been told."), "success")
            return see_other(".speak", token=token)
    except (Conflict, TooMany) as refusal:
        flash(refusal.message, "attention")
        return see_other(".speak", token=token)
    is_late = part.role.state == "invited" and speaker_queries.has_lapsed(speaker)
    if (is_late or not part.can_change) and not form.is_submitted():
        return see_other(".speak", token=token)
    return render_template(
        "programme/speak_part.html",
        token=token,
        event=event,
        part=part,
        deed=deed,
        form=form,
        has_several=len(concerned) > 1,
        zone=speaker_queries.zone_of(speaker, event),
        days=_days_until(concerned),
    ), form.status


def _days_until(parts: Sequence[SessionRole]) -> int | None:
    """In how many days the first of these sessions begins, where any has hours."""
    starts = [part.session.starts_at for part in parts if part.session.starts_at]
    return (min(starts) - clock.now()).days if starts else None


def _own(event: Event, speaker: Speaker, role_id: UUID) -> ShownPart:
    return _shown(event, [speakers.own_part(speaker, role_id)])[0]


@bp.route("/speak/<token>/parts/<uuid:role_id>/presentation/", methods=["GET", "POST"])
@private_page
def speak_presentation(token: str, role_id: UUID) -> Answer:
    """What is presented, in both languages."""
    actor, speaker, event = _enter(token)
    part = _own(event, speaker, role_id)
    held = part.held
    if held is None or not part.can_change:
        raise NotFound
    form = PresentationForm.of(held)

    def save() -> None:
        speaker_details.change_presentation(actor, role_id, **form.texts(held), version=form.version.data)

    if not form.is_submitted():
        form.begin(held.version)
    elif form.validate() and form.carried_out(save, lambda: (PresentationForm.of(held, formdata=None), held.version)):
        flash(gettext("Saved."), "success")
        return see_other(".speak", token=token)
    return render_template(
        "programme/speak_presentation.html", token=token, event=event, part=part, held=held, form=form
    ), form.status


@bp.route("/speak/<token>/parts/<uuid:role_id>/co-speaker/", methods=["GET", "POST"])
@private_page
def speak_co_speaker(token: str, role_id: UUID) -> Answer:
    """Propose somebody to present together with; the organisers then invite them."""
    actor, speaker, event = _enter(token)
    part = _own(event, speaker, role_id)
    if part.held is None or not part.can_change:
        raise NotFound
    form = CoSpeakerForm(data={"language": language(), "family_first": language() == "zh"})

    def save() -> None:
        speaker_details.invite_co_speaker(actor, role_id, form.names, form.address.data or "", form.language.data)

    try:
        if form.validate_on_submit() and form.carried_out(save):
            flash(gettext("The organisers have been told, and can invite this person now."), "success")
            return see_other(".speak", token=token)
    except Conflict as refusal:
        form.form_errors.append(refusal.message)
    return render_template(
        "programme/speak_co_speaker.html", token=token, event=event, part=part, form=form
    ), form.status


@bp.route("/speak/<token>/profile/", methods=["GET", "POST"])
@private_page
def speak_profile(token: str) -> Answer:
    """Who the speaker is: names, biography, where they come from, and in which language they read letters."""
    actor, speaker, event = _enter(token)
    if not policy.may_edit_profile(actor, speaker, event):
        raise NotFound
    person = speaker.person
    form = OwnProfileForm(person)

    def save() -> None:
        speaker_details.change_profile(actor, speaker.id, form.profile, form.version.data)

    if not form.is_submitted():
        form.begin(person.version)
    elif form.validate() and form.carried_out(save, lambda: (OwnProfileForm(person, formdata=None), person.version)):
        flash(gettext("Saved."), "success")
        return see_other(".speak", token=token)
    return render_template(
        "programme/speak_profile.html", token=token, speaker=speaker, event=event, form=form
    ), form.status


@bp.route("/speak/<token>/wishes/", methods=["GET", "POST"])
@private_page
def speak_wishes(token: str) -> Answer:
    """When the speaker can come, what they need, and whether they may be recorded."""
    actor, speaker, event = _enter(token)
    form = WishesForm.of(speaker, event)
    wants_row = form.wants_row()

    def save() -> None:
        speaker_details.change_desk(actor, speaker.id, form.wishes, form.version.data)

    def reread() -> tuple[WishesForm, int]:
        return WishesForm.of(speaker, event, formdata=None), speaker.version

    if not form.is_submitted():
        form.begin(speaker.version)
    elif not wants_row and form.validate() and form.carried_out(save, reread):
        flash(gettext("Saved."), "success")
        for told in form.twice():
            flash(told, "info")
        return see_other(".speak", token=token)
    return render_template("programme/speak_wishes.html", token=token, event=event, form=form), form.status


@bp.post("/speak/<token>/seen/")
@private_page
def speak_seen(token: str) -> Answer:
    """What is new is read."""
    actor, speaker, _ = _enter(token)
    speaker_details.mark_seen(actor, speaker.id)
    return see_other(".speak", token=token)


@bp.post("/speak/<token>/erase/")
@private_page
def speak_erase(token: str) -> Answer:
    """What a speaker told of themself, erased."""
    actor, speaker, _ = _enter(token)
    speaker_details.erase_details(actor, speaker.id)
    flash(gettext("It is erased."), "success")
    return see_other(".speak", token=token)


@bp.post("/speak/<token>/new-link/")
@private_page
def speak_rotate(token: str) -> Answer:
    """End this link and have another sent; the page does not lead to it, for whoever found the old one may read it."""
    actor, speaker, event = _enter(token)
    speakers.rotate_link(actor, speaker.id)
    return render_template("programme/speak_link_ended.html", event=event)
