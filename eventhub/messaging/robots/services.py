"""What is done with robots, and having them speak."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID, uuid4

from flask_babel import gettext
from sqlalchemy import delete

from eventhub.events.models import Event
from eventhub.foundation import clock, fetching, outbox
from eventhub.foundation.actor import Actor
from eventhub.foundation.db import announce, check_version, db, get, use_case
from eventhub.foundation.errors import Conflict, Invalid
from eventhub.foundation.permissions import require
from eventhub.organisations import policy
from eventhub.organisations.models import Organisation

from . import queries
from .models import OCCASIONS, Robot, RobotDelivery
from .signals import RobotPaused, RobotRemoved, RobotResumed, RobotSaved

WORK = "robot"
MOST_ROBOTS = 10
# That have not been said yet: a chat that takes its time keeps a worker from the work of all others.
MOST_TESTS = 3
# After so many attempts in vain without one that was taken, a robot is left alone.
MOST_FAILURES = 12
KEPT = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class RobotPlan:
    """What can be said of a robot; an empty address or secret leaves the one that is kept."""

    name: str
    kind: str
    language: str
    occasions: Sequence[str] = ()
    address: str = ""
    secret: str = ""


@use_case
def add_robot(actor: Actor, organisation_id: UUID, plan: RobotPlan) -> Robot:
    """An organisation's new robot; raises Invalid for an address that is none, Conflict where it has too many."""
    get(Organisation, organisation_id, lock=True)
    require(policy.may_administer(actor, organisation_id), hidden=True)
    if len(queries.list_robots(organisation_id)) >= MOST_ROBOTS:
        raise Conflict(gettext("An organisation has at most %(most)s robots. Remove one first.", most=MOST_ROBOTS))
    if not plan.address:
        raise Invalid("address", gettext("Paste the address that the chat has given."))
    robot = Robot(id=uuid4(), organisation_id=organisation_id)
    db.session.add(robot)
    return _write(robot, plan)


@use_case
def change_robot(
    actor: Actor, organisation_id: UUID, robot_id: UUID, plan: RobotPlan, version: int | None = None
) -> Robot:
    """The robot as it is now told to be; with another address or chat, the old address and secret are forgotten."""
    require(policy.may_administer(actor, organisation_id), hidden=True)
    robot = queries.get_robot(organisation_id, robot_id, lock=True)
    check_version(robot, version)
    if not plan.address and plan.kind != robot.kind:
        raise Invalid("address", gettext("Paste the address that the chat has given."))
    return _write(robot, plan)


def _write(robot: Robot, plan: RobotPlan) -> Robot:
    robot.name, robot.kind, robot.language = plan.name, plan.kind, plan.language
    robot.occasions = [one for one in OCCASIONS if one in plan.occasions]
    if plan.address:
        try:
            fetching.check_secure(plan.address)
        except fetching.Unfetched as error:
            raise Invalid("address", error.message) from None
        # Another address is another's: it must not get what is signed with the secret of the one before.
        robot.take(plan.address.strip(), plan.secret)
        robot.host = fetching.host_of(plan.address)
        robot.failures, robot.paused_at = 0, None
    elif plan.secret:
        robot.take(robot.address or "", plan.secret)
    announce(
        RobotSaved(
            robot.organisation_id, robot.id, robot.kind, tuple(robot.occasions), has_new_address=bool(plan.address)
        )
    )
    return robot


@use_case
def remove_robot(actor: Actor, organisation_id: UUID, robot_id: UUID) -> None:
    """The robot gone, with its address, its secret and its log; what it was still to say is not said."""
    require(policy.may_administer(actor, organisation_id), hidden=True)
    robot = queries.get_robot(organisation_id, robot_id, lock=True)
    db.session.execute(delete(RobotDelivery).where(RobotDelivery.robot_id == robot.id))
    db.session.delete(robot)
    announce(RobotRemoved(organisation_id, robot_id))


