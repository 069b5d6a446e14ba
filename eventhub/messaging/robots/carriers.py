"""Having robots speak, outside any transaction."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import UUID

from flask_babel import force_locale

from eventhub.foundation import fetching
from eventhub.foundation.actor import SYSTEM
from eventhub.foundation.db import db, end_reading, get
from eventhub.foundation.outbox import NotNow, Refused, carries

from . import formats, services, words
from .models import Robot, RobotDelivery


def pace(lane: str) -> float:
    """How many seconds lie between two messages of a robot."""
    return formats.PAUSE


@carries(services.WORK, pace=pace)
def speak(payload: dict[str, Any], outbox_id: UUID) -> Callable[[], None] | None:
    """Say one message to the chat of a robot; of one that was removed, nothing is said any more."""
    delivery = db.session.get(RobotDelivery, UUID(payload["delivery_id"]))
    if delivery is None:
        return None
    robot, delivery_id = get(Robot, delivery.robot_id), delivery.id
    if robot.paused_at:
        raise Refused("paused")
    address, kind = robot.address, robot.kind
    if address is None:
        raise Refused("sealed")
    with force_locale(robot.language):
        message = words.message(robot, delivery)
    if message is None:
        raise Refused("nothing")
    request = formats.request_for(kind, address, robot.secret, message, time.time())
    end_reading()  # a chat may take its time: nobody waits for our connection meanwhile
    try:
        answer = fetching.post(request.address, request.body, request.headers)
        said = formats.judge(kind, answer.status, answer.body, answer.pause)
    except fetching.Unfetched as error:
        services.note_failure(SYSTEM, delivery_id, error.reason)
        raise (Refused if error.is_for_good else NotNow)(error.reason) from None
    except (NotNow, Refused) as error:
        services.note_failure(SYSTEM, delivery_id, str(error))
        raise
    return partial(services.mark_delivered, delivery_id, said)
