"""Asking people for their parts in a programme, and what they answer.

Whoever changes something here first locks the event's row, the lock of its whole programme: of two answers to one
question the second meets what the first has left, and no save of an organiser passes an answer by.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from uuid import UUID

from flask_babel import gettext
from sqlalchemy.orm.attributes import flag_modified

from eventhub.events.models import Event
from eventhub.events.policy import may_edit_event
from eventhub.foundation import clock
from eventhub.foundation.actor import SYSTEM, Actor
from eventhub.foundation.db import announce, db, get, use_case
from eventhub.foundation.errors import Conflict, Invalid, NotFound
from eventhub.foundation.i18n import format_zoned, spaced
from eventhub.foundation.permissions import require
from eventhub.people.addresses import normalise

from . import participation, policy, speaker_queries
from .models import SessionRole, Speaker
from .settings import settings_of
from .signals import (
    PartProposedAgain,
    SpeakerAnswered,
    SpeakerInvited,
    SpeakerLinkRotated,
    SpeakerModeChosen,
    SpeakerReminded,
)
from .speaker_queries import Invitee

# A double click is no second letter, and "remind all" after "remind one" does not write to the same person twice.
QUIET = timedelta(hours=1)
LONGEST_REASON = 500


@use_case
def invite(
    actor: Actor,
    event_id: UUID,
    person_ids: Collection[UUID],
    addresses: Mapping[UUID, str] | None = None,
    answer_by: datetime | None = None,
) -> list[Speaker]:
    """People asked, by a letter with their private link, to confirm the parts that were proposed for them.

    Who has confirmed all of their parts gets the link to their page without a question; who was asked before, and has
    not answered, is asked anew and has until `answer_by` from now on. `addresses` are used for those who have none of
    their own. Raises NotFound for whoever has no part, Invalid where there is no address or the time is over, and
    Conflict where somebody wants none of their parts.
    """
    event = _open(actor, event_id)
    now = clock.now()
    until = answer_by or usual_answer_by(event)
    if until <= now:
        raise Invalid("answer_by", gettext("Choose a time that is still to come."))
    found = speaker_queries.list_invitees(event, person_ids)
    if {one.person.id for one in found} != set(person_ids):
        raise NotFound
    return [_ask(event, one, (addresses or {}).get(one.person.id), until, now) for one in found]


@use_case
def remind(actor: Actor, event_id: UUID, person_ids: Collection[UUID] | None = None) -> int:
    """Those who have not answered, or those among these, asked once more by letter; how many they are.

    Nobody to whom we wrote within the last hour is among them. Whose time to answer is over has as long again.
    """
    event = _open(actor, event_id)
    now, reminded = clock.now(), 0
    for one in speaker_queries.list_invitees(event, person_ids):
        speaker = one.speaker
        if speaker is None or not one.open or one.address is None or _was_written_to(speaker, now):
            continue
        _settle_address(speaker)
        if one.has_lapsed:
            speaker.answer_by = usual_answer_by(event)
        speaker.reminded_at = now
        announce(SpeakerReminded(event.id, speaker.id))
        reminded += 1
    return reminded


@use_case
def answer(actor: Actor, speaker_id: UUID, role_ids: Collection[UUID], *, accepts: bool, reason: str = "") -> Speaker:
    """Parts confirmed or declined, by their speaker or by an organiser whom they have told.

    The same answer twice is as good as once. Raises NotFound for a part that is not theirs, Invalid where they decline
    without a reason, and Conflict where the other answer was given before or the time to accept is over.
    """
    event, speaker = lock(actor, speaker_id)
    _check_takes_place(event)
    parts = [own_part(speaker, role_id) for role_id in role_ids]
    if not parts:
        raise Invalid("parts", gettext("Choose at least one part."))
    state = "confirmed" if accepts else "declined"
    reason = "" if accepts else _said(reason)
    asked = [part for part in parts if part.state != state]
    for part in asked:
        _check_open(part)
    is_own = policy.is_speaker(actor, speaker)
    if asked and accepts and is_own and speaker_queries.has_lapsed(speaker):
        raise Conflict(_too_late(speaker, event))
    for part in asked:
        set_state(part, state, reason, is_reason_own=is_own)
    if asked:
        announce(SpeakerAnswered(event.id, speaker.id, tuple(part.id for part in asked), state, is_own))
    return speaker


@use_case
def withdraw(actor: Actor, speaker_id: UUID, role_id: UUID, reason: str) -> Speaker:
    """A part that its person will not take after all, said by them or by an organiser; by these also one not asked for.

    Twice is as good as once. Raises Invalid without a reason, and Conflict where the part was declined.
    """
    event, speaker = lock(actor, speaker_id)
    is_own = policy.is_speaker(actor, speaker)
    # Who cannot be asked, as without an address, can give their part up all the same.
    part = own_part(speaker, role_id) if is_own else _part_at(event, speaker, role_id)
    if part.state == "withdrawn":
        return speaker
    if part.state == "declined":
        raise Conflict(gettext("This part was declined."))
    participation.withdraw_part(SYSTEM, part.id, reason=_said(reason), is_reason_own=is_own)
    announce(SpeakerAnswered(event.id, speaker.id, (part.id,), "withdrawn", is_own))
    return speaker


@use_case
def withdraw_named(actor: Actor, event_id: UUID, role_id: UUID, reason: str) -> SessionRole:
    """The part of somebody who stands on the programme by name alone, given up as an organiser says.

    Raises NotFound for anybody else's, and Invalid without a reason.
    """
    event = get(Event, event_id, lock=True)
    require(may_edit_event(actor, event), hidden=True)
    part = speaker_queries.get_named_part(event, role_id)
    return participation.withdraw_part(actor, part.id, reason=_said(reason))


@use_case
def propose_again(actor: Actor, speaker_id: UUID, role_id: UUID) -> Speaker:
    """A part that was declined or withdrawn, to be asked for once more."""
    event, speaker = lock(actor, speaker_id)
    require(may_edit_event(actor, event), hidden=True)
    part = own_part(speaker, role_id)
    if part.state not in {"declined", "withdrawn"}:
        raise Conflict(gettext("This part is neither declined nor withdrawn."))
    set_state(part, "proposed")
    announce(PartProposedAgain(event.id, part.session_id, part.id))
    return speaker


@use_case
def change_mode(actor: Actor, speaker_id: UUID, role_ids: Collection[UUID], mode: str, reason: str = "") -> Speaker:
    """A speaker who takes these parts from afar, which needs a reason, or in the room after all; public at once.

    Raises Conflict where a part is not theirs any more, or its session is over or called off.
    """
    event, speaker = lock(actor, speaker_id)
    parts = [own_part(speaker, role_id) for role_id in role_ids]
    if not parts:
        raise Invalid("parts", gettext("Choose at least one part."))
    if mode not in {"remote", "in_person"}:
        raise Invalid("mode", gettext("Choose one from the list."))
    said = _said(reason) if mode == "remote" else _shortened(reason)
    is_own = policy.is_speaker(actor, speaker)
    for part in parts:
        if part.state not in {"invited", "confirmed"}:
            raise Conflict(gettext("This part was given up."))
        if part.session.state == "cancelled":
            raise Conflict(gettext("This session has been cancelled."))
        if is_own and part.state == "invited" and speaker_queries.has_lapsed(speaker):
            raise Conflict(_too_late(speaker, event))
        if not speaker_queries.can_change(part):
            raise Conflict(gettext("This session is over."))
    moved = [part for part in parts if part.mode != mode]
    if moved:
        # May a speaker do it, then the machine does it for them: who acted is in the audit all the same.
        ids = tuple(part.id for part in moved)
        participation.set_mode(SYSTEM, ids, mode, reason=said, is_reason_own=is_own)
        announce(SpeakerModeChosen(event.id, speaker.id, ids, mode, _hours_until(moved), is_own))
    return speaker


@use_case
def change_address(actor: Actor, speaker_id: UUID, address: str) -> Speaker:
    """Another address for somebody who has none of their own; links that went to the former one are void.

    Raises Invalid where it is no address, and Conflict where the person has shown another to be theirs.
    """
    event, speaker = lock(actor, speaker_id)
    require(may_edit_event(actor, event), hidden=True)
    if speaker.person.address is not None:
        raise Conflict(gettext("This person has an address of their own: letters go there."))
    if _settle_address(speaker, address) and speaker.invited_at:
        announce(SpeakerLinkRotated(event.id, speaker.id))
    return speaker


@use_case
def rotate_link(actor: Actor, speaker_id: UUID) -> Speaker:
    """All private links of the speaker so far made void, and a new one on its way to them.

    Raises Conflict where there is no address for it.
    """
    event, speaker = lock(actor, speaker_id)
    if speaker_queries.address_of(speaker.person, speaker) is None:
        raise Conflict(gettext("There is no address to which a new link could go."))
    if not _settle_address(speaker):
        _renew_links(speaker)
    announce(SpeakerLinkRotated(event.id, speaker.id))
    return speaker


def usual_answer_by(event: Event) -> datetime:
    """Until when somebody who is asked now can answer: the end of a day, and not after the event has begun."""
    day = clock.wall(clock.now() + timedelta(days=settings_of(event)[0].answer_days), event.zone)
    # The end of a day by the event's clock: nobody plans by an odd minute.
    until = clock.instant(day.replace(hour=23, minute=59, second=0, microsecond=0), event.zone)
    if event.starts_at and clock.now() < event.starts_at < until:
        until = event.starts_at
    return until.replace(second=0, microsecond=0)


def lock(actor: Actor, speaker_id: UUID) -> tuple[Event, Speaker]:
    """The event and the speaker, read afresh and locked until the commit, if the actor may act for the speaker."""
    event = get(Event, get(Speaker, speaker_id).event_id, lock=True)
    speaker = get(Speaker, speaker_id, lock=True)
    require(policy.may_act_for_speaker(actor, speaker, event), hidden=True)
    return event, speaker


@use_case
def begin(actor: Actor, event_id: UUID, person_id: UUID) -> Speaker:
    """The speaker that somebody on the programme is; where there was none, one who has told and been sent nothing yet.

    Raises NotFound for whoever is not on the programme.
    """
    event = get(Event, event_id, lock=True)
    require(may_edit_event(actor, event), hidden=True)
    one = speaker_queries.get_invitee(event, person_id)
    if one.speaker is not None:
        return one.speaker
    speaker = Speaker(event_id=event.id, person=one.person)
    db.session.add(speaker)
    db.session.flush()
    return speaker


def own_part(speaker: Speaker, role_id: UUID) -> SessionRole:
    """A part that the speaker was asked for; raises NotFound for all others alike."""
    part = next((one for one in speaker_queries.list_parts(speaker) if one.id == role_id), None)
    if part is None:
        raise NotFound
    return part


def _part_at(event: Event, speaker: Speaker, role_id: UUID) -> SessionRole:
    parts = speaker_queries.get_invitee(event, speaker.person_id).parts
    part = next((one for one in parts if one.id == role_id), None)
    if part is None:
        raise NotFound
    return part


def set_state(part: SessionRole, state: str, reason: str = "", *, is_reason_own: bool = False) -> None:
    """Let a part come that far, from now on; organisers who have its session open hear that it has changed."""
    part.state, part.state_since = state, clock.now()
    part.reason, part.is_reason_own = reason, is_reason_own
    touch(part)


def touch(part: SessionRole) -> None:
    """Raise the version of the part's session: the people in it belong to what organisers edit."""
    flag_modified(part.session, "event_id")


