"""Use-cases of events and series: what they write, announce and refuse."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from eventhub.events import queries, services
from eventhub.events.models import Event, Series
from eventhub.events.services import Header, Partners
from eventhub.foundation import clock
from eventhub.foundation.actor import SYSTEM, Actor
from eventhub.foundation.audit import AuditEntry
from eventhub.foundation.db import db
from eventhub.foundation.errors import Conflict, Forbidden, Invalid, NotFound, Stale
from eventhub.foundation.i18n import Translated
from tests.conftest import both, organisation_of

NINE = datetime(2027, 3, 10, 9)


def header(event: Event | None = None, **changes: Any) -> Header:
    """What an event says now, or a plain header, with some of it changed."""
    if event is None:
        return replace(Header("workshop", "hybrid", both("Plain"), "Asia/Shanghai", starts=NINE), **changes)
    return replace(Header(**{column.name: getattr(event, column.name) for column in fields(Header)}), **changes)


def told(fact: str) -> list[dict[str, Any]]:
    """What was announced under a name, in order."""
    query = sa.select(AuditEntry.data).where(AuditEntry.fact == fact).order_by(AuditEntry.created_at)
    return list(db.session.scalars(query))


@pytest.fixture
def organiser(make_member: Callable[..., Actor]) -> Actor:
    return make_member("organiser")


@pytest.fixture
def event(organiser: Actor, make_event: Callable[..., Event]) -> Event:
    return make_event("Bridging Practice", organisation=organisation_of(organiser))


# --- who may -----------------------------------------------------------------------------------------------


def test_only_an_organisations_organisers_add_its_events(make_member, organiser: Actor):
    mine = organisation_of(organiser)
    assert services.add_event(organiser, mine, header()).status == "draft"
    for stranger in (make_member("administrator"), make_member("viewer")):
        with pytest.raises(Forbidden):
            services.add_event(stranger, mine, header())
    with pytest.raises(Forbidden):
        services.add_series(make_member(), mine, both("Series"))
    with pytest.raises(NotFound):
        services.add_event(SYSTEM, uuid4(), header())


DEEDS: dict[str, Callable[[Actor, Any], object]] = {
    "change_event": lambda actor, event: services.change_event(actor, event.id, header(event, kind="webinar")),
    "publish_event": lambda actor, event: services.publish_event(actor, event.id),
    "postpone_event": lambda actor, event: services.postpone_event(actor, event.id),
    "cancel_event": lambda actor, event: services.cancel_event(actor, event.id),
    "copy_event": lambda actor, event: services.copy_event(actor, event.id, ()),
    "rename_event_slug": lambda actor, event: services.rename_event_slug(actor, event.id, "mine"),
    "translate_event": lambda actor, event: services.translate_event(actor, event.id, {"title": both("Mine")}),
}


@pytest.mark.parametrize("deed", DEEDS.values(), ids=DEEDS)
def test_to_strangers_the_event_is_not_there(make_member, event: Event, deed):
    with pytest.raises(NotFound):
        deed(make_member("administrator"), event)
    with pytest.raises(NotFound):
        deed(Actor("visitor"), event)
    assert (event.kind, event.status, db.session.scalar(sa.select(sa.func.count(Event.id)))) == (
        "workshop", "published", 1,
    )  # fmt: skip


def test_a_translator_changes_texts_and_nothing_else(make_member, organiser: Actor, make_organisation, event: Event):
    from eventhub.organisations.models import Organisation

    translator = make_member("translator", db.session.get(Organisation, organisation_of(organiser)))
    texts = {"title": event.title.edited({"zh": "新题"}), "slug": both("x"), "status": both("cancelled")}
    after = services.translate_event(translator, event.id, texts, version=event.version)
    assert (after.title.in_("zh"), after.slug, after.status) == ("新题", event.slug, "published")
    with pytest.raises(NotFound):
        services.change_event(translator, event.id, header(event))
    with pytest.raises(Stale):
        services.translate_event(translator, event.id, {"title": both("Late")}, version=0)


# --- headers -----------------------------------------------------------------------------------------------


def test_instants_follow_the_wall_clock_of_the_zone(organiser: Actor):
    event = services.add_event(organiser, organisation_of(organiser), header(ends=NINE + timedelta(hours=8)))
    assert event.starts_at == datetime(2027, 3, 10, 1, tzinfo=UTC)
    services.change_event(organiser, event.id, header(event, zone="Europe/Zurich"))
    assert (event.starts, event.starts_at) == (NINE, datetime(2027, 3, 10, 8, tzinfo=UTC))
    services.change_event(organiser, event.id, header(event, ends=None))
    assert event.ends_at == datetime(2027, 3, 10, 22, 59, tzinfo=UTC)  # it lasts until its day is over
    services.change_event(organiser, event.id, header(event, starts=None))
    assert (event.starts_at, event.ends_at) == (None, None)


@pytest.mark.parametrize(
    ("changes", "about"),
    [
        ({"title": Translated()}, "title"),
        ({"zone": "Mars/Olympus"}, "zone"),
        ({"starts": None, "ends": NINE}, "starts"),
        ({"ends": NINE}, "ends"),
        ({"ends": NINE - timedelta(minutes=1)}, "ends"),
        ({"zone": "Europe/Zurich", "starts": datetime(2027, 3, 28, 2, 30)}, "starts"),
        ({"parent_url": "javascript:alert(1)"}, "parent_url"),
        ({"parent_url": "//elsewhere.example"}, "parent_url"),
        ({"contact_address": "somebody"}, "contact_address"),
        ({"parent_id": uuid4()}, "parent_id"),
    ],
)
def test_what_cannot_be_is_refused_by_its_field(organiser: Actor, changes: dict[str, Any], about: str):
    with pytest.raises(Invalid) as refusal:
        services.add_event(organiser, organisation_of(organiser), header(**changes))
    assert refusal.value.field == about
    assert refusal.value.message
    assert db.session.scalar(sa.select(sa.func.count(Event.id))) == 0


def test_only_what_changed_is_told(organiser: Actor, event: Event):
    services.change_event(organiser, event.id, header(event))
    assert told("EventChanged") == []
    services.change_event(organiser, event.id, header(event, venue=both("Elsewhere"), kind="meeting"))
    assert [sorted(one["fields"]) for one in told("EventChanged")] == [["kind", "venue"]]


def test_a_save_over_a_newer_one_is_refused_whatever_was_changed(organiser: Actor, event: Event, make_organisation):
    version = event.version
    services.change_event(organiser, event.id, header(event), Partners(assisting=[make_organisation().id]), version)
    assert event.version > version
    with pytest.raises(Stale):
        services.change_event(organiser, event.id, header(event), Partners(), version)
    assert len(event.partners) == 1


def test_partners_keep_their_order_and_rows(organiser: Actor, event: Event, make_organisation):
    first, second, third = (make_organisation().id for _ in range(3))
    services.change_event(organiser, event.id, header(event), Partners(co_organisers=[first], assisting=[second]))
    kept = event.partners[1].id
    wanted = Partners(co_organisers=[second], supporting=[third, event.organisation_id])
    services.change_event(organiser, event.id, header(event), wanted)
    assert [(p.organisation_id, p.part) for p in event.partners] == [(second, "co_organiser"), (third, "supporting")]
    assert event.partners[0].id == kept
    assert told("EventChanged")[-1]["fields"] == ["partners"]


def test_an_event_is_part_only_of_one_that_its_organiser_runs(organiser: Actor, event: Event, make_event):
    mine = make_event(organisation=organisation_of(organiser), published=False)
    services.change_event(organiser, event.id, header(event, parent_id=mine.id))
    assert event.parent_id == mine.id
    for wrong in (make_event(published=False).id, make_event().id, event.id):
        with pytest.raises(Invalid):
            services.change_event(organiser, event.id, header(event, parent_id=wrong))


def test_an_event_joins_only_series_that_its_organiser_runs(organiser: Actor, event: Event, make_organisation):
    mine = services.add_series(organiser, organisation_of(organiser), both("Ours"))
    theirs = services.add_series(SYSTEM, make_organisation().id, both("Theirs"))
    services.change_event(organiser, event.id, header(event, series_id=mine.id), Partners(also_listed=[mine.id]))
    assert queries.series_of(event) == [mine.id, mine.id]
    with pytest.raises(Forbidden):
        services.change_event(organiser, event.id, header(event, series_id=theirs.id))
    with pytest.raises(Forbidden):
        services.change_event(organiser, event.id, header(event), Partners(also_listed=[theirs.id]))
    services.change_event(SYSTEM, event.id, header(event, series_id=None), Partners(also_listed=[theirs.id]))
    # Where somebody else has listed it, it may stay, and it may leave.
    services.change_event(organiser, event.id, header(event), Partners(also_listed=[theirs.id]))
    services.change_event(organiser, event.id, header(event), Partners())
    assert queries.series_of(event) == []


# --- what becomes of it ------------------------------------------------------------------------------------


def test_publishing_names_the_languages_that_have_a_title(organiser: Actor, make_event):
    event = make_event(published=False, organisation=organisation_of(organiser))
    services.change_event(organiser, event.id, header(event, title=Translated.of("zh", zh="只有中文")))
    services.publish_event(organiser, event.id)
    assert (event.status, event.published_languages) == ("published", ["zh"])
    with pytest.raises(Conflict):
        services.publish_event(organiser, event.id)


def test_a_language_without_a_title_is_refused_and_nothing_is_published(organiser: Actor, make_event):
    event = make_event(published=False, organisation=organisation_of(organiser))
    services.change_event(organiser, event.id, header(event, title=Translated.of(en="English only")))
    with pytest.raises(Invalid):
        services.publish_event(organiser, event.id, ["en", "zh"])
    db.session.expire_all()
    assert (event.status, event.published_at, told("EventPublished")) == ("draft", None, [])


def test_postponed_then_published_again_keeps_its_first_day_of_publication(organiser: Actor, event: Event):
    first = event.published_at
    services.postpone_event(organiser, event.id, both("Later"))
    assert (event.status, event.notice.in_("en")) == ("postponed", "Later")
    services.publish_event(organiser, event.id)
    assert (event.status, bool(event.notice), event.published_at) == ("published", False, first)
    services.cancel_event(organiser, event.id, both("Sorry"))
    assert event.status == "cancelled"
    for deed in (services.cancel_event, services.postpone_event):
        with pytest.raises(Conflict):
            deed(organiser, event.id)
    assert [len(told(fact)) for fact in ("EventPostponed", "EventPublished", "EventCancelled")] == [1, 2, 1]


def test_only_what_the_public_may_see_is_found_by_its_words(organiser: Actor, make_event):
    def found() -> list[str]:
        page = queries.list_public(queries.Filter(words="研讨"))
        return [event.slug for event in page.events]

    event = make_event("Workshop", published=False, organisation=organisation_of(organiser))
    assert found() == []
    services.publish_event(organiser, event.id)
    assert found() == [event.slug]
    services.change_event(organiser, event.id, header(event, visibility="unlisted"))
    assert found() == []
    services.change_event(organiser, event.id, header(event, visibility="public", title=both("Other", "会议")))
    assert found() == []


# --- copies, addresses, series, zones ----------------------------------------------------------------------


def test_a_copy_moves_by_whole_days_and_leaves_registration_behind(organiser: Actor, event: Event, make_organisation):
    opens = clock.now()
    services.change_event(
        organiser,
        event.id,
        header(event, starts=NINE, ends=NINE + timedelta(days=1), registration_opens_at=opens),
        Partners(assisting=[make_organisation().id]),
    )
    copy = services.copy_event(organiser, event.id, ["partners"], datetime(2027, 10, 31, 23))
    assert (copy.starts, copy.ends) == (datetime(2027, 10, 31, 9), datetime(2027, 11, 1, 9))
    assert (copy.status, copy.registration_opens_at, copy.published_languages) == ("draft", None, [])
    assert copy.slug != event.slug
    assert [p.part for p in copy.partners] == ["assisting"]
    assert services.copy_event(organiser, event.id, ()).partners == []
    assert told("EventAdded")[-2]["parts"] == ["partners"]


def test_a_co_organisers_copy_is_its_own_and_leaves_the_series(make_member, organiser: Actor, make_event):
    equal = make_member("organiser")
    series = services.add_series(organiser, organisation_of(organiser), both("Theirs"))
    event = make_event(
        organisation=organisation_of(organiser),
        series_id=series.id,
        partners=Partners(co_organisers=[organisation_of(equal)]),
    )
    copy = services.copy_event(equal, event.id, ["partners"])
    assert (copy.organisation_id, copy.series_id, copy.partners) == (organisation_of(equal), None, [])
    assert services.copy_event(organiser, event.id, ()).series_id == series.id


def test_a_copy_of_what_has_no_date_begins_on_the_chosen_day(organiser: Actor, event: Event):
    services.change_event(organiser, event.id, header(event, starts=None, ends=None))
    copy = services.copy_event(organiser, event.id, (), NINE)
    assert (copy.starts, copy.ends) == (NINE, None)


def test_a_co_organisers_copy_names_the_larger_event_where_it_is_not_theirs(make_member, organiser: Actor, make_event):
    equal = make_member("organiser")
    shared = {
        "organisation": organisation_of(organiser),
        "partners": Partners(co_organisers=[organisation_of(equal)]),
    }
    week, secret = make_event("Networks Week"), make_event("Secret", published=False)
    for parent, name in ((week, "Networks Week"), (secret, "")):
        copy = services.copy_event(equal, make_event(parent_id=parent.id, **shared).id, ())
        assert (copy.parent_id, copy.parent_name.in_("en")) == (None, name)


def test_a_former_address_leads_to_the_event_and_is_nobody_elses(organiser: Actor, event: Event):
    former = event.slug
    services.rename_event_slug(organiser, event.id, "Better Name")
    assert event.slug == "better-name"
    assert queries.find_event(former) is event
    namesake = services.add_event(organiser, organisation_of(organiser), header(), slug=former)
    assert namesake.slug != former
    assert namesake.slug.startswith(former)


def test_an_event_takes_back_the_address_that_it_had_before(organiser: Actor, event: Event):
    former = event.slug
    for slug in ("elsewhere", former, "elsewhere", former):
        assert services.rename_event_slug(organiser, event.id, slug).slug == slug
    assert queries.find_event("elsewhere") is event


def test_series_are_changed_by_their_own_organisation_with_a_version(organiser: Actor, make_member):
    series = services.add_series(organiser, organisation_of(organiser), both("Webinars"))
    assert series.slug == "webinars"
    with pytest.raises(NotFound):
        services.change_series(make_member(), series.id, both("Mine"), both(""), both(""))
    version = series.version
    services.change_series(organiser, series.id, both("New"), both("About"), both("Small"), version)
    with pytest.raises(Stale):
        services.change_series(organiser, series.id, both("Late"), both(""), both(""), version)
    with pytest.raises(Invalid):
        services.change_series(organiser, series.id, Translated(), both(""), both(""))
    db.session.expire_all()
    assert db.session.get(Series, series.id).title.in_("en") == "New"


def test_new_rules_of_a_zone_move_the_instants_of_future_events_only(event: Event, make_event, monkeypatch):
    past = make_event(starts=datetime(2019, 10, 23, 9), ends=datetime(2019, 10, 25, 17))
    before, wall = event.starts_at, event.starts
    assert services.derive_instants(SYSTEM) == []
    with pytest.raises(Forbidden):
        services.derive_instants(Actor("visitor"))
    with monkeypatch.context() as rules:
        rules.setattr(clock, "zone", lambda name: ZoneInfo("Asia/Tokyo"))
        assert services.derive_instants(SYSTEM) == [event.id]
    assert (event.starts, event.starts_at) == (wall, before - timedelta(hours=1))
    assert past.starts_at == datetime(2019, 10, 23, 1, tzinfo=UTC)
