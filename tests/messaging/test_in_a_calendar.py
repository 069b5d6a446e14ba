"""Invitations as Evolution takes them from a mail server, and as libical judges them: under `make faults`.

They need the Debian packages that `tests.calendars.programs` names: Evolution's calendar store is no program of ours,
and does with a message what the reader's own calendar does. It believes the system's zones and not the message's, so
none is asked for here that was changed by law lately.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from eventhub.events import services as events
from eventhub.foundation.actor import SYSTEM
from eventhub.registrations import services as registrations
from tests.calendars.programs import Evolution
from tests.calendars.readers import by_icalendar
from tests.conftest import in_november_2026, on_sqlite

from .test_carriers import mail_server, sending, sink  # noqa: F401 - fixtures
from .test_invitations import mails, said  # noqa: F401 - a fixture
from .test_letters import change, holder_of

pytestmark = [in_november_2026, on_sqlite, pytest.mark.faults]
NIGHT = datetime(2027, 10, 31, 0, 30)


@pytest.fixture
def evolution(tmp_path: Path) -> Iterator[Evolution]:
    """Somebody's own calendar, still empty."""
    store = Evolution(tmp_path / "evolution")
    yield store
    store.close()


def message_of(mail: EmailMessage) -> bytes:
    """The message in a mail, as its reader's program finds it."""
    [forms] = [part for part in mail.walk() if part.get_content_type() == "multipart/alternative"]
    *_, form = forms.iter_parts()
    assert form.get_content_type() == "text/calendar"
    return form.get_payload(decode=True)


@pytest.mark.parametrize(
    "header",
    [
        {"zone": "Europe/Zurich", "starts": NIGHT, "ends": NIGHT + timedelta(hours=2)},
        {"zone": "Asia/Kathmandu", "mode": "online", "online": 5},
    ],
    ids=["the night when clocks go back", "online"],
)
def test_an_invitation_appears_moves_and_vanishes_in_a_calendar(
    mails: Callable[[], list[EmailMessage]],  # noqa: F811 - a fixture
    make_event: Callable[..., Any],
    make_session: Callable[..., Any],
    register: Callable[..., Any],
    evolution: Evolution,
    header: dict[str, Any],
) -> None:
    event = make_event("Field logistics; a, b", **{"in_person": 5, **header})
    pool = "online" if "online" in header else "in_person"
    taking_part = register(event, "李, Wei", pool=pool)

    def take() -> tuple[str, int] | None:
        [mail] = [one for one in mails() if one["To"] == taking_part.typed_address]
        message = message_of(mail)
        assert evolution.examine(message) == []
        evolution.receive(message)
        gone = said(mail)[0] == "CANCEL"
        assert evolution.seen("own") == ([] if gone else by_icalendar(message))
        return said(mail)

    assert take() == ("REQUEST", 0)
    [first] = evolution.seen("own")
    change(event, starts=event.starts + timedelta(hours=2), ends=event.ends + timedelta(hours=2))
    assert take() == ("REQUEST", 1)
    [moved] = evolution.seen("own")
    assert (moved["uid"], moved["start"] > first["start"]) == (first["uid"], True)
    registrations.cancel_registration(holder_of(taking_part), taking_part.id)
    assert take() == ("CANCEL", 2)
    register(event, "李, Wei", address=taking_part.typed_address, pool=pool)
    assert take() == ("REQUEST", 3)
    # Of several sessions it becomes a frame of whole days.
    make_session(event), make_session(event)
    events.cancel_event(SYSTEM, event.id)
    assert take()[0] == "CANCEL"


def test_the_checker_finds_what_is_wrong(evolution: Evolution) -> None:
    """Without somebody who invites, a message is none: so does libical know the tables."""
    broken = (
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nMETHOD:REQUEST\r\nBEGIN:VEVENT\r\nUID:a@example.org\r\n"
        "DTSTAMP:20270101T000000Z\r\nDTSTART:20270310T090000Z\r\nSUMMARY:A\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    )
    assert any("ORGANIZER" in fault for fault in evolution.examine(broken.encode()))