def _open(actor: Actor, event_id: UUID) -> Event:
    event = get(Event, event_id, lock=True)
    require(may_edit_event(actor, event), hidden=True)
    _check_takes_place(event)
    return event


def _check_takes_place(event: Event) -> None:
    if event.status == "cancelled":
        raise Conflict(gettext("This event has been cancelled."))
    if event.is_over():
        raise Conflict(gettext("This event is over."))


def _ask(event: Event, one: Invitee, typed: str | None, until: datetime, now: datetime) -> Speaker:
    proposed, waiting = one.proposed, one.open
    name = one.person.names.in_(one.person.language)
    if not proposed and all(part.state in {"declined", "withdrawn"} for part in one.parts):
        raise Conflict(
            spaced(gettext("%(name)s wants none of these parts. Propose one of them again first.", name=name), name)
        )
    speaker = one.speaker or Speaker(event_id=event.id, person=one.person)
    has_moved = _settle_address(speaker, typed)
    if speaker_queries.address_of(one.person, speaker) is None:
        raise Invalid("addresses", spaced(gettext("Give an e-mail address for %(name)s.", name=name), name))
    has_time = not waiting or speaker.answer_by == until
    if not proposed and not has_moved and has_time and _was_written_to(speaker, now):
        return speaker
    for part in proposed:
        set_state(part, "invited")
    if proposed or waiting:
        speaker.answer_by, speaker.reminded_at = until, None
    speaker.invited_at = now
    db.session.add(speaker)
    db.session.flush()
    announce(SpeakerInvited(event.id, speaker.id, tuple(part.id for part in proposed)))
    return speaker


