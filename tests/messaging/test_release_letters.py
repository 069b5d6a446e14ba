"""Who hears of a release, in which language, and what of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from email.message import EmailMessage
from typing import Any

import pytest

from eventhub.events.models import Event
from eventhub.foundation.actor import SYSTEM
from eventhub.foundation.i18n import Translated
from eventhub.programme import participation, releases, services
from eventhub.programme.models import ProgrammeSession, Speaker
from eventhub.programme.plans import SessionPlan, SpeakerPlan, plan_of
from eventhub.registrations.models import Registration

from .conftest import plain

NINE = datetime(2027, 3, 10, 9)
Letters = Callable[[], list[EmailMessage]]


@pytest.fixture
def event(make_event: Callable[..., Event]) -> Event:
    return make_event("Workshop", slug="workshop", starts=NINE, ends=NINE + timedelta(hours=8))


@pytest.fixture
def sessions(event: Event, make_session: Callable[..., ProgrammeSession], make_person, save) -> list[ProgrammeSession]:
    """Two sessions, each with somebody in it; the first of them is known by the address that an organiser typed."""
    invited = make_person(address=None, language="zh")
    save(Speaker(event_id=event.id, person_id=invited.id, address="typed@example.org"))
    own = make_person(address="own@example.org")
    return [
        make_session(event, "Opening", speakers=[SpeakerPlan("keynote", person_id=invited.id)]),
        make_session(event, "Panel", speakers=[SpeakerPlan("panellist", person_id=own.id)]),
    ]


def written(found: list[EmailMessage]) -> dict[str, str]:
    """The letters by whom they are to."""
    return {str(letter["To"]): plain(letter) for letter in found}


def test_a_release_is_told_to_those_it_concerns_in_their_language(
    event: Event, sessions: Any, register: Callable[..., Registration], letters: Letters
):
    register(event, language="zh", address="reader@example.org")
    letters()
    services.move_session(SYSTEM, sessions[0].id, NINE + timedelta(hours=5))
    releases.release(SYSTEM, event.id, Translated.of(en="The hall was taken.", zh="礼堂被占用。"))
    found = written(letters())
    assert found.keys() == {"typed@example.org", "reader@example.org"}
    for text in found.values():
        assert "2027年3月10日 星期三的时间由 09:00–10:00 改为 14:00–15:00。" in text
        assert "礼堂被占用。" in text
        assert "/zh/events/workshop/changes/" in text
    assert "/zh/registrations/" in found["reader@example.org"]
    assert "/registrations/" not in found["typed@example.org"]
    assert letters() == []


def test_a_release_that_only_cancels_is_told_and_one_that_only_mends_words_is_not_told_to_registrants(
    event: Event, sessions: Any, register: Callable[..., Registration], letters: Letters
):
    register(event, address="reader@example.org")
    letters()
    services.cancel_session(SYSTEM, sessions[1].id)
    found = written(letters())
    assert found.keys() == {"own@example.org", "reader@example.org"}
    assert "Cancelled; it was to be on Wednesday 10 March 2027, 10:00–11:00." in found["reader@example.org"]
    plan = replace(plan_of(sessions[0]), title=Translated.of(en="Opening!", zh="开幕！"))
    services.change_session(SYSTEM, sessions[0].id, plan, corrects=True)
    assert letters() == []
    role = sessions[0].speakers[0]
    participation.set_mode(SYSTEM, [role.id], "remote")
    assert written(letters()).keys() == {"typed@example.org"}


def test_a_release_can_be_made_without_a_letter(event: Event, sessions: Any, letters: Letters):
    services.move_session(SYSTEM, sessions[0].id, NINE + timedelta(hours=5))
    releases.release(SYSTEM, event.id, tells=False)
    assert letters() == []


def test_a_long_list_of_changes_is_cut_and_says_so(
    event: Event, make_session, register: Callable[..., Registration], letters: Letters
):
    register(event, address="reader@example.org")
    letters()
    for number in range(23):
        plan = SessionPlan("panel", Translated.of(en=f"Session {number}"), starts=NINE, ends=NINE + timedelta(hours=1))
        services.add_session(SYSTEM, event.id, plan)
    releases.release(SYSTEM, event.id)
    assert "And 3 more changes." in written(letters())["reader@example.org"]
