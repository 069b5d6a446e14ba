"""What people hear of their certificates: that these are ready, once, and nothing that stands on them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, time, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import select

from eventhub.attendance import services as attendance
from eventhub.attendance.certificates import queries
from eventhub.attendance.certificates import services as certificates
from eventhub.attendance.services import Scan
from eventhub.foundation import clock
from eventhub.foundation.actor import SYSTEM
from eventhub.foundation.db import db
from eventhub.people.names import Names
from eventhub.programme import speakers
from eventhub.programme.models import Speaker
from eventhub.programme.plans import SpeakerPlan
from eventhub.programme.speaker_queries import list_parts
from eventhub.registrations import delegations, rights
from eventhub.registrations.agreements import Details
from eventhub.registrations.delegations import Member
from eventhub.registrations.models import Registration
from eventhub.registrations.rights import RightsPlan
from tests.messaging.conftest import html, plain

Make = Callable[..., Any]


def test_each_hears_once_that_a_certificate_is_ready(
    make_event: Make, register: Make, letters: Make, make_session: Make, make_person: Make, monkeypatch: Any
):
    nine = datetime.combine((clock.now() + timedelta(days=1)).date(), time(9))
    event = make_event("Roundtable", slug="roundtable", in_person=9, starts=nine, ends=nine + timedelta(hours=8))
    rights.set_rights(SYSTEM, event.id, RightsPlan(has_delegations=True))
    wang, late = register(event, "王芳", language="zh"), register(event, "Late")
    contact, silent = Details(name="Anna", address="anna@example.org"), Details(name="Silent Sun")
    delegations.register_delegation(SYSTEM, event.id, contact, [Member(silent, "in_person")], "in_person")
    anna, silent = (
        db.session.scalars(select(Registration).where(Registration.name == name)).one()
        for name in ("Anna", "Silent Sun")
    )
    zhang = make_person(Names(family="Zhang", given="Wei"), address="zhang@example.org", language="zh")
    make_session(event, "Opening", speakers=[SpeakerPlan("panellist", person_id=zhang.id)])
    speakers.invite(SYSTEM, event.id, [zhang.id])
    speaker = db.session.scalars(select(Speaker)).one()
    speakers.answer(SYSTEM, speaker.id, [one.id for one in list_parts(speaker)], accepts=True)
    for one in (wang, anna, silent):
        attendance.check_in(SYSTEM, event.id, Scan(id=uuid4(), made_at=clock.now(), who_id=one.id))
    letters()
    real = clock.now
    monkeypatch.setattr(clock, "now", lambda: real() + timedelta(days=7))

    assert certificates.issue_certificates(SYSTEM, event.id) == 4
    told = letters()
    assert sorted(str(letter["To"]) for letter in told) == sorted(
        [wang.address, anna.address, anna.address, "zhang@example.org"]
    )
    by_reader = {str(letter["To"]): letter for letter in told}
    assert by_reader[wang.address]["Subject"] == "您的证明已备好：研讨会：Roundtable"
    assert "/zh/registrations/" in plain(by_reader[wang.address])
    assert "/zh/speak/" in plain(by_reader["zhang@example.org"])
    assert "演讲证明" in plain(by_reader["zhang@example.org"])
    assert sum("Silent Sun of your delegation" in plain(letter) for letter in told) == 1
    codes = [one.code for one in queries.list_certificates(event)]
    assert not any(code in plain(letter) + html(letter) for code in codes for letter in told)
    assert not any(part.get_content_type() == "text/calendar" for letter in told for part in letter.walk())

    # Issued again, or anew, nobody hears it twice; who earns one later hears of theirs alone.
    certificates.reissue_certificate(SYSTEM, queries.find_of_registration(wang).id)  # type: ignore[union-attr]
    assert certificates.issue_certificates(SYSTEM, event.id) == 0
    assert letters() == []
    attendance.check_in(SYSTEM, event.id, Scan(id=uuid4(), made_at=clock.now(), who_id=late.id))
    assert certificates.issue_certificates(SYSTEM, event.id) == 1
    assert [letter["To"] for letter in letters()] == [late.address]
