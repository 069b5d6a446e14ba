"""Setting rules, and queueing the letters that are due by them.

The instants are worked out when somebody looks: what is moved, takes its reminders along. A moment that has come is
written down under a unique key, and so is each letter by it; the rule's row is locked meanwhile. So however many look
at once, wherever one of them is killed, and whatever their clocks do, each letter is queued once.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import cache
from uuid import UUID, uuid4

from flask_babel import gettext
from sqlalchemy import Text, and_, cast, delete, join, literal, select, update

from eventhub.events.models import Event
from eventhub.foundation import bulk, clock, outbox
from eventhub.foundation.actor import Actor
from eventhub.foundation.db import announce, check_version, db, get, use_case
from eventhub.foundation.errors import Conflict, Invalid, NotFound
from eventhub.foundation.i18n import EMPTY, Translated
from eventhub.foundation.permissions import require
from eventhub.messaging import lanes, placeholders, trials
from eventhub.messaging.examples import or_example
from eventhub.messaging.models import Letter
from eventhub.messaging.push import services as push
from eventhub.registrations.models import Pool
from eventhub.registrations.policy import may_manage_registrations

from . import queries
from .models import AUDIENCES, IN_POOLS, WITH_AN_END, Reminder, ReminderRound, ReminderRule
from .moments import MORNING, NIGHT, UNITS, all_moments
from .queries import Occasion
from .readers import Reader, list_readers
from .signals import ReminderRuleRemoved, ReminderRuleSaved

# How many letters one transaction queues.
BATCH = 5000
MOST_RULES = 30
MOST = {"minutes": 1440, "hours": 240, "days": 90}
# So many occasions of a rule are looked through for somebody to whom its letter goes.
_MOST_LOOKED_AT = 100
# By what a letter knows its reader; a registrant's own column does for all others.
_KEYS = {"guests": "event_invitation_id", "speakers": "person_id", "moderators": "person_id"}
_CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d")


@dataclass(frozen=True, slots=True)
class RulePlan:
    """What a rule says, as `ReminderRule`."""

    occasion: str
    audience: str
    amount: int
    unit: str
    is_after: bool = False
    at_clock: str | None = None
    is_own_clock: bool = True
    pools: Sequence[str] = ()
    reaches_late: bool = False
    note: Translated = EMPTY


@use_case
def save_rule(
    actor: Actor, event_id: UUID, plan: RulePlan, rule_id: UUID | None = None, version: int | None = None
) -> ReminderRule:
    """A rule as it is from now on, or a new one, which is on; what has been sent by it is not sent again.

    Raises Invalid where there cannot be such a rule, Stale where somebody saved it since `version`, and Conflict where
    the event has very many.
    """
    event = get(Event, event_id, lock=True)
    require(may_manage_registrations(actor, event), hidden=True)
    _check(event, plan)
    if rule_id is None:
        if len(queries.rules_of(event.id)) >= MOST_RULES:
            raise Conflict(gettext("An event has %(most)s rules at most.", most=MOST_RULES))
        rule = ReminderRule(event_id=event.id, is_on=True)
    else:
        rule = queries.get_of_event(event, rule_id)
        check_version(rule, version)
    before = (rule.timing, rule.occasion) if rule_id else None
    for name, value in asdict(plan).items():
        if name not in {"note", "pools"}:
            setattr(rule, name, value)
    rule.note, rule.pools = plan.note, sorted(plan.pools)
    if before != (rule.timing, rule.occasion):
        rule.since = clock.now()
    db.session.add(rule)
    db.session.flush()
    announce(ReminderRuleSaved(event.id, rule.id, rule.is_on))
    return rule


def _check(event: Event, plan: RulePlan) -> None:
    if plan.audience not in AUDIENCES.get(plan.occasion, ()):
        raise Invalid("audience", gettext("These people cannot be reminded of that. Please choose others."))
    if plan.unit not in UNITS or not 0 <= plan.amount <= MOST[plan.unit]:
        most = MOST.get(plan.unit, 0)
        raise Invalid("amount", gettext("A number from %(least)s to %(most)s.", least=0, most=most))
    if plan.is_after and plan.occasion not in WITH_AN_END:
        raise Invalid("side", gettext("Of a deadline people can be reminded before it only."))
    if plan.amount == 0 and not plan.is_after and not plan.at_clock:
        raise Invalid("amount", gettext("A reminder comes before what it reminds of: say how long."))
    if plan.at_clock is not None:
        _check_clock(plan.at_clock, plan.unit)
    if plan.is_after and not plan.note:
        # What has been over since yesterday is news to nobody.
        raise Invalid("note", gettext("Say what the letter is about: of what is over it has nothing else to tell."))
    placeholders.check_note(plan.note)
    known = set(map(str, db.session.scalars(select(Pool.id).where(Pool.event_id == event.id))))
    if plan.pools and (plan.audience not in IN_POOLS or not set(plan.pools) <= known):
        raise Invalid("pools", gettext("Only registrants and those who are invited are in a pool."))


def _check_clock(at_clock: str, unit: str) -> None:
    if unit != "days":
        raise Invalid("at_clock", gettext("An hour can be given where the rule counts days."))
    if not _CLOCK.fullmatch(at_clock) or not f"{MORNING:%H:%M}" <= at_clock < f"{NIGHT:%H:%M}":
        raise Invalid("at_clock", gettext("An hour from 07:00 to 21:59: nobody is written to in their night."))


@use_case
def turn(actor: Actor, rule_id: UUID, *, on: bool) -> ReminderRule:
    """A rule on or off; off, nothing more is sent by it, not even what is on its way. What passed meanwhile is past."""
    rule = get(ReminderRule, rule_id, lock=True)
    event = get(Event, rule.event_id)
    require(may_manage_registrations(actor, event), hidden=True)
    if rule.is_on != on:
        rule.is_on = on
        if on:
            rule.since = clock.now()
        announce(ReminderRuleSaved(event.id, rule.id, on))
    return rule


@use_case
def remove(actor: Actor, rule_id: UUID) -> None:
    """A rule gone from the desk; what was sent by it stays written down."""
    rule = get(ReminderRule, rule_id, lock=True)
    event = get(Event, rule.event_id)
    require(may_manage_registrations(actor, event), hidden=True)
    if rule.removed_at is None:
        rule.is_on, rule.removed_at = False, clock.now()
        announce(ReminderRuleRemoved(event.id, rule.id))


@use_case
def send_test(actor: Actor, rule_id: UUID, who_id: UUID, lang: str) -> str:
    """The rule's letter, as somebody whom it is for would get it, to the one who asks; their address, or nothing.

    Raises NotFound for whoever it is not for, and Conflict where there is nothing that it could tell of.
    """
    rule = get(ReminderRule, rule_id)
    event = get(Event, rule.event_id)
    require(may_manage_registrations(actor, event), hidden=True)
    if (reader := next((one for one in shown(rule, event) if one.who_id == who_id), None)) is None:
        raise NotFound
    return trials.order(actor, "reminder", lang, event, sample_data(rule, reader.occasion, who_id), who_id)


def shown(rule: ReminderRule, event: Event) -> list[Reader]:
    """Some to whom a rule's letter goes, each with what it is shown with: the next of which it tells them.

    Of a deadline that nobody has yet there is an example, and of readers where there are none.
    """
    found, now = queries.would_be(rule, event), clock.now()
    if rule.occasion in {"invitation", "offer", "answer"} and not found:
        found = [Occasion(event.id, now + rule.timing.reach)]
    coming = [one for one in found if one.at > now] or found[-1:]
    readers = list_readers(rule, event, coming[:_MOST_LOOKED_AT])
    return readers or [Reader(*one, coming[0]) for one in or_example([]) if coming]


def sample_data(rule: ReminderRule, occasion: Occasion, who_id: UUID) -> dict[str, str]:
    """What a sample of a rule's letter about an occasion is drawn from, as somebody would get it."""
    key, pool = _KEYS.get(rule.audience), next(iter(rule.pools), None)
    data = {**_data(rule, occasion.id, occasion.at), **({key: str(who_id)} if key else {})}
    return {**data, "pool_id": pool} if pool else data