def _settle_address(speaker: Speaker, typed: str | None = None) -> bool:
    """Let letters go to the person's own address, else to the one typed; whether links to another became void.

    An address that was typed by mistake is somebody else's: what was sent there must open nothing any more.
    """
    before = speaker.address
    if speaker.person.address is not None:
        speaker.address = None
    elif typed:
        try:
            speaker.address = normalise(typed)
        except ValueError:
            raise Invalid("address", gettext("This is not an e-mail address.")) from None
    if before is None or before == speaker.address:
        return False
    _renew_links(speaker)
    return True


def _renew_links(speaker: Speaker) -> None:
    speaker.link_number += 1
    speaker.calendar_number += 1


def _was_written_to(speaker: Speaker, now: datetime) -> bool:
    return any(at is not None and at > now - QUIET for at in (speaker.invited_at, speaker.reminded_at))


def _check_open(part: SessionRole) -> None:
    """Raise Conflict, in words that say why, where a part does not wait for an answer."""
    if part.state == "confirmed":
        raise Conflict(gettext("This part was confirmed before. If it cannot be taken any more, withdraw it."))
    if part.state != "invited":
        text = gettext("This part was given up before. If it can be taken after all, the organisers can ask again.")
        raise Conflict(text)
    if part.session.state == "cancelled":
        raise Conflict(gettext("This session has been cancelled."))


def _too_late(speaker: Speaker, event: Event) -> str:
    zone = speaker_queries.zone_of(speaker, event)
    assert speaker.answer_by
    moment = format_zoned(clock.wall(speaker.answer_by, zone), zone)
    return str(
        gettext(
            "The time to confirm was over on %(moment)s. Please write to the organisers: they can ask you again.",
            moment=moment,
        )
    )


def _said(reason: str) -> str:
    if not reason.strip():
        raise Invalid("reason", gettext("Please give a reason; a few words are enough."))
    return _shortened(reason)


def _shortened(reason: str) -> str:
    if len(reason) > LONGEST_REASON:
        raise Invalid("reason", gettext("Please shorten this to %(most)s characters.", most=LONGEST_REASON))
    return reason.strip()


def _hours_until(parts: Collection[SessionRole]) -> int | None:
    starts = [part.session.starts_at for part in parts if part.session.starts_at is not None]
    return max(0, int((min(starts) - clock.now()).total_seconds() // 3600)) if starts else None
