"""Writing to groups: drafting, calling it ready, releasing it after a second look, and stopping it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast
from uuid import UUID, uuid4

from flask_babel import gettext
from sqlalchemy import CursorResult, delete, insert, select, update

from eventhub.events.models import Event
from eventhub.foundation import clock, i18n, outbox
from eventhub.foundation.actor import Actor
from eventhub.foundation.db import announce, check_version, db, get, use_case
from eventhub.foundation.errors import Conflict, Invalid, NotFound
from eventhub.foundation.i18n import EMPTY, Translated
from eventhub.foundation.permissions import require
from eventhub.foundation.work import OutboxRow
from eventhub.messaging import event_news, placeholders, trials
from eventhub.messaging import queries as messaging_queries
from eventhub.messaging import services as messaging
from eventhub.messaging.choices import services as choices
from eventhub.messaging.examples import EXAMPLE, NAMES
from eventhub.messaging.models import Letter
from eventhub.registrations.models import Pool
from eventhub.registrations.policy import may_manage_registrations

from . import groups, queries
from .groups import Found, Group, Member
from .models import GroupLetter, Recipient
from .signals import (
    GroupLetterReadied,
    GroupLetterReleased,
    GroupLetterRemoved,
    GroupLetterSaved,
    GroupLetterSentAgain,
    GroupLetterStopped,
    GroupLetterTakenUp,
)

KIND = "to_group"
BATCH = 100
# So many rows one statement writes.
_CHUNK = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupPlan:
    """What can be typed of a letter to a group: its columns of the same names."""

    subject: Translated = EMPTY
    text: Translated = EMPTY
    group: Group = field(default_factory=Group)
    is_news: bool = False
    scheduled: datetime | None = None


def found_for(letter: GroupLetter) -> Found:
    """Who would get the letter now."""
    return groups.find(letter.event, Group.from_json(letter.group), is_news=letter.is_news)


def overtaken_by(letter: GroupLetter) -> str:
    """What has become of the event since the letter was called ready, which may say what is not so any more.

    Nothing where the event takes place, where these words are younger, or for news, which are not about the event.
    """
    turned_at = messaging_queries.turned_at(letter.event)
    is_older = turned_at and letter.readied_at and letter.readied_at < turned_at
    return letter.event.status if is_older and not letter.is_news else ""


def _require_seen(letter: GroupLetter, fate: str) -> None:
    if overtaken_by(letter) not in {"", fate}:
        raise event_news.unseen(letter.event)


@use_case
def add_letter(actor: Actor, event_id: UUID, plan: GroupPlan) -> GroupLetter:
    """A new letter to a group, as a draft; raises Invalid where a placeholder is unknown."""
    event = get(Event, event_id)
    require(may_manage_registrations(actor, event), hidden=True)
    letter = GroupLetter(id=uuid4(), event_id=event.id)
    _write(letter, event, plan)
    db.session.add(letter)
    announce(GroupLetterSaved(event.id, letter.id))
    return letter


@use_case
def change_letter(actor: Actor, letter_id: UUID, plan: GroupPlan, version: int | None = None) -> GroupLetter:
    """The letter with other words or another group; it is a draft again, for nobody has looked at these.

    Raises Conflict where it was released, Stale where somebody saved it since `version`.
    """
    letter = _lock(actor, letter_id)
    check_version(letter, version)
    _require_state(letter, "draft", "ready")
    _write(letter, letter.event, plan)
    letter.state = "draft"
    announce(GroupLetterSaved(letter.event_id, letter.id))
    return letter


def _write(letter: GroupLetter, event: Event, plan: GroupPlan) -> None:
    placeholders.check(plan.subject, plan.text)
    if plan.is_news and plan.group.kind != "registrants":
        raise Invalid("is_news", gettext("Only registrants are asked whether they want news."))
    if plan.scheduled is not None and clock.is_skipped(plan.scheduled, event.zone):
        raise Invalid("scheduled", gettext("On that day the clocks skip this hour. Please choose another."))
    if plan.scheduled is not None and clock.instant(plan.scheduled, event.zone) < clock.now():
        raise Invalid("scheduled", gettext("This hour is over. Please choose another, or none."))
    letter.subject, letter.text, letter.group = plan.subject, plan.text, plan.group.as_json()
    letter.is_news, letter.scheduled = plan.is_news, plan.scheduled


@use_case
def remove_letter(actor: Actor, letter_id: UUID) -> None:
    """No such letter any more, where it has not gone out; Conflict where it has."""
    letter = _lock(actor, letter_id)
    _require_state(letter, "draft", "ready")
    announce(GroupLetterRemoved(letter.event_id, letter.id))
    db.session.delete(letter)


@use_case
def make_ready(actor: Actor, letter_id: UUID) -> None:
    """A draft that can be looked at a second time; Conflict where it has no words. Twice is as good as once."""
    letter = _lock_unless(actor, letter_id, "ready", before="draft")
    if letter is None:
        return
    if not letter.subject or not letter.text:
        raise Conflict(gettext("A letter needs a subject and a text."))
    letter.state, letter.readied_at, letter.readied_by_id = "ready", clock.now(), actor.person_id
    announce(GroupLetterReadied(letter.event_id, letter.id))


@use_case
def release(actor: Actor, letter_id: UUID, people: int, version: int | None = None, *, fate: str = "") -> None:
    """The letter on its way, at its hour or at once, to those who are in the group at this moment; twice is once.

    `people` is how many the one who releases it has seen, and `fate` what has become of the event since it was called
    ready: raises Conflict where either is another by now, or where the letter is not ready, and Stale where somebody
    changed it since `version`.
    """
    letter = _lock(actor, letter_id)
    if letter.state == "released":
        return
    check_version(letter, version)
    _require_state(letter, "ready")
    _require_seen(letter, fate)
    members = found_for(letter).members
    if len(members) != people:
        raise Conflict(gettext("The group has changed meanwhile. Please look at the number once more."))
    if not members:
        raise Conflict(gettext("Nobody is in this group."))
    now = clock.now()
    due_at = letter.scheduled_at or now
    if due_at < now:
        raise Conflict(gettext("The hour at which it was to go out is over. Please choose another, or none."))
    letter.state, letter.released_at, letter.released_by_id, letter.due_at = "released", now, actor.person_id, due_at
    rows = [
        {"id": uuid4(), "created_at": now, "group_letter_id": letter.id, "who_id": one.who_id, "state": "waiting"}
        for one in members
    ]
    for start in range(0, len(rows), _CHUNK):
        db.session.execute(insert(Recipient), rows[start : start + _CHUNK])
    outbox.put("group_letter", {"id": str(letter.id)}, f"group_letter:{letter.id}", letter.event_id, due_at,
               is_bulk=True)  # fmt: skip
    announce(GroupLetterReleased(letter.event_id, letter.id, len(members)))


@use_case
def spread(actor: Actor, letter_id: UUID) -> bool:
    """Order the letter for the next of those who were in the group, and say whether there may be more.

    Who has left the group since its release, or wants no such letter any more, gets none. Begun again after a killed
    worker, it orders none twice.
    """
    letter = get(GroupLetter, letter_id, lock=True)
    if letter.state not in {"released", "stopped"}:  # of one that was stopped only what failed waits, to go again
        return False
    batch = queries.waiting_of(letter.id, BATCH)
    event, group = letter.event, Group.from_json(letter.group)
    again = {one.who_id: one.letter_id for one in batch if one.letter_id}
    found = groups.find(event, group, is_news=letter.is_news, among=[one.who_id for one in batch], despite_marks=again)
    members = {one.who_id: one for one in found.members}
    unwanted = set(found.unwanted_ids)
    chosen = {}
    if letter.is_by_wish:
        chosen = choices.choices_for(event.organisation_id, [one.key for one in members.values()])
    with db.session.no_autoflush:  # what each of them becomes is written once, for all of them together
        for one in batch:
            if (member := members.get(one.who_id)) is None:
                one.state = "unwanted" if one.who_id in unwanted else "left"
                continue
            choice = chosen.get(member.key)
            if choice and choice.off_at:  # as was known before of who was erased and is here again
                one.state = "unwanted"
                continue
            one.state = "written"
            if (before := again.get(one.who_id)) and db.session.get(Letter, before):
                messaging.send_again(actor, before, fate=letter.event.status)  # whoever tried them again knew
                continue
            data = {"group_letter_id": str(letter.id), **_who(group.kind, member.who_id)}
            if choice:
                data["choice_id"] = str(choice.id)
            registration_id = member.who_id if group.kind == "registrants" else None
            one.letter_id = messaging.order(
                KIND, member.address, member.language, cause=f"group:{letter.id}:{member.who_id}", data=data,
                event_id=event.id, registration_id=registration_id, is_bulk=True,
            )  # fmt: skip
    return len(batch) == BATCH


def _who(kind: str, who_id: UUID) -> dict[str, str]:
    key = {"speakers": "person_id", "guests": "event_invitation_id"}.get(kind)
    return {key: str(who_id)} if key else {}


@use_case
def stop(actor: Actor, letter_id: UUID) -> int:
    """Whoever has not got the letter yet does not get it any more; how many these are."""
    letter = _lock_unless(actor, letter_id, "stopped", before="released")
    return _stop(letter) if letter else 0


def stop_under_way(event_id: UUID) -> None:
    """What is about an event and has not left yet, for it waits for its hour or is tried again, does not go out.

    Who released it did not know that the event would not take place then. Only inside a use-case.
    """
    for letter_id in db.session.scalars(queries.under_way(event_id).with_only_columns(GroupLetter.id)).all():
        _stop(get(GroupLetter, letter_id, lock=True))


def _stop(letter: GroupLetter) -> int:
    letter.state, letter.stopped_at = "stopped", clock.now()
    mine = Recipient.group_letter_id == letter.id
    not_begun = (
        select(Letter.id)
        .join(Recipient, Recipient.letter_id == Letter.id)
        .join(OutboxRow, OutboxRow.id == Letter.outbox_id)
        .where(mine, Letter.state == "queued", OutboxRow.state == "waiting")
        .with_for_update(of=OutboxRow, skip_locked=True)  # what a worker takes up just now goes out
    )
    ids = list(db.session.scalars(not_begun))
    for start in range(0, len(ids), _CHUNK):
        some = ids[start : start + _CHUNK]
        work = list(db.session.scalars(select(Letter.outbox_id).where(Letter.id.in_(some))))
        stopped = update(Recipient).where(Recipient.letter_id.in_(some))
        db.session.execute(stopped.values(state="stopped", letter_id=None))
        db.session.execute(delete(Letter).where(Letter.id.in_(some)))
        db.session.execute(delete(OutboxRow).where(OutboxRow.id.in_(work)))
    waiting = update(Recipient).where(mine, Recipient.state == "waiting").values(state="stopped")
    number: int = len(ids) + cast("CursorResult[Any]", db.session.execute(waiting)).rowcount
    announce(GroupLetterStopped(letter.event_id, letter.id, number))
    return number


@use_case
def take_up(actor: Actor, letter_id: UUID, *, fate: str = "") -> int:
    """A stopped letter to those after all who were left out, at its hour where that is to come; how many these are.

    Raises Conflict where something else than `fate` has become of the event since it was called ready.
    """
    letter = _lock_unless(actor, letter_id, "released", before="stopped")
    if letter is None:
        return 0
    _require_seen(letter, fate)
    left_out = update(Recipient).where(Recipient.group_letter_id == letter.id, Recipient.state == "stopped")
    number: int = cast("CursorResult[Any]", db.session.execute(left_out.values(state="waiting"))).rowcount
    letter.state, letter.stopped_at = "released", None
    due_at = max(letter.due_at or clock.now(), clock.now())
    outbox.put("group_letter", {"id": str(letter.id)}, "", letter.event_id, due_at, is_bulk=True)
    announce(GroupLetterTakenUp(letter.event_id, letter.id, number))
    return number


@use_case
def send_again(actor: Actor, letter_id: UUID, *, fate: str = "") -> int:
    """The letter once more to all whom it could not be delivered to, and to nobody else; how many these are.

    They wait as at first, and the worker takes them up batch by batch: who wants none any more, has left the group or
    is erased by then gets none. Raises Conflict as `take_up`.
    """
    letter = _lock(actor, letter_id)
    _require_state(letter, "released", "stopped")
    _require_seen(letter, fate)
    failed = select(Letter.id).join(Recipient, Recipient.letter_id == Letter.id)
    failed = failed.where(Recipient.group_letter_id == letter.id, Letter.state == "failed")
    theirs = update(Recipient).where(Recipient.group_letter_id == letter.id, Recipient.state == "written")
    theirs = theirs.where(Recipient.letter_id.in_(failed)).values(state="waiting")
    number: int = cast("CursorResult[Any]", db.session.execute(theirs)).rowcount
    if number:
        outbox.put("group_letter", {"id": str(letter.id)}, "", letter.event_id, is_bulk=True)
        announce(GroupLetterSentAgain(letter.event_id, letter.id, number))
    return number


@use_case
def send_test(actor: Actor, letter_id: UUID, who_id: UUID, lang: str) -> str:
    """The letter as somebody of the group would get it, to the one who asks; their address, or nothing without one.

    Raises NotFound for whoever is not in the group, and Conflict where the letter cannot be drawn for them.
    """
    letter = _lock(actor, letter_id)
    # By its id alone anybody of any event could be named here.
    if who_id not in {one.who_id for one in shown_as(letter, found_for(letter))}:
        raise NotFound
    return trials.order(actor, KIND, lang, letter.event, sample_data(letter, who_id), who_id)


def shown_as(letter: GroupLetter, found: Found) -> Sequence[Member]:
    """As whom the letter can be looked at: those who would get it, or the example reader where there is nobody."""
    lang = i18n.language()
    return found.members or [Member(EXAMPLE, NAMES.in_(lang), "", "", lang)]


def sample_data(letter: GroupLetter, who_id: UUID) -> dict[str, str]:
    """What a sample of the letter is drawn from, as somebody of the group would get it."""
    data = {"group_letter_id": str(letter.id), **_who(letter.group.get("kind", ""), who_id)}
    if who_id == EXAMPLE:  # who has a place in a pool for which the letter is
        pools = groups.pools_of(letter.event, Group.from_json(letter.group)).order_by(Pool.position, Pool.key)
        data["pool_id"] = str(db.session.scalar(pools.limit(1)))
    return data


def _lock(actor: Actor, letter_id: UUID) -> GroupLetter:
    letter = get(GroupLetter, letter_id, lock=True)
    require(may_manage_registrations(actor, letter.event), hidden=True)
    return letter


def _lock_unless(actor: Actor, letter_id: UUID, done: str, *, before: str) -> GroupLetter | None:
    """A letter in the state from which it comes to another; None where it is there already, as by a double click."""
    letter = _lock(actor, letter_id)
    if letter.state == done:
        return None
    _require_state(letter, before)
    return letter


def _require_state(letter: GroupLetter, *states: str) -> None:
    if letter.state not in states:
        raise Conflict(gettext("The letter has been released, stopped or changed meanwhile. Please look at it again."))