@use_case
def note_moments(actor: Actor, event_id: UUID, looked_at: datetime | None = None) -> None:
    """Write down the moments of an event's rules that have come, each once, with the work of telling those concerned.

    What was not looked at until it was of no use to anybody is counted, and told to nobody. `looked_at` is when
    somebody has looked before: a moment had passed by then that has come since, because something was moved.
    """
    event, now = get(Event, event_id), clock.now()
    in_time = min(looked_at or now, now) - queries.ON_TIME
    for rule, occasion, due in _come(event, queries.rules_of(event_id, lock=True)):
        _note_moment(rule, event, occasion, due, is_timely=due > in_time)


def has_moments(event_id: UUID) -> bool:
    """Whether a moment of an event's rules has come that is not written down yet; this only reads."""
    return next(_come(get(Event, event_id), queries.rules_of(event_id)), None) is not None


def _come(event: Event, rules: Sequence[ReminderRule]) -> Iterator[tuple[ReminderRule, Occasion, datetime]]:
    now, rules = clock.now(), [rule for rule in rules if rule.is_on]
    known = queries.known_moments([rule.id for rule in rules])
    zones = cache(lambda audience, unit: frozenset(queries.zones(audience, unit, event)))
    for rule in rules:
        reach = rule.timing.reach
        near = [
            one for one in queries.occasions(rule, event) if now - queries.LOOKED_BACK - reach <= one.at <= now + reach
        ]
        for one in near:
            for due in all_moments(rule.timing, one.at, event.zone, zones(rule.audience, rule.unit)):
                if rule.since < due <= now and (rule.id, one.id, one.at, due) not in known:
                    yield rule, one, due


