"""A crowd in a process of its own: it reads what it shall do, waits for the word, and does it all at once.

It is started with its database, a folder and a number of threads. For each line of deeds as JSON it says `ready`,
waits for a line, and prints what came of each deed.
"""

from __future__ import annotations

import json
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from uuid import UUID

from flask import Flask

from eventhub.app import create_app
from eventhub.config import load_settings
from eventhub.foundation.actor import SYSTEM, VISITOR, Actor
from eventhub.foundation.db import get
from eventhub.foundation.i18n import Translated
from eventhub.programme import services as programme
from eventhub.registrations import moves, pools, services
from eventhub.registrations.agreements import Description, Details
from eventhub.registrations.models import Registration
from eventhub.registrations.sign_ups import services as sign_ups

ROOM = Translated.of(en="Room", zh="会议室")


def do(app: Flask, deed: list[Any]) -> str:
    """Carry out one deed, as a request would, and say what came of it."""
    verb, thing, *rest = deed
    with app.app_context():
        if verb == "register":
            name, pool_key, *answers = rest
            given = {UUID(question): value for question, value in (answers[0] if answers else {}).items()}
            details = Details(name=name, address=f"{name}@example.org", answers=given)
            return services.register(VISITOR, UUID(thing), details, pool_key).state
        if verb == "choose":
            row = get(Registration, UUID(thing))
            holder = Actor("link", thing_id=row.id, purpose="registration")
            given = {UUID(question): value for question, value in rest[0].items()}
            services.change_registration(holder, row.id, Description(name=row.name), None, given)
        if verb == "sign_up":
            return sign_ups.sign_up(SYSTEM, UUID(thing), UUID(rest[0])).state
        if verb == "give_up":
            sign_ups.give_up(SYSTEM, UUID(thing), UUID(rest[0]))
        if verb == "room":
            programme.save_room(SYSTEM, UUID(thing), ROOM, capacity=rest[1], room_id=UUID(rest[0]))
        if verb == "cancel":
            services.cancel_registration(SYSTEM, UUID(thing))
        if verb == "switch":
            moves.switch_pool(SYSTEM, UUID(thing), rest[0])
        if verb == "capacity":
            pools.change_pools(SYSTEM, UUID(thing), {"in_person": rest[0]})
    return "done"


def told(app: Flask, deed: list[Any]) -> str:
    """What came of a deed, or what went wrong with it."""
    try:
        return do(app, deed)
    except Exception as error:  # noqa: BLE001 - whatever it was, the test shall show it
        return repr(error)


def main(database: str, folder: str, threads: int) -> None:
    """Be the crowd until the input ends."""
    app = create_app(load_settings(database_url=database, data_dir=Path(folder)))
    with ThreadPoolExecutor(threads) as pool:
        for line in sys.stdin:
            deeds = json.loads(line)
            print("ready", flush=True)
            sys.stdin.readline()
            print(json.dumps(list(pool.map(lambda deed: told(app, deed), deeds))), flush=True)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