@use_case
def resume_robot(actor: Actor, organisation_id: UUID, robot_id: UUID) -> None:
    """The robot speaks again; of what happened meanwhile it does not tell."""
    require(policy.may_administer(actor, organisation_id), hidden=True)
    robot = queries.get_robot(organisation_id, robot_id, lock=True)
    robot.failures, robot.paused_at = 0, None
    announce(RobotResumed(organisation_id, robot_id))


@use_case
def order_test(actor: Actor, organisation_id: UUID, robot_id: UUID) -> None:
    """A word to the group that the robot can be heard; raises Conflict where it is paused, or some are on their way."""
    require(policy.may_administer(actor, organisation_id), hidden=True)
    robot = queries.get_robot(organisation_id, robot_id, lock=True)
    if robot.paused_at:
        raise Conflict(gettext("This robot is paused. Resume it first."))
    if queries.count_waiting_tests(robot.id) >= MOST_TESTS:
        raise Conflict(gettext("Test messages are on their way already."))
    order(robot, "test", secrets.token_hex(8))


def order(
    robot: Robot, occasion: str, cause: str, event_id: UUID | None = None, release_id: UUID | None = None
) -> None:
    """Have a robot tell of something, once for each cause; only inside a use-case."""
    delivery_id = uuid4()
    ordered = outbox.put(
        WORK, {"delivery_id": str(delivery_id)}, f"robot:{robot.id}:{occasion}:{cause}", event_id,
        lane=f"{WORK}:{robot.id}", is_bulk=True,
    )  # fmt: skip
    if ordered:
        db.session.add(
            RobotDelivery(
                id=delivery_id, robot_id=robot.id, occasion=occasion, event_id=event_id, release_id=release_id
            )
        )


def status_for(occasion: str) -> str:
    """In which state an event is while what a robot tells of it is true."""
    return "cancelled" if occasion == "cancelled" else "published"


def tell(event: Event, occasion: str, cause: str, release_id: UUID | None = None) -> None:
    """Have the robots of an event's organisation tell of it; of what not everybody may see they are silent."""
    if event.visibility == "public" and event.status == status_for(occasion):
        for robot in queries.who_tells(event.organisation_id, occasion):
            order(robot, occasion, cause, event.id, release_id)


@use_case
def tell_figures(actor: Actor, organisation_id: UUID, day: date) -> None:
    """Have the robots of an organisation that has events to come tell the day's figures, once a day."""
    if queries.coming_events(organisation_id):
        for robot in queries.who_tells(organisation_id, "counts"):
            order(robot, "counts", day.isoformat())


def mark_delivered(delivery_id: UUID, answer: str) -> None:
    """Note that a message was taken."""
    if delivery := _find(delivery_id):
        delivery.state, delivery.answer, delivery.ended_at = "delivered", answer, clock.now()
        delivery.attempts += 1
        get(Robot, delivery.robot_id, lock=True).failures = 0


@use_case
def note_failure(actor: Actor, delivery_id: UUID, answer: str) -> None:
    """Note that a message was not taken; after too many in vain its robot is paused."""
    delivery = _find(delivery_id)
    if delivery is None:
        return
    delivery.answer = answer
    delivery.attempts += 1
    robot = get(Robot, delivery.robot_id, lock=True)
    robot.failures += 1
    if robot.failures >= MOST_FAILURES and not robot.paused_at:
        robot.paused_at = clock.now()
        announce(RobotPaused(robot.organisation_id, robot.id))


def mark_failed(delivery_id: UUID, reason: str) -> None:
    """Note that a message will not be tried any more."""
    if delivery := _find(delivery_id):
        delivery.state, delivery.ended_at = "failed", clock.now()
        delivery.answer = delivery.answer or reason


def mark_waiting(delivery_id: UUID) -> None:
    """Note that a message that was given up is tried once more."""
    if delivery := _find(delivery_id):
        delivery.state, delivery.ended_at = "waiting", None


@use_case
def forget_old(actor: Actor) -> None:
    """What robots said long ago gone from their logs."""
    db.session.execute(delete(RobotDelivery).where(RobotDelivery.created_at < clock.now() - KEPT))


def _find(delivery_id: UUID) -> RobotDelivery | None:
    return db.session.get(RobotDelivery, delivery_id, with_for_update=True, populate_existing=True)
