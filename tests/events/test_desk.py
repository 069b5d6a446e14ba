"""The organiser's desk over HTTP: planning an event, telling what becomes of it, and who may."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from eventhub.events import services
from eventhub.events.models import Event, Series
from eventhub.events.services import Partners
from eventhub.foundation.actor import SYSTEM, Actor
from eventhub.foundation.db import db
from eventhub.foundation.errors import Conflict
from eventhub.foundation.i18n import Translated
from eventhub.foundation.work import OutboxRow
from tests.conftest import Browser, both, on_sqlite, organisation_of
from tests.filled import filled

pytestmark = on_sqlite

ROOMS = ["", "settings/", "address/", "publish/", "publish/languages/", "postpone/", "cancel/", "copy/"]
SCRIPT = "<script>alert(1)</script>"


@pytest.fixture
def organiser(make_member: Callable[..., Actor]) -> Actor:
    return make_member("organiser")


@pytest.fixture
def desk(organiser: Actor, sign_in: Callable[[Actor], Browser]) -> Browser:
    return sign_in(organiser)


@pytest.fixture
def event(organiser: Actor, make_event: Callable[..., Event]) -> Event:
    return make_event("Bridging Practice", organisation=organisation_of(organiser))


def at(event: Event, room: str = "", lang: str = "en") -> str:
    return f"/{lang}/organise/events/{event.slug}/{room}"


def form_at(browser: Browser, address: str, **changes: Any) -> dict[str, Any]:
    response = browser.get(address)
    assert response.status_code == 200, response.status_code
    return filled(response.get_data(as_text=True), **changes)


def fresh(event: Event) -> Event:
    db.session.expire_all()
    found = db.session.get(Event, event.id)
    assert found
    return found


# --- who may -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("room", ROOMS)
def test_a_visitor_is_led_to_sign_in_or_told_nothing(client: Browser, event: Event, room: str):
    response = client.get(at(event, room))
    assert response.status_code == 302
    assert "/sign-in/" in response.location


@pytest.mark.parametrize("room", ROOMS)
def test_another_organisations_organiser_sees_nothing(make_member, sign_in, event: Event, room: str):
    stranger = sign_in(make_member("administrator"))
    assert stranger.get(at(event, room)).status_code == 404
    assert stranger.get("/en/organise/events/no-such/" + room).status_code == 404
    if room:
        token = stranger.csrf("/en/organise/new-event/")
        assert stranger.post(at(event, room), data={"csrf_token": token}).status_code == 404
    assert fresh(event).status == "published"


@pytest.mark.parametrize("role", ["viewer", "check_in", "translator"])
def test_others_of_the_organisation_look_but_do_not_save(
    make_member, organiser: Actor, sign_in, event: Event, save, role: str
):
    from eventhub.organisations.models import Organisation

    organisation = db.session.get(Organisation, organisation_of(organiser))
    looker = sign_in(make_member(role, organisation))
    page = looker.get(at(event)).get_data(as_text=True)
    assert "Bridging Practice" in page
    for room in ROOMS[1:]:
        assert at(event, room) not in page
        assert looker.get(at(event, room)).status_code == 403
        assert looker.post(at(event, room), data={"csrf_token": "x"}).status_code in {400, 403}


def test_a_co_organiser_edits_an_assisting_organisation_does_not(make_member, make_event, sign_in):
    equal, helper = make_member("organiser"), make_member("organiser")
    partners = Partners(co_organisers=[organisation_of(equal)], assisting=[organisation_of(helper)])
    event = make_event("Shared", partners=partners)
    assert sign_in(equal).get(at(event, "settings/")).status_code == 200
    assert sign_in(helper).get(at(event, "settings/")).status_code == 404


def test_who_organises_nothing_may_not_add(make_member, sign_in):
    looker = sign_in(make_member("viewer"))
    assert looker.get("/en/organise/new-event/").status_code == 403
    assert looker.get("/en/organise/new-series/").status_code == 403


# --- overview ----------------------------------------------------------------------------------------------


def test_the_overview_says_what_needs_attention(desk: Browser, organiser: Actor, make_event):
    event = make_event(
        organisation=organisation_of(organiser),
        published=False,
        starts=None,
        ends=None,
        title=None,
        summary=Translated.of(en="Only in English"),
    )
    stale = Translated.of(en="Old", zh="旧").edited({"en": "New"})
    services.change_event(SYSTEM, event.id, _header(event, description=stale))
    page = desk.get(at(event)).get_data(as_text=True)
    assert "not published yet" in page
    assert "dates are still to be announced" in page
    assert "One text is missing in Chinese" in page
    assert "One text is out of date in Chinese" in page
    assert "The programme is still empty" in page
    assert "Steps to publication" in page
    assert page.count("Write it in the settings") == 1, "of the dates"


def _header(event: Event, **changes: Any) -> services.Header:
    from dataclasses import fields

    return services.Header(**{f.name: getattr(event, f.name) for f in fields(services.Header)} | changes)


def test_a_cancelled_event_needs_no_programme_no_date_and_no_translation(desk: Browser, event: Event):
    services.change_event(
        SYSTEM, event.id, _header(event, starts=None, ends=None, summary=Translated.of(en="Only in English"))
    )
    told = ("The programme is still empty", "dates are still to be announced", "One text is missing in Chinese")
    page = desk.get(at(event)).get_data(as_text=True)
    assert [said for said in told if said not in page] == []
    services.cancel_event(SYSTEM, event.id)
    page = desk.get(at(event)).get_data(as_text=True)
    assert [said for said in told if said in page] == []
    assert "Nothing is waiting for you." in page


def test_what_is_in_order_asks_for_nothing(desk: Browser, event: Event, make_session):
    make_session(event, kind="plenary")
    page = desk.get(at(event)).get_data(as_text=True)
    assert "Nothing is waiting for you" in page
    assert "Steps to publication" not in page


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_every_room_is_there_in_both_languages(desk: Browser, event: Event, lang: str):
    for room in ROOMS:
        response = desk.get(at(event, room, lang))
        assert response.status_code == 200
        assert 'aria-current="page"' in response.get_data(as_text=True)


def test_the_tab_of_the_room_one_is_in_is_marked(desk: Browser, event: Event):
    def here(room: str) -> list[str]:
        page = desk.get(at(event, room)).get_data(as_text=True)
        return [part.split('href="')[-1].rstrip('"') for part in page.split(' aria-current="page"')[:-1]]

    assert here("") == [at(event)]
    assert here("publish/") == [at(event)]
    assert here("settings/") == [at(event, "settings/")]
    assert here("programme/") == [at(event, "programme/")]
    assert here("programme/rooms/") == [at(event, "programme/")]
    assert here("speakers/") == [at(event, "speakers/")]


# --- create and edit ---------------------------------------------------------------------------------------


def test_an_event_is_added_in_both_languages(desk: Browser, organiser: Actor, make_organisation):
    partner = make_organisation("Partner")
    form = form_at(desk, "/en/organise/new-event/")
    form |= {
        "title_en": "Field Workshop", "title_zh": "实地研讨会", "kind": "workshop", "mode": "hybrid",
        "zone": "Asia/Shanghai", "starts": ["2027-03-10", "09:00"], "ends": ["", "17:30"],
        "venue_en": "Hotel", "venue_zh": "酒店", "opens": ["2027-01-01", "08:00"], "closes": ["2027-03-01", "18:00"],
        "partners-0-organisation_id": str(partner.id), "partners-0-part": "co_organiser",
        "contact_address": "us@example.org",
    }  # fmt: skip
    response = desk.post("/en/organise/new-event/", data=form)
    assert response.status_code == 303, response.get_data(as_text=True)
    event = db.session.scalar(sa.select(Event))
    assert event.slug == "field-workshop"
    assert event.status == "draft"
    assert event.organisation_id == organisation_of(organiser)
    assert dict(event.title.texts) == {"en": "Field Workshop", "zh": "实地研讨会"}
    assert event.starts_at.isoformat() == "2027-03-10T01:00:00+00:00"
    assert event.ends_at.isoformat() == "2027-03-10T09:30:00+00:00"
    assert event.registration_opens_at.isoformat() == "2027-01-01T00:00:00+00:00"
    assert event.registration_closes_at.isoformat() == "2027-03-01T10:00:00+00:00"
    assert [(p.organisation_id, p.part) for p in event.partners] == [(partner.id, "co_organiser")]
    assert response.location.endswith(f"/en/organise/events/{event.slug}/")


def test_a_new_event_without_a_title_comes_back_with_everything_typed(desk: Browser):
    form = form_at(desk, "/en/organise/new-event/", venue_en="Kept", starts=["2027-03-10", "09:00"])
    response = desk.post("/en/organise/new-event/", data=form)
    page = response.get_data(as_text=True)
    assert response.status_code == 422
    assert "Give the event a title in one language at least." in page
    assert (filled(page)["venue_en"], filled(page)["starts"]) == (["Kept"], ["2027-03-10", "09:00"])


def test_one_adds_events_only_in_the_name_of_ones_own_organisation(desk: Browser, make_organisation):
    form = form_at(desk, "/en/organise/new-event/", title_en="Cuckoo", organisation_id=str(make_organisation().id))
    assert desk.post("/en/organise/new-event/", data=form).status_code == 422
    assert db.session.scalar(sa.select(sa.func.count(Event.id))) == 0


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"title_en": "", "title_zh": ""}, "Give the event a title in one language at least."),
        ({"starts": ["2027-13-45", "09:00"]}, "Write the day as 2019-10-23"),
        ({"starts": ["2027-03-10", ""]}, "Give the hour as well."),
        ({"starts": ["", "09:00"]}, "Give the day as well."),
        ({"starts": ["2027-03-10", "09:00"], "ends": ["", "08:00"]}, "The end must come after the start."),
        ({"starts": ["", ""], "ends": ["2027-03-10", "09:00"]}, "An event that ends also needs a start."),
        ({"zone": "Europe/Zurich", "starts": ["2027-03-28", "02:30"]}, "it does not exist on that day"),
        ({"contact_address": "nobody@"}, "This is not an e-mail address."),
        ({"parent_url": "javascript:alert(1)"}, "An address begins with https://"),
        ({"kind": "party"}, "Not a valid choice"),
        ({"title_en": "x" * 201}, "Please shorten this to 200 characters."),
    ],
)
def test_a_wrong_form_comes_back_with_everything_typed(desk: Browser, event: Event, changes: dict, said: str):
    form = form_at(desk, at(event, "settings/"), note_en=f"Kept {SCRIPT}", ends=["", ""], starts=["", ""])
    response = desk.post(at(event, "settings/"), data=form | changes)
    page = response.get_data(as_text=True)
    assert response.status_code == 422
    assert said in page
    assert "Kept &lt;script&gt;" in page
    assert SCRIPT not in page
    for name, value in changes.items():
        if name not in {"kind", "zone"}:
            assert filled(page)[name] == (value if isinstance(value, list) else [value])
    assert fresh(event).note.texts == {}


def test_saving_what_one_opened_changes_nothing(desk: Browser, event: Event):
    before = _header(fresh(event))
    assert desk.post(at(event, "settings/"), data=form_at(desk, at(event, "settings/"))).status_code == 303
    assert _header(fresh(event)) == before


def test_zones_are_chosen_by_their_cities_and_a_former_name_stays(desk: Browser, event: Event):
    services.change_event(SYSTEM, event.id, _header(event, zone="Asia/Calcutta"))
    page = desk.get(at(event, "settings/", "zh")).get_data(as_text=True)
    assert '<option value="Europe/Istanbul">伊斯坦布尔时间 · Europe/Istanbul</option>' in page
    assert page.count("Asia/Calcutta") == page.count('<option selected value="Asia/Calcutta">') * 2 == 2
    form = form_at(desk, at(event, "settings/"), title_en="Renamed")
    assert desk.post(at(event, "settings/"), data=form).status_code == 303
    assert (fresh(event).zone, fresh(event).title.texts["en"]) == ("Asia/Calcutta", "Renamed")
    assert desk.post(at(event, "settings/"), data=form | {"zone": "Asia/Atlantis"}).status_code == 422


def test_a_row_more_without_a_script_and_nothing_is_saved(desk: Browser, event: Event, make_organisation):
    partner = make_organisation()
    form = form_at(desk, at(event, "settings/"), title_en="Half typed", add_row="partners")
    form["partners-0-organisation_id"] = str(partner.id)
    response = desk.post(at(event, "settings/"), data=form)
    again = filled(response.get_data(as_text=True))
    assert response.status_code == 200
    assert again["title_en"] == ["Half typed"]
    assert again["partners-0-organisation_id"] == [str(partner.id)]
    assert again["partners-1-organisation_id"] == [""]
    assert fresh(event).title.texts["en"] == "Bridging Practice"
    assert desk.post(at(event, "settings/"), data=again).status_code == 303
    assert [p.organisation_id for p in fresh(event).partners] == [partner.id]
    form = form_at(desk, at(event, "settings/"), **{"partners-0-remove": "y"})
    assert desk.post(at(event, "settings/"), data=form).status_code == 303
    assert fresh(event).partners == []


def test_columns_outside_the_form_stay(desk: Browser, event: Event, make_organisation):
    stolen = make_organisation()
    form = form_at(desk, at(event, "settings/"))
    form |= {
        "organisation_id": str(stolen.id), "slug": "taken-over", "status": "cancelled", "id": str(stolen.id),
        "public_revision": "99", "published_languages": "en", "published_at": "2000-01-01", "notice_en": "x",
    }  # fmt: skip
    before = fresh(event)
    kept = before.organisation_id, before.slug, before.status, before.published_languages, before.published_at
    assert desk.post(at(event, "settings/"), data=form).status_code in {303, 422}
    after = fresh(event)
    assert (after.organisation_id, after.slug, after.status, after.published_languages, after.published_at) == kept


def test_one_joins_only_ones_own_series_and_parents(desk: Browser, event: Event, make_event, make_member):
    other = make_member()
    foreign = services.add_series(SYSTEM, organisation_of(other), both("Foreign"))
    secret = make_event("Secret draft", published=False, organisation=organisation_of(other))
    page = desk.get(at(event, "settings/")).get_data(as_text=True)
    assert "Foreign" not in page
    assert "Secret draft" not in page
    for changes in ({"series_id": str(foreign.id)}, {"also_listed": [str(foreign.id)]}, {"parent_id": str(secret.id)}):
        form = form_at(desk, at(event, "settings/"), **changes)
        assert desk.post(at(event, "settings/"), data=form).status_code == 422
    after = fresh(event)
    assert (after.series_id, after.also_listed, after.parent_id) == (None, [], None)


def test_the_organiser_is_no_partner_of_its_own_event(desk: Browser, organiser: Actor, event: Event):
    own = str(organisation_of(organiser))
    changes = {"partners-0-organisation_id": own, "partners-0-part": "co_organiser", "title_en": "Mine"}
    response = desk.post(at(event, "settings/"), data=form_at(desk, at(event, "settings/"), **changes))
    page = response.get_data(as_text=True)
    assert (response.status_code, filled(page)["title_en"]) == (422, ["Mine"])
    row = page.split('<label for="partners-0-organisation_id">')[1].split("<select")[0]
    assert "This organisation is the organiser already." in row
    assert fresh(event).partners == []


def test_all_that_is_wrong_with_a_form_is_said_at_once(desk: Browser, event: Event):
    wrong = {
        "title_en": "", "title_zh": "", "summary_en": "x" * 601, "starts": ["tomorrow", "09:00"],
        "ends": ["2027-03-01", "18:00"], "contact_address": "nobody", "parent_url": "javascript:alert(1)",
        "opens": ["2027-03-02", "18:00"], "closes": ["2027-03-01", "18:00"],
    }  # fmt: skip
    for address in (at(event, "settings/"), "/en/organise/new-event/"):
        response = desk.post(address, data=form_at(desk, address, **wrong))
        page = response.get_data(as_text=True)
        assert response.status_code == 422
        for said in (
            "Give the event a title in one language at least.", "Please shorten this to 600 characters.",
            "Write the day as 2019-10-23", "This is not an e-mail address.", "An address begins with https://",
            "Registration must close after it opens.",
        ):  # fmt: skip
            assert page.count(said) == 2, said  # at the top of the form, and beside its field
        assert "An event that ends also needs a start." not in page


def test_registration_that_would_close_before_it_opens_is_refused_beside_the_field(desk: Browser, event: Event):
    form = form_at(
        desk, at(event, "settings/"), opens=["2027-03-01", "18:00"], closes=["2027-03-01", "18:00"], title_en="Mine"
    )
    response = desk.post(at(event, "settings/"), data=form)
    page = response.get_data(as_text=True)
    assert (response.status_code, filled(page)["title_en"]) == (422, ["Mine"])
    assert "Registration must close after it opens." in page.split('<label for="closes">')[1].split('id="closes"')[0]


def test_a_series_shows_somebody_elses_public_event_and_lets_it_go(
    desk: Browser, organiser: Actor, make_event, client: Browser, make_member, sign_in
):
    series = services.add_series(organiser, organisation_of(organiser), both("Our webinars"))
    theirs = make_event("Consortium call")
    quiet, draft = make_event("Quiet", visibility="unlisted"), make_event("Draft", published=False)
    here, public = f"/en/organise/series/{series.slug}/listings/", f"/en/series/{series.slug}/"
    assert here in desk.get(f"/en/organise/series/{series.slug}/").get_data(as_text=True)
    for hidden in (quiet.slug, draft.slug, "nowhere", "", "https://evil.example/"):
        refused = desk.submit(here, {"slug": hidden})
        assert (refused.status_code, "There is no public event at this address." in refused.text) == (422, True)
    for _ in range(2):
        address = f"http://127.0.0.1:8000/zh/events/{theirs.slug}/?zone=UTC"
        assert desk.submit(here, {"slug": address}).status_code == 303
    assert "Consortium call" in client.get(public).text
    assert b"Consortium call" in client.get(f"{public}calendar.ics").data
    stranger = sign_in(make_member("administrator"))
    assert stranger.get(here).status_code == 404
    token = stranger.csrf("/en/organise/new-event/")
    remove = f"{here}{theirs.id}/remove/"
    assert stranger.post(remove, data={"csrf_token": token}).status_code == 404
    assert "Consortium call" in client.get(public).text
    assert remove in desk.get(here).text
    assert desk.submit(remove, form_at=here).status_code == 303
    assert "Consortium call" not in client.get(public).text
    assert b"Consortium call" not in client.get(f"{public}calendar.ics").data


# --- two at once -------------------------------------------------------------------------------------------


def test_two_who_change_different_fields_lose_nothing(desk: Browser, event: Event):
    address = at(event, "settings/")
    mine, theirs = form_at(desk, address), form_at(desk, address)
    theirs["venue_en"] = f"Their hall {SCRIPT}"
    mine["summary_en"] = "My summary"
    assert desk.post(address, data=theirs).status_code == 303
    response = desk.post(address, data=mine)
    page = response.get_data(as_text=True)
    assert response.status_code == 409
    assert "Their hall &lt;script&gt;" in page
    assert SCRIPT not in page
    assert "theirs is kept" in page
    again = filled(page)
    assert again["summary_en"] == ["My summary"]
    assert again["venue_en"] == [f"Their hall {SCRIPT}"]
    assert fresh(event).summary.texts == {}
    assert desk.post(address, data=again).status_code == 303
    after = fresh(event)
    assert after.summary.texts["en"] == "My summary"
    assert after.venue.texts["en"] == f"Their hall {SCRIPT}"


def test_two_who_change_the_same_field_see_both_texts(desk: Browser, event: Event):
    address = at(event, "settings/")
    mine, theirs = form_at(desk, address), form_at(desk, address)
    assert desk.post(address, data=theirs | {"title_en": "Their title"}).status_code == 303
    response = desk.post(address, data=mine | {"title_en": "My title"})
    page = response.get_data(as_text=True)
    assert response.status_code == 409
    assert "Their title" in page
    assert filled(page)["title_en"] == ["My title"]
    assert fresh(event).title.texts["en"] == "Their title"
    assert desk.post(address, data=filled(page)).status_code == 303
    assert fresh(event).title.texts["en"] == "My title"


def test_a_partner_added_meanwhile_is_not_lost(desk: Browser, event: Event, make_organisation):
    address, partner = at(event, "settings/"), make_organisation("Newcomer")
    mine, theirs = form_at(desk, address), form_at(desk, address)
    assert desk.post(address, data=theirs | {"partners-0-organisation_id": str(partner.id)}).status_code == 303
    response = desk.post(address, data=mine | {"title_en": "My title"})
    again = filled(response.get_data(as_text=True))
    assert response.status_code == 409
    assert again["partners-0-organisation_id"] == [str(partner.id)]
    assert desk.post(address, data=again).status_code == 303
    after = fresh(event)
    assert [p.organisation_id for p in after.partners] == [partner.id]
    assert after.title.texts["en"] == "My title"


def test_what_somebody_else_changed_beside_the_form_does_not_hinder_its_save(
    desk: Browser, organiser: Actor, make_event
):
    event = make_event(organisation=organisation_of(organiser), published=False)
    mine = form_at(desk, at(event, "settings/"), title_en="My title")
    services.publish_event(SYSTEM, event.id)
    assert desk.post(at(event, "settings/"), data=mine).status_code == 303
    after = fresh(event)
    assert (after.title.texts["en"], after.status) == ("My title", "published")


def test_a_double_click_saves_once_and_is_no_conflict(desk: Browser, event: Event):
    form = form_at(desk, at(event, "settings/"), title_en="Twice")
    assert [desk.post(at(event, "settings/"), data=form).status_code for _ in range(2)] == [303, 303]


def test_a_forged_memory_of_the_form_is_no_harm(desk: Browser, event: Event):
    form = form_at(desk, at(event, "settings/"), title_en="Mine", version="1", read="[1")
    assert desk.post(at(event, "settings/"), data=form).status_code == 409


# --- publish, postpone, cancel, copy, address --------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "why"),
    [("9999-12-31", "Choose a year from 1970 to 2100."), ("2027-03-28", "The clocks are put forward over this time")],
)
def test_a_day_on_which_a_copy_cannot_be_is_refused_beside_it(desk: Browser, organiser: Actor, make_event, day, why):
    half_past_two = datetime(2027, 3, 10, 2, 30)
    event = make_event(
        organisation=organisation_of(organiser),
        zone="Europe/Zurich",
        starts=half_past_two,
        ends=half_past_two + timedelta(hours=3),
    )
    response = desk.submit(at(event, "copy/"), {"parts": ["partners"], "day": day})
    assert response.status_code == 422
    assert why in response.get_data(as_text=True)
    assert "First day of the copy" in response.get_data(as_text=True)


def test_a_language_is_added_after_publication_and_nobody_is_written_to(
    desk: Browser, organiser: Actor, make_event, client: Browser
):
    event = make_event(organisation=organisation_of(organiser), published=False)
    services.publish_event(SYSTEM, event.id, ["en"])
    assert at(event, "publish/languages/") in desk.get(at(event, "settings/")).get_data(as_text=True)
    assert "noindex" in client.get(f"/zh/events/{event.slug}/").get_data(as_text=True)
    waiting = db.session.scalar(sa.select(sa.func.count(OutboxRow.id)))
    assert desk.submit(at(event, "publish/languages/"), {"languages": ["zh", "en"]}).status_code == 303
    assert fresh(event).published_languages == ["en", "zh"]
    assert "noindex" not in client.get(f"/zh/events/{event.slug}/").get_data(as_text=True)
    assert db.session.scalar(sa.select(sa.func.count(OutboxRow.id))) == waiting
    assert desk.submit(at(event, "publish/languages/")).status_code == 422


def test_an_event_is_not_published_in_a_language_without_a_title(desk: Browser, organiser: Actor, make_event):
    event = make_event(Translated.of(en="Only English"), organisation=organisation_of(organiser))
    response = desk.submit(at(event, "publish/languages/"), {"languages": ["en", "zh"]})
    assert response.status_code == 422
    assert "The title is still missing in this language." in response.get_data(as_text=True)
    assert fresh(event).published_languages == ["en"]
    draft = make_event(organisation=organisation_of(organiser), published=False)
    assert desk.get(at(draft, "publish/languages/")).headers["Location"] == at(draft, "publish/")
    with pytest.raises(Conflict):
        services.change_languages(SYSTEM, draft.id, ["en"])


def test_the_life_of_an_event(desk: Browser, organiser: Actor, make_event, client: Browser):
    event = make_event(organisation=organisation_of(organiser), published=False)
    public = f"/en/events/{event.slug}/"
    assert client.get(public).status_code == 404
    assert desk.submit(at(event, "publish/"), {"languages": ["en"]}).status_code == 303
    assert fresh(event).published_languages == ["en"]
    assert client.get(public).status_code == 200
    assert desk.submit(at(event, "postpone/"), {"notice_en": "Later", "notice_zh": "延期"}).status_code == 303
    after = fresh(event)
    assert (after.status, after.notice.texts["zh"]) == ("postponed", "延期")
    assert "Later</textarea>" in desk.get(at(event, "postpone/")).text
    assert "Later" not in desk.get(at(event, "cancel/")).text.partition("<form")[2], "that is another reason"
    assert desk.submit(at(event, "publish/"), {"languages": ["en", "zh"]}).status_code == 303
    assert (fresh(event).status, bool(fresh(event).notice)) == ("published", False)
    assert desk.submit(at(event, "cancel/"), {"notice_en": "Sorry"}).status_code == 303
    assert (fresh(event).status, fresh(event).notice.texts["en"]) == ("cancelled", "Sorry")


def test_a_language_without_a_title_is_not_published(desk: Browser, organiser: Actor, make_event):
    event = make_event(organisation=organisation_of(organiser), published=False)
    services.change_event(SYSTEM, event.id, _header(event, title=Translated.of(en="Only English")))
    response = desk.submit(at(event, "publish/"), {"languages": ["en", "zh"]})
    assert response.status_code == 422
    assert "The title is still missing in this language." in response.get_data(as_text=True)
    assert desk.submit(at(event, "publish/"), {}).status_code == 422
    assert fresh(event).status == "draft"


def test_a_draft_is_not_cancelled(desk: Browser, organiser: Actor, make_event):
    event = make_event(organisation=organisation_of(organiser), published=False)
    assert desk.get(at(event, "cancel/")).status_code == 409
    assert desk.get(at(event, "postpone/")).status_code == 409


def test_publishing_twice_is_a_conflict(desk: Browser, event: Event):
    assert desk.submit(at(event, "publish/"), {"languages": ["en"]}).status_code == 409


def test_a_copy_has_the_chosen_parts_on_its_new_day(desk: Browser, event: Event, make_session, make_organisation):
    make_session(event, "Opening")
    services.change_event(SYSTEM, event.id, _header(event), Partners(supporting=[make_organisation().id]))
    response = desk.submit(at(event, "copy/"), {"parts": ["programme"], "day": "2030-05-06"})
    assert response.status_code == 303
    copy = db.session.scalar(sa.select(Event).where(Event.id != event.id))
    assert (copy.status, copy.starts.isoformat()) == ("draft", "2030-05-06T09:00:00")
    assert copy.partners == []
    page = desk.get(at(copy, "programme/")).get_data(as_text=True)
    assert "Opening" in page
    assert "Monday 6 May 2030" in page


def test_a_copy_tells_of_the_larger_event_that_it_still_names(desk: Browser, event: Event):
    larger = {"parent_name": both("Weeks", "网络周"), "parent_dates": both("3–7 February 2020", "2020年2月3日至7日")}
    services.change_event(SYSTEM, event.id, replace(_header(event), **larger), Partners())
    form = form_at(desk, at(event, "copy/")) | {"day": "2030-05-06"}
    page = desk.post(at(event, "copy/"), data=form, follow_redirects=True).get_data(as_text=True)
    assert "It is still named as part of “Weeks”, 3–7 February 2020." in page


def test_the_former_address_leads_to_the_new_one(desk: Browser, event: Event, app: Flask):
    former = event.slug
    assert desk.submit(at(event, "address/"), {"slug": "Better Name"}).status_code == 303
    assert fresh(event).slug == "better-name"
    assert desk.get(f"/en/organise/events/{former}/").status_code == 200


# --- series ------------------------------------------------------------------------------------------------


def test_a_series_is_added_and_edited(desk: Browser, organiser: Actor, make_member, sign_in):
    assert desk.submit("/en/organise/new-series/", {"title_en": "", "title_zh": ""}).status_code == 422
    form = form_at(desk, "/en/organise/new-series/", title_en="Webinars", title_zh="网络研讨会")
    assert desk.post("/en/organise/new-series/", data=form).status_code == 303
    series = db.session.scalar(sa.select(Series))
    assert series.organisation_id == organisation_of(organiser)
    address = f"/en/organise/series/{series.slug}/"
    mine, theirs = form_at(desk, address), form_at(desk, address)
    assert desk.post(address, data=theirs | {"note_en": "Theirs"}).status_code == 303
    response = desk.post(address, data=mine | {"description_en": "Mine"})
    assert response.status_code == 409
    assert desk.post(address, data=filled(response.get_data(as_text=True))).status_code == 303
    db.session.expire_all()
    assert (series.note.texts["en"], series.description.texts["en"]) == ("Theirs", "Mine")
    assert sign_in(make_member()).get(address).status_code == 404
