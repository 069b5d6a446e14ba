"""The page of an event's reminders: the rules, when they write next and to how many, and what was sent."""

from __future__ import annotations

from functools import partial
from typing import Any
from uuid import UUID

from flask import flash, g, render_template, request
from flask_babel import gettext
from sqlalchemy import select
from werkzeug.wrappers import Response

from eventhub.events.models import Event
from eventhub.events.rooms import event_room
from eventhub.foundation.db import db
from eventhub.foundation.errors import Conflict, NotFound
from eventhub.foundation.i18n import LOCALES
from eventhub.foundation.web import see_other
from eventhub.messaging import previews
from eventhub.messaging.desk import bp
from eventhub.messaging.examples import Readers
from eventhub.messaging.inbox.queries import count_unreached
from eventhub.messaging.placeholders import WITHOUT_LINKS
from eventhub.registrations.models import Pool
from eventhub.registrations.policy import may_manage_registrations

from . import outlook, queries, services, words
from .forms import RuleForm
from .models import ReminderRule
from .readers import Reader
from .services import RulePlan

Answer = str | Response | tuple[str, int]
_FIRST = RulePlan("event", "registrants", 1, "days")


@bp.get("/reminders/")
@event_room(may_manage_registrations)
def reminders(event: Event) -> str:
    """The rules of an event with their next moments, what is offered, and what was sent."""
    rules = queries.rules_of(event.id)
    told = queries.list_told(event)
    of_past = {one.id: one for one in _rules_of(told)}
    return render_template(
        "messaging/desk_reminders.html",
        event=event,
        rules=rules,
        planned=outlook.ahead(event, [rule for rule in rules if rule.is_on]),
        offered={key: plan for key, plan in words.OFFERED.items() if not _has(rules, plan)},
        unreached=count_unreached(event) if any(rule.is_on for rule in rules) else 0,
        told=told,
        rule_of=of_past,
        words=words,
        is_by_own_clock=outlook.is_by_own_clock,
        languages=LOCALES,
    )


def _rules_of(told: list[queries.Told]) -> list[ReminderRule]:
    ids = {one.moment.rule_id for one in told}
    return list(db.session.scalars(select(ReminderRule).where(ReminderRule.id.in_(ids)))) if ids else []


def _has(rules: Any, plan: RulePlan) -> bool:
    said = (plan.occasion, plan.audience, plan.amount, plan.unit, plan.is_after)
    return any((one.occasion, one.audience, one.amount, one.unit, one.is_after) == said for one in rules)


@bp.route("/reminders/new/", methods=["GET", "POST"], defaults={"rule_id": None})
@bp.route("/reminders/<uuid:rule_id>/", methods=["GET", "POST"])
@event_room(may_manage_registrations)
def reminder(event: Event, rule_id: UUID | None) -> Answer:
    """One rule, or a new one."""
    rule = queries.get_of_event(event, rule_id) if rule_id else None
    pools = [one for one in db.session.scalars(_pools(event)) if one.is_offered]
    start = words.OFFERED.get(request.args.get("like", ""), _FIRST)

    def form_over(**options: Any) -> tuple[RuleForm, int]:
        return RuleForm.of(rule or start, pools, **options), rule.version if rule else 0

    form, version = form_over()

    def save() -> None:
        services.save_rule(
            g.actor, event.id, form.plan(event, rule), rule.id if rule else None, form.version.data if rule else None
        )

    if not form.is_submitted():
        form.begin(version)
    elif form.validate() and _carried_out(form, save, lambda: form_over(formdata=None)):
        flash(gettext("Saved."), "success")
        return see_other(".reminders", slug=event.slug)
    known = {"rule": rule, "form": form, "placeholders": WITHOUT_LINKS}
    return render_template("messaging/desk_reminder.html", event=event, **known), form.status


def _carried_out(form: RuleForm, save: Any, reread: Any) -> bool:
    try:
        return form.carried_out(save, reread if form.version.data else None)
    except Conflict as refusal:
        form.form_errors.append(refusal.message)
        return False


def _pools(event: Event) -> Any:
    return select(Pool).where(Pool.event_id == event.id).order_by(Pool.position, Pool.key)


@bp.post("/reminders/offered/<key>/")
@event_room(may_manage_registrations)
def take_offered(event: Event, key: str) -> Response:
    """Turn on a rule that is offered."""
    if key not in words.OFFERED:
        raise NotFound
    try:
        services.save_rule(g.actor, event.id, words.OFFERED[key])
        flash(gettext("The reminder is on."), "success")
    except Conflict as refusal:
        flash(refusal.message, "attention")
    return see_other(".reminders", slug=event.slug)


@bp.post("/reminders/<uuid:rule_id>/turn/")
@event_room(may_manage_registrations)
def turn_reminder(event: Event, rule_id: UUID) -> Response:
    """Turn a rule on, or off."""
    on = request.form.get("on") == "yes"
    services.turn(g.actor, queries.get_of_event(event, rule_id).id, on=on)
    flash(gettext("The reminder is on.") if on else gettext("The reminder is off. Nothing is sent by it."), "success")
    return see_other(".reminders", slug=event.slug)


@bp.post("/reminders/<uuid:rule_id>/remove/")
@event_room(may_manage_registrations)
def remove_reminder(event: Event, rule_id: UUID) -> Response:
    """Remove a rule."""
    services.remove(g.actor, queries.get_of_event(event, rule_id).id)
    flash(gettext("The reminder is removed."), "success")
    return see_other(".reminders", slug=event.slug)


@bp.get("/reminders/<uuid:rule_id>/preview/")
@event_room(may_manage_registrations)
def preview_reminder(event: Event, rule_id: UUID) -> str:
    """The letter of a rule as one of those whom it is for would get it next."""
    rule = queries.get_of_event(event, rule_id)
    readers = services.shown(rule, event)
    about = {one.who_id: one.occasion for one in readers}

    def data_for(who_id: UUID) -> dict[str, str]:
        return services.sample_data(rule, about[who_id], who_id)

    return render_template(
        "messaging/desk_reminder_preview.html",
        event=event,
        rule=rule,
        words=words,
        **previews.read_by("reminder", event, _called(readers), data_for),
    )


def _called(readers: list[Reader]) -> Readers:
    """Those who can be chosen: of a session, with its name."""
    return [
        (one.who_id, f"{one.name or '–'} · {title.in_(g.lang)}" if (title := one.occasion.title) else one.name)
        for one in readers
    ]


@bp.post("/reminders/<uuid:rule_id>/test/")
@event_room(may_manage_registrations)
def test_reminder(event: Event, rule_id: UUID) -> Response:
    """The letter to oneself, as the one who is shown would get it."""
    rule = queries.get_of_event(event, rule_id)
    readers = _called(services.shown(rule, event))
    seen = previews.tested(readers, partial(services.send_test, g.actor, rule.id))
    return see_other(".preview_reminder", slug=event.slug, rule_id=rule_id, **seen)