def _note_moment(rule: ReminderRule, event: Event, occasion: Occasion, due: datetime, *, is_timely: bool) -> None:
    moment = ReminderRound(
        id=uuid4(), rule_id=rule.id, event_id=event.id, occasion_id=occasion.id, occasion_at=occasion.at, due_at=due,
        state="open", queued=0, dropped=0,
    )  # fmt: skip
    if clock.now() >= rule.timing.worth_until(occasion.at, due):
        missed = queries.count_missed(rule, event, moment, is_timely=is_timely)
        moment.state, moment.dropped = "dropped", missed
    else:
        payload = {"round_id": str(moment.id), "kind": "reminder", "is_timely": is_timely}
        outbox.put("reminders", payload, f"reminders:{moment.id}", event.id)
    db.session.add(moment)
    db.session.flush()


@use_case
def queue_batch(actor: Actor, round_id: UUID, *, is_timely: bool = False) -> bool:
    """The next letters of a moment; whether there may be more. If it `is_timely`, also to those of `due_people` then.

    Told again, as after a killed worker, it queues no letter twice.
    """
    rule = get(ReminderRule, get(ReminderRound, round_id).rule_id, lock=True)
    moment = get(ReminderRound, round_id, lock=True)
    event = get(Event, moment.event_id)
    if not _is_still_due(rule, event, moment):
        moment.state = "dropped" if moment.state == "open" else moment.state
        return False
    number = _queue(rule, moment, event, is_timely=is_timely)
    moment.queued += number
    if number < BATCH:
        moment.state = "done"
    return number == BATCH


def _is_still_due(rule: ReminderRule, event: Event, moment: ReminderRound) -> bool:
    if not rule.is_on or clock.now() >= rule.timing.worth_until(moment.occasion_at, moment.due_at):
        return False
    return queries.occasion_of(rule, event, moment.occasion_id, moment.occasion_at) is not None


def _queue(rule: ReminderRule, moment: ReminderRound, event: Event, *, is_timely: bool) -> int:
    """Write down who is reminded, with the work and the letter for each, in three statements; how many these are.

    The database makes the ids and copies the addresses: in Python it takes five times as long, and very many may be due
    at the same minute.
    """
    now, batch_id = clock.now(), uuid4()
    people = queries.due_people(rule, event, moment, is_timely=is_timely).limit(BATCH).subquery()
    told = {
        "created_at": now, "rule_id": rule.id, "round_id": moment.id, "occasion_id": moment.occasion_id,
        "occasion_at": moment.occasion_at, "batch_id": batch_id,
    }  # fmt: skip
    ids = {"id": bulk.new_id(), "letter_id": bulk.new_id(), "recipient_id": next(iter(people.c))}
    if not (number := bulk.insert_from(Reminder, {**ids, **told}, people)):
        return 0
    row = Reminder.__table__.c
    these = and_(row.round_id == moment.id, row.batch_id == batch_id)
    recipient_id, letter_id, work_id = row.recipient_id, row.letter_id, row.id
    addresses = queries.addresses(rule, event).subquery()
    to, address, language = list(addresses.c)[:3]
    readers = join(Reminder.__table__, addresses, to == recipient_id)
    outbox.put_from(
        "letter",
        readers,
        row_id=work_id,
        payload=bulk.json_with({}, letter_id=letter_id),
        key=literal("reminder:").concat(cast(work_id, Text)),
        where=these,
        lane=lanes.lane_of_each(address),
        event_id=event.id,
    )
    about = _KEYS.get(rule.audience)
    data = {**_data(rule, moment.occasion_id, moment.occasion_at), "round_id": str(moment.id)}
    letters = {
        "id": letter_id, "created_at": now, "kind": "reminder", "address": address, "language": language,
        "event_id": event.id, "state": "queued", "outbox_id": work_id,
        "registration_id": None if about else recipient_id,
        "data": bulk.json_with(data, **{about: recipient_id}) if about else data,
    }  # fmt: skip
    bulk.insert_from(Letter, letters, join(Reminder.__table__, addresses, to == recipient_id), these)
    if about is None:
        push.order_from(Reminder.__table__, recipient_id, letter_id, these, event.id)
    return number


def _data(rule: ReminderRule, occasion_id: UUID, at: datetime) -> dict[str, str]:
    return {"rule_id": str(rule.id), "occasion_id": str(occasion_id), "occasion_at": at.isoformat()}


def drop_letter(letter_id: UUID) -> None:
    """A reminder that came to nothing on its way, counted: in the transaction that finishes its work."""
    letter = db.session.get(Letter, letter_id)
    if letter is None or letter.state != "queued":
        return
    if round_id := letter.data.get("round_id"):
        one_more = update(ReminderRound).where(ReminderRound.id == UUID(round_id))
        db.session.execute(one_more.values(dropped=ReminderRound.dropped + 1, queued=ReminderRound.queued - 1))
    db.session.execute(delete(Letter).where(Letter.id == letter_id))
