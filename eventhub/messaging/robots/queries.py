"""Reads of robots and of what they said."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from flask_sqlalchemy.pagination import Pagination
from sqlalchemy import func, select

from eventhub.events.models import Event
from eventhub.foundation import clock
from eventhub.foundation.db import db, get
from eventhub.foundation.errors import NotFound
from eventhub.registrations.models import Place, Pool

from .models import Robot, RobotDelivery

PAGE = 25
# As many events stand in one message of figures.
MOST_EVENTS = 20


def list_robots(organisation_id: UUID) -> Sequence[Robot]:
    """An organisation's robots by name."""
    return db.session.scalars(
        select(Robot).where(Robot.organisation_id == organisation_id).order_by(Robot.name, Robot.id)
    ).all()


def get_robot(organisation_id: UUID, robot_id: UUID, *, lock: bool = False) -> Robot:
    """A robot of an organisation; raises NotFound for another's as for none."""
    robot = get(Robot, robot_id, lock=lock)
    if robot.organisation_id != organisation_id:
        raise NotFound
    return robot


def who_tells(organisation_id: UUID, occasion: str) -> list[Robot]:
    """The robots of an organisation that tell of an occasion and are not paused."""
    return [one for one in list_robots(organisation_id) if occasion in one.occasions and not one.paused_at]


def deliveries(robot: Robot, page: int) -> Pagination:
    """What a robot was asked to say, the latest first."""
    query = select(RobotDelivery).where(RobotDelivery.robot_id == robot.id)
    query = query.order_by(RobotDelivery.created_at.desc(), RobotDelivery.id)
    return db.paginate(query, page=page, per_page=PAGE, error_out=False)


def count_waiting_tests(robot_id: UUID) -> int:
    """How many test messages a robot is still to say."""
    query = select(func.count()).where(RobotDelivery.robot_id == robot_id, RobotDelivery.occasion == "test")
    return db.session.scalar(query.where(RobotDelivery.state == "waiting")) or 0


def coming_events(organisation_id: UUID) -> Sequence[Event]:
    """The organisation's own events that everybody may see and that are not over, the next first."""
    query = select(Event).where(
        Event.organisation_id == organisation_id,
        Event.status == "published",
        Event.visibility == "public",
        func.coalesce(Event.ends_at, Event.starts_at) >= clock.now(),
    )
    return db.session.scalars(query.order_by(Event.starts_at, Event.id).limit(MOST_EVENTS)).all()


def figures_of(events: Sequence[Event]) -> dict[UUID, dict[str, int]]:
    """How many places of each event are in which state: figures, and nobody's name."""
    query = (
        select(Pool.event_id, Place.state, func.count())
        .join(Place.pool)
        .where(Pool.event_id.in_([event.id for event in events]))
        .group_by(Pool.event_id, Place.state)
    )
    found: dict[UUID, dict[str, int]] = {event.id: {} for event in events}
    for event_id, state, number in db.session.execute(query):
        found[event_id][state] = number
    return found
