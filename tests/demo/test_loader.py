"""The demo in the database: whole, once, and never beside a real organisation."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from sqlalchemy import func, select

from eventhub.accounts import passwords
from eventhub.accounts.queries import find_account
from eventhub.demo import content, loader
from eventhub.demo.coming import DELEGATIONS, REGISTRATIONS
from eventhub.demo.people import PASSWORD, SIGN_INS
from eventhub.events import policy
from eventhub.events.models import Event, Series
from eventhub.foundation import clock
from eventhub.foundation.actor import SYSTEM
from eventhub.foundation.db import db
from eventhub.foundation.tables import Base
from eventhub.organisations.actors import actor_of
from eventhub.organisations.models import Organisation
from eventhub.programme.models import ProgrammeSession
from eventhub.programme.speaker_queries import list_invitees
from eventhub.registrations.models import Pool, Registration
from tests.conftest import in_november_2026, on_sqlite

pytestmark = [pytest.mark.usefixtures("app"), in_november_2026, on_sqlite]
TODAY = date(2026, 11, 24)


def counts() -> dict[str, int]:
    """How many rows each table has, but for the record of who did what."""
    kept = [table for table in Base.metadata.sorted_tables if table.name != "audit_entries"]
    return {table.name: db.session.scalar(select(func.count()).select_from(table)) or 0 for table in kept}


def event_of(slug: str) -> Event:
    event = db.session.scalar(select(Event).where(Event.slug == slug))
    assert event
    return event


def test_everything_is_loaded_and_published_in_both_languages() -> None:
    loader.load(SYSTEM, TODAY)
    loaded = db.session.scalars(select(Event)).all()
    assert {event.slug for event in loaded} == {event.slug for event in content.EVENTS}
    assert {event.status for event in loaded} == {"published"}
    assert all(event.published_languages == ["en", "zh"] for event in loaded)
    assert set(db.session.scalars(select(Series.slug))) == {series.slug for series in content.SERIES}
    assert counts()["sessions"] == sum(len(event.sessions) for event in content.EVENTS)
    assert all(db.session.scalars(select(Organisation.is_demo)))


def test_loading_again_adds_nothing() -> None:
    loader.load(SYSTEM, TODAY)
    before = counts()
    loader.load(SYSTEM, TODAY)
    assert counts() == before


def test_what_is_to_come_is_dated_anew_and_what_was_stays() -> None:
    loader.load(SYSTEM, TODAY)
    session_of = select(ProgrammeSession).where(
        ProgrammeSession.event_id == event_of("next-workshop").id, ProgrammeSession.slug == "closing"
    )
    assert db.session.scalars(session_of).one().starts == event_of("next-workshop").ends - timedelta(hours=1)
    loader.load(SYSTEM, TODAY + timedelta(days=28))
    workshop, closing = event_of("next-workshop"), db.session.scalars(session_of).one()
    assert workshop.starts and workshop.ends and closing.starts
    assert (f"{workshop.starts:%A %d %B %Y %H:%M}", f"{closing.starts:%A %d %B %Y %H:%M}") == (
        "Tuesday 02 February 2027 09:00",
        "Wednesday 03 February 2027 16:00",
    )
    assert workshop.registration_closes_at and workshop.starts_at
    assert workshop.starts_at - workshop.registration_closes_at == timedelta(days=2)
    assert event_of("beijing-workshop-2019").starts.year == 2019


def test_it_refuses_beside_a_real_organisation(make_organisation: Callable[..., Organisation]) -> None:
    make_organisation()
    with pytest.raises(loader.NotADemo):
        loader.load(SYSTEM, TODAY)
    assert (counts()["organisations"], counts()["events"]) == (1, 0)


def test_a_site_that_is_not_empty_is_left_alone(make_organisation: Callable[..., Organisation]) -> None:
    make_organisation()
    loader.load(SYSTEM, TODAY, if_empty=True)
    assert (counts()["organisations"], counts()["events"]) == (1, 0)


def test_the_sign_ins_reach_every_event() -> None:
    loader.load(SYSTEM, TODAY)
    for sign_in in SIGN_INS:
        account = find_account(sign_in.email)
        assert account
        assert account.confirmed_at
        assert passwords.is_right(account.password_hash, PASSWORD)
        actor = actor_of(account.person_id)
        assert all(policy.may_translate_event(actor, event) for event in db.session.scalars(select(Event)))
        may_edit = {policy.may_edit_event(actor, event) for event in db.session.scalars(select(Event))}
        assert may_edit == {sign_in.email.startswith("organiser")}


def test_the_workshop_has_registrations_of_the_past_weeks() -> None:
    loader.load(SYSTEM, TODAY)
    workshop = event_of("next-workshop")
    everybody = db.session.scalars(select(Registration).where(Registration.event_id == workshop.id)).all()
    group = {row.name: (row.address, row.place.state) for row in everybody if "虚构" in row.name}
    assert group == {
        DELEGATIONS[0].contact: (DELEGATIONS[0].email, "cancelled"),
        **{name: (address or None, "confirmed") for name, address in DELEGATIONS[0].people},
    }
    rows = [row for row in everybody if row.name not in group]
    days = {row.address: (TODAY - row.created_at.date()).days for row in rows}
    assert days == {registration.email: registration.days_ago for registration in REGISTRATIONS}
    assert {row.place.state for row in rows} == {"confirmed"}
    pools = db.session.execute(select(Pool.key, Pool.capacity).where(Pool.event_id == workshop.id))
    assert dict(pools.all()) == {"in_person": 30, "online": 60}


def test_two_people_were_asked_to_speak_and_have_not_answered() -> None:
    loader.load(SYSTEM, TODAY)
    waiting = {
        (event.slug, one.address, one.person.language)
        for event in db.session.scalars(select(Event))
        for one in list_invitees(event)
        if one.open
    }
    assert waiting == {
        ("next-workshop", "sari.wulandari@example.org", "en"),
        ("next-roundtable", "ning.qiu@example.org", "zh"),
    }


def test_the_page_says_what_is_invented() -> None:
    loader.load(SYSTEM, TODAY)
    for event in db.session.scalars(select(Event)):
        assert event.note.in_("zh").lang == "zh"
        assert event.note.in_("en")


def test_the_webinars_keep_beijings_hour_while_europes_clocks_change() -> None:
    loader.load(SYSTEM, TODAY)
    query = select(Event).where(Event.slug.startswith("next-webinar-")).order_by(Event.starts_at)
    webinars = db.session.scalars(query).all()
    in_geneva = [event.starts_at.astimezone(clock.zone("Europe/Zurich")).hour for event in webinars]
    assert [event.starts.hour for event in webinars] == [16] * 4
    assert in_geneva == [9, 9, 9, 10]
