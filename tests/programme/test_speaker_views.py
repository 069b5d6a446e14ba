"""A speaker's own page, and the organisers' room of people, over HTTP."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa

from eventhub.events import services as events
from eventhub.events.models import Event
from eventhub.foundation import clock, files, links
from eventhub.foundation.actor import SYSTEM, Actor
from eventhub.foundation.audit import AuditEntry
from eventhub.foundation.db import db
from eventhub.foundation.files import StoredFile
from eventhub.foundation.i18n import EMPTY, Translated
from eventhub.organisations.models import Organisation
from eventhub.people import services as people
from eventhub.people.models import Person
from eventhub.people.names import Names
from eventhub.programme import services, snapshots, speaker_details, speakers
from eventhub.programme.models import SessionRole, Speaker
from eventhub.programme.plans import SpeakerPlan
from eventhub.programme.speaker_details import Wishes
from tests.conftest import Browser, both, make_public, on_sqlite, organisation_of
from tests.documents import picture
from tests.filled import filled
from tests.queries import count_queries

from .invited import again, facts, give_part, holder, invited, put

pytestmark = on_sqlite

Make = Callable[..., Any]
SCRIPT = "<script>alert(1)</script>"
PAGES = ("", "profile/", "wishes/", "answer/")
PART_PAGES = ("remote/", "back/", "withdraw/", "presentation/", "co-speaker/")


@pytest.fixture
def organiser(make_member: Make) -> Actor:
    return make_member("organiser")


@pytest.fixture
def desk(organiser: Actor, sign_in: Callable[[Actor], Browser]) -> Browser:
    return sign_in(organiser)


@pytest.fixture
def event(organiser: Actor, make_event: Make) -> Event:
    return make_event("Bridging Practice", organisation=organisation_of(organiser))


@pytest.fixture
def guest(organiser: Actor, make_person: Make) -> Person:
    return make_person(known_to=organisation_of(organiser), address=None)


@pytest.fixture
def asked(event: Event, guest: Person, make_session: Make) -> tuple[Speaker, SessionRole]:
    """Somebody who was invited to present."""
    return invited(make_session, event, guest, "guest@example.org", role="presenter")


def page_of(speaker: Speaker, way: str = "", lang: str = "en") -> str:
    return f"/{lang}/speak/{links.make('speaker', speaker.id, speaker.link_number)}/{way}"


def part_of(speaker: Speaker, role: SessionRole, way: str, lang: str = "en") -> str:
    return page_of(speaker, f"parts/{role.id}/{way}", lang)


def text(browser: Browser, address: str) -> str:
    response = browser.get(address)
    assert response.status_code == 200, (address, response.status_code)
    return response.get_data(as_text=True)


def at(event: Event, way: str = "", lang: str = "en") -> str:
    return f"/{lang}/organise/events/{event.slug}/speakers/{way}"


# --- the speaker's own page --------------------------------------------------------------------------------


def test_the_page_says_who_invites_to_what_and_when_in_both_zones(client: Browser, asked, event):
    speaker, role = asked
    put(speaker, zone="Europe/Zurich")
    page = text(client, page_of(speaker))
    hour = clock.wall(role.session.starts_at, "Europe/Zurich")
    for said in (
        "invites you", "Bridging Practice", "contact@example.org", "Session 1", "Presenter", "09:00", f"{hour:%H:%M}",
        "Beijing time", "Geneva time", "Waits for your answer", "Please answer by", event.organisation.name.in_("en"),
    ):  # fmt: skip
        assert said in page, said
    [when] = re.findall(r"<dt>When</dt><dd>(.*?)</dd>", page, re.DOTALL)
    for zone in ("Beijing time", "Geneva time"):
        assert re.search(rf">\d\d:\d\d</time></span> <span class=\"nowrap\">{zone}", when), "an hour beside each zone"
    zh = text(client, page_of(speaker, lang="zh"))
    for said in (
        "邀请您参加",
        "研讨会：Bridging Practice",
        "报告人",
        "北京时间",
        "日内瓦时间",
        "待您答复",
        "确认参加",
        "婉拒",
    ):
        assert said in zh, said
    response = client.get(page_of(speaker))
    assert response.headers["Cache-Control"] == "private, no-store"
    assert response.headers["Referrer-Policy"] == "no-referrer"
    assert "noindex" in page


def test_looking_changes_nothing(client: Browser, asked, event):
    speaker, role = asked
    speakers.answer(holder(speaker), speaker.id, [role.id], accepts=True)
    before = again(speaker).version, again(role).version, db.session.scalar(sa.select(sa.func.count(AuditEntry.id)))
    for way in PAGES:
        client.get(page_of(speaker, way))
    for way in PART_PAGES:
        client.get(part_of(speaker, role, way))
    after = again(speaker).version, again(role).version, db.session.scalar(sa.select(sa.func.count(AuditEntry.id)))
    assert (after, again(speaker).seen_at) == (before, None)
    token = client.csrf(page_of(speaker))
    assert client.post(page_of(speaker, "seen/"), data={"csrf_token": token}).status_code == 303
    assert again(speaker).seen_at is not None


def test_wrong_and_old_links_are_the_same_404_after_the_same_work(
    client: Browser, asked, event, make_session, make_person
):
    speaker, role = asked
    good = page_of(speaker)
    token = good.split("/")[3]
    speakers.rotate_link(SYSTEM, speaker.id)
    wrong = [
        token,
        links.make("registration", speaker.id, 2),
        links.make("speaker_calendar", speaker.id, 2),
        links.make("speaker", uuid4(), 1),
        "short",
    ]
    answers = set()
    for guess in wrong:
        for way in (*PAGES, *(f"parts/{role.id}/{way}" for way in PART_PAGES)):
            with count_queries() as queries:
                response = client.get(f"/en/speak/{guess}/{way}")
            answers.add((response.status_code, len(queries)))
    assert len(answers) == 1
    assert answers.pop()[0] == 404
    assert client.get(page_of(again(speaker))).status_code == 200
    assert client.post(f"/en/speak/{token}/seen/", data={"csrf_token": client.csrf("/en/links/")}).status_code == 404


def test_a_link_opens_no_part_of_somebody_else(client: Browser, asked, event, make_session, make_person):
    speaker, _ = asked
    _, of_other = invited(make_session, event, make_person(), role="presenter")
    unasked = give_part(make_session, event, speaker.person, role="presenter")
    for role in (of_other, unasked):
        for way in PART_PAGES:
            assert client.get(part_of(speaker, role, way)).status_code == 404
        token = client.csrf(page_of(speaker))
        for way in PART_PAGES:
            data = {"csrf_token": token, "reason": "x", "title_en": "x"}
            assert client.post(part_of(speaker, role, way), data=data).status_code == 404
    assert str(unasked.session.title.in_("en")) not in text(client, page_of(speaker))


def test_all_is_confirmed_with_one_button_and_an_old_page_explains_itself(client: Browser, asked):
    speaker, role = asked
    form = filled(text(client, page_of(speaker)), accepts="yes", parts=[str(role.id)])
    for _ in range(2):
        assert client.post(page_of(speaker, "answer/"), data=form).status_code == 303
        assert "you have confirmed" in text(client, page_of(speaker))
    late = {**form, "accepts": "no", "reason": "Ill"}
    assert client.post(page_of(speaker, "answer/"), data=late).status_code == 303
    assert "confirmed before" in text(client, page_of(speaker))
    assert again(role).state == "confirmed"
    assert client.get(page_of(speaker, "answer/")).status_code == 303, "nothing is left to answer"


def test_some_parts_are_confirmed_and_others_declined_with_a_reason(client: Browser, asked, event, guest, make_session):
    speaker, first = asked
    _, second = invited(make_session, event, guest)
    address = page_of(speaker, "answer/")
    page = text(client, address)
    assert page.count('name="parts"') == 2
    assert re.findall(r'name="accepts" value="(\w+)"', page) == ["no", "yes"], "Enter beside a reason declines"
    form = filled(page)
    refused = client.post(address, data={**form, "parts": [str(second.id)], "accepts": "no", "reason": ""})
    assert (refused.status_code, "a few words are enough" in refused.get_data(as_text=True)) == (422, True)
    client.post(address, data={**form, "parts": [str(second.id)], "accepts": "no", "reason": SCRIPT})
    page = text(client, page_of(speaker))
    assert "Please answer by" in page
    assert SCRIPT not in page
    assert "&lt;script&gt;" in page
    assert client.post(address, data={**form, "parts": [str(first.id)], "accepts": "yes"}).status_code == 303
    assert [again(one).state for one in (first, second)] == ["confirmed", "declined"]
    for parts, status in (([str(uuid4())], 404), (["nonsense"], 422), ([], 422)):
        assert client.post(address, data={**form, "parts": parts, "accepts": "yes"}).status_code == status


def test_after_the_lapse_the_page_says_what_to_do(client: Browser, asked):
    speaker, role = asked
    with clock.standing_at(speaker.answer_by + timedelta(minutes=1)):
        page = text(client, page_of(speaker))
        assert "The time to confirm was over on" in page
        assert 'value="yes"' not in page
        form = filled(text(client, page_of(speaker, "answer/")), accepts="yes", parts=[str(role.id)])
        assert client.post(page_of(speaker, "answer/"), data=form).status_code == 303
        assert "they can ask you again" in text(client, page_of(speaker))
        client.post(page_of(speaker, "answer/"), data={**form, "accepts": "no", "reason": "Sorry"})
    assert again(role).state == "declined"


def test_a_speaker_goes_remote_comes_back_and_withdraws(client: Browser, asked):
    speaker, role = asked
    client.post(
        page_of(speaker, "answer/"), data=filled(text(client, page_of(speaker)), accepts="yes", parts=[str(role.id)])
    )
    for way, reason, status in (("remote/", "", 422), ("remote/", "Visa", 303), ("back/", "", 303)):
        form = filled(text(client, part_of(speaker, role, way)), reason=reason)
        assert client.post(part_of(speaker, role, way), data=form).status_code == status
    assert again(role).mode == "in_person"
    page = text(client, part_of(speaker, role, "withdraw/"))
    assert "The session begins in" in page
    assert client.post(part_of(speaker, role, "withdraw/"), data=filled(page, reason="Ill")).status_code == 303
    assert again(role).state == "withdrawn"
    assert client.get(part_of(speaker, role, "withdraw/")).status_code == 303
    assert client.post(part_of(speaker, role, "remote/"), data=filled(page, reason="x")).status_code == 303
    assert "This part was given up." in text(client, page_of(speaker))
    assert "Your reason: Ill" in text(client, page_of(speaker))


def test_a_link_changes_its_mind_a_dozen_times_an_hour_and_a_letter_goes_no_oftener(
    app, client: Browser, desk: Browser, asked, event, guest, monkeypatch
):
    """Each change is a letter to all in the session and a release: a link that was found writes to nobody for hours."""
    speaker, role = asked
    speakers.answer(holder(speaker), speaker.id, [role.id], accepts=True)
    make_public(event)
    monkeypatch.setattr(app.extensions["eventhub_settings"], "rate_limit_factor", 1)
    for number in range(16):
        way = ("remote/", "back/")[number % 2]
        page = client.get(part_of(speaker, role, way))
        client.post(part_of(speaker, role, way), data=filled(page.text, reason="Visa"))
    assert len(facts("SpeakerModeChosen")) == 12
    assert "changed many times" in text(client, page_of(speaker))
    assert desk.submit(at(event, f"{guest.id}/new-link/"), form_at="/en/account/").status_code == 429


def test_a_speaker_with_several_parts_goes_remote_in_all_of_them_or_some(
    client: Browser, asked, event, guest, make_session
):
    speaker, first = asked
    _, second = invited(make_session, event, guest)
    _, third = invited(make_session, event, guest, "", state="proposed")
    address = part_of(speaker, second, "remote/")
    page = text(client, address)
    assert page.count('name="parts"') == 3
    form = filled(page, reason="Visa", parts=[str(first.id), str(second.id)])
    assert client.post(address, data=form).status_code == 303
    assert [again(one).mode for one in (first, second, third)] == ["remote", "remote", "in_person"]


def test_a_presentation_is_written_in_both_languages_and_a_stale_save_shows_both(client: Browser, asked):
    speaker, role = asked
    address = part_of(speaker, role, "presentation/")
    mine, theirs = filled(text(client, address)), filled(text(client, address))
    saved = client.post(
        address, data={**theirs, "title_en": "Floods", "title_zh": "洪灾", "abstract_en": "**How** it was"}
    )
    assert saved.status_code == 303
    met = client.post(address, data={**mine, "title_en": "Storms"})
    assert met.status_code == 409
    assert "Floods" in met.get_data(as_text=True)
    assert client.post(address, data=filled(met.get_data(as_text=True))).status_code == 303
    held = again(role)
    assert (held.presentation_title.texts, held.presentation_abstract.texts["en"]) == (
        {"en": "Storms", "zh": "洪灾"},
        "**How** it was",
    )
    page = text(client, page_of(speaker))
    assert "<strong>How</strong>" in page


def test_names_and_biography_are_written_where_the_link_may(
    client: Browser, asked, guest, make_event, make_session, make_organisation
):
    speaker, _ = asked
    address = page_of(speaker, "profile/")
    form = filled(
        text(client, address), biography_en="Ten years in **relief**.", biography_zh="从事救灾十年。", han_given="敏"
    )
    assert client.post(address, data=form).status_code == 303
    person = again(guest)
    assert (person.biography.texts["zh"], person.names.han_given) == ("从事救灾十年。", "敏")
    assert "从事救灾十年。" in text(client, page_of(speaker))
    stale = client.post(address, data={**form, "biography_en": "Eleven years"})
    assert stale.status_code == 409

    other = make_event(organisation=make_organisation())
    elsewhere, _ = invited(make_session, other, guest, "typed@example.org")
    page = text(client, page_of(elsewhere))
    assert "cannot be changed on this page" in page
    assert "从事救灾十年。" not in page
    assert client.get(page_of(elsewhere, "profile/")).status_code == 404
    assert (
        client.post(
            page_of(elsewhere, "profile/"), data={**form, "csrf_token": client.csrf(page_of(elsewhere))}
        ).status_code
        == 404
    )


def test_wishes_are_told_row_by_row(client: Browser, asked):
    speaker, _ = asked
    address = page_of(speaker, "wishes/")
    form = filled(text(client, address), zone="Europe/Zurich", needs="A clicker", may_record="no")
    more = client.post(address, data={**form, "add_row": "availability"})
    assert more.get_data(as_text=True).count("day-hour") == 4
    assert again(speaker).needs == "", "a button for one more row saves nothing"
    for starts, ends, said in (
        (["2030-05-06", "09:00"], ["", ""], "Give both a start and an end"),
        (["2030-05-06", "09:00"], ["", "08:00"], "The end must come after the start"),
    ):
        wrong = client.post(address, data={**form, "availability-0-starts": starts, "availability-0-ends": ends})
        assert (wrong.status_code, said in wrong.get_data(as_text=True)) == (422, True)
    good = {**form, "availability-0-starts": ["2030-05-06", "09:00"], "availability-0-ends": ["", "12:00"]}
    assert client.post(address, data=good).status_code == 303
    now = again(speaker)
    assert (now.availability, now.may_record) == (["2030-05-06T09:00/2030-05-06T12:00"], False)
    page = text(client, page_of(speaker))
    assert "Monday 6 May 2030, 09:00–12:00" in page
    assert client.post(address, data=filled(text(client, address), needs="Two clickers")).status_code == 303
    assert again(speaker).availability == now.availability


def test_a_co_speaker_is_proposed_and_shown_to_organisers(client: Browser, desk: Browser, asked, event):
    speaker, role = asked
    address = part_of(speaker, role, "co-speaker/")
    page = text(client, address)
    form = filled(page, family="Rahman", given="Aisha", address="rahman@example.org", language="en")
    assert client.post(address, data={**form, "address": "no"}).status_code == 422
    assert client.post(address, data=form).status_code == 303
    again_posted = client.post(address, data=form)
    assert "presents with you already" in again_posted.get_data(as_text=True)
    assert "Aisha Rahman" in text(client, page_of(speaker))
    room = text(desk, at(event))
    assert "Aisha Rahman" in room
    assert "Invite one person" in room
    assert "rahman@example.org" in text(desk, at(event, "invite/"))


def test_what_is_missing_is_asked_for_and_what_changed_is_marked_as_read(client: Browser, asked, event):
    speaker, role = asked
    assert "still need from you" not in text(client, page_of(speaker)), "first they have to confirm"
    speakers.answer(holder(speaker), speaker.id, [role.id], accepts=True)
    page = text(client, page_of(speaker))
    for said in (
        "The title of what you present",
        "Your biography in both languages",
        "Whether your part may be recorded",
    ):
        assert said in page
    make_public(event)
    services.move_session(SYSTEM, role.session_id, role.session.starts + timedelta(hours=1))
    assert "Moved on" not in text(client, page_of(speaker))
    make_public(event)
    page = text(client, page_of(speaker))
    assert "Moved on" in page
    client.submit(page_of(speaker, "seen/"), form_at=page_of(speaker))
    assert "Moved on" not in text(client, page_of(speaker))


def test_a_speaker_has_erased_what_they_told_of_themself(client: Browser, asked, event, guest):
    speaker, role = asked
    people.change_profile(SYSTEM, guest.id, replace(people.Profile.of(guest), biography=both("Canary bird", "金丝雀")))
    with files.received_picture(io.BytesIO(picture())) as upload:
        people.set_photo(SYSTEM, guest.id, upload)
    speaker_details.change_desk(SYSTEM, speaker.id, Wishes("Asia/Tokyo", (), "Canary seed", may_record=True))
    assert "Canary bird" in text(client, page_of(speaker))
    assert client.submit(page_of(speaker, "erase/"), form_at=page_of(speaker)).status_code == 303
    page = text(client, page_of(speaker))
    assert "Canary" not in page
    db.session.refresh(guest)
    db.session.refresh(speaker)
    assert (guest.biography.texts, guest.photo_id, speaker.needs) == ({}, None, "")
    assert (guest.names.in_("en") in page, speaker.may_record, role.state) == (True, True, "invited")
    assert db.session.scalar(sa.select(sa.func.count(StoredFile.id))) == 0
    other = page_of(speaker, "erase/").replace("/speak/", "/speak/A")
    assert client.post(other, data={"csrf_token": client.csrf(page_of(speaker))}).status_code == 404


def test_the_link_is_ended_by_its_holder_and_the_page_does_not_lead_on(client: Browser, asked):
    speaker, _ = asked
    before = page_of(speaker)
    response = client.submit(page_of(speaker, "new-link/"), form_at=before)
    assert (response.status_code, "/speak/" in response.get_data(as_text=True).split("<main", 1)[1]) == (200, False)
    assert client.get(before).status_code == 404
    assert facts()[-1] == "SpeakerLinkRotated"


def test_a_draft_shows_its_hours_to_those_who_are_asked_and_no_calendar(
    client: Browser, organiser, guest, make_event, make_session
):
    draft = make_event(organisation=organisation_of(organiser), published=False)
    speaker, _ = invited(make_session, draft, guest, "g@example.org")
    page = text(client, page_of(speaker))
    assert "The programme is not public yet" in page
    assert "feed-address" not in page
    assert f"/events/{draft.slug}/" not in page.split("<main", 1)[1]


@pytest.mark.parametrize("state", ["cancelled", "postponed", "over"])
def test_what_does_not_take_place_is_said_and_nothing_is_asked(client: Browser, asked, event, state: str):
    speaker, _ = asked
    moment = clock.now()
    if state == "cancelled":
        events.cancel_event(SYSTEM, event.id, Translated.of(en="Too few rooms."))
        assert "尚未翻译" in client.get(page_of(speaker, lang="zh")).text.split('"notice attention"')[1]
    elif state == "postponed":
        events.postpone_event(SYSTEM, event.id, EMPTY)
    else:
        moment = event.ends_at + timedelta(days=1)
    with clock.standing_at(moment):
        page = text(client, page_of(speaker))
    said = {"cancelled": "has been cancelled", "postponed": "has been postponed", "over": "This event is over"}[state]
    assert said in page
    assert ("Confirm" in page) is (state == "postponed")


def test_a_page_asks_as_often_for_three_parts_as_for_one(client: Browser, asked, event, guest, make_session):
    speaker, _ = asked

    def count() -> int:
        client.get(page_of(speaker))
        with count_queries() as queries:
            client.get(page_of(speaker))
        return len(queries)

    one = count()
    for _ in range(2):
        invited(make_session, event, guest, role="presenter")
    assert count() == one


def test_a_reason_that_an_organiser_wrote_is_not_shown_to_the_speaker(client: Browser, asked, event, make_session):
    speaker, role = asked
    _, other = invited(make_session, event, speaker.person, role="presenter")
    speakers.answer(SYSTEM, speaker.id, [role.id], accepts=False, reason="We have somebody better")
    speakers.withdraw(SYSTEM, speaker.id, other.id, "Moved aside")
    page = text(client, page_of(speaker))
    assert "somebody better" not in page
    assert "Moved aside" not in page
    speakers.propose_again(SYSTEM, speaker.id, role.id)
    speakers.invite(SYSTEM, event.id, [speaker.person_id])
    speakers.answer(holder(speaker), speaker.id, [role.id], accepts=False, reason="Harvest")
    assert "Your reason: Harvest" in text(client, page_of(speaker))


def test_a_zone_is_asked_once_with_the_list_that_profiles_have(client: Browser, asked):
    speaker, _ = asked
    page = text(client, page_of(speaker, "wishes/", "zh"))
    assert '<option value="Asia/Kathmandu">加德满都时间 · Asia/Kathmandu</option>' in page
    assert "Chongqing" not in page
    assert 'name="zone"' not in text(client, page_of(speaker, "profile/"))
    put(speaker.person, zone="Asia/Tokyo")
    form = filled(text(client, page_of(speaker, "profile/")), biography_en="Ten years")
    assert client.post(page_of(speaker, "profile/"), data=form).status_code == 303
    assert (again(speaker.person).zone, again(speaker.person).biography.texts["en"]) == ("Asia/Tokyo", "Ten years")


def test_who_is_late_is_not_led_to_going_remote_and_the_old_page_explains_itself(client: Browser, asked):
    speaker, role = asked
    form = filled(text(client, part_of(speaker, role, "remote/")), reason="Visa")
    with clock.standing_at(speaker.answer_by + timedelta(minutes=1)):
        page = text(client, page_of(speaker))
        assert "The time to answer is over" in page
        assert "take part remotely" not in page
        assert client.get(part_of(speaker, role, "remote/")).status_code == 303
        assert client.post(part_of(speaker, role, "remote/"), data=form).status_code == 303
        assert "they can ask you again" in text(client, page_of(speaker))
    assert again(role).mode == "in_person"


def test_before_the_answer_nobody_is_promised_to_be_in_the_programme(client: Browser, asked):
    speaker, role = asked
    assert "not announced before you have confirmed" in text(client, part_of(speaker, role, "remote/"))
    speakers.answer(holder(speaker), speaker.id, [role.id], accepts=True)
    assert "You stay in the programme" in text(client, part_of(speaker, role, "remote/"))


def test_of_several_sessions_none_is_named_above_and_the_first_is_counted_to(
    client: Browser, asked, event, guest, make_session
):
    speaker, first = asked
    later = first.session.starts + timedelta(days=1)
    _, second = invited(make_session, event, guest, starts=later, ends=later + timedelta(hours=1))
    page = text(client, part_of(speaker, second, "remote/"))
    assert '<p class="lede">' not in page
    days = (first.session.starts_at - clock.now()).days
    assert f"The first of these sessions begins in {days} days." in page
    legend = page.split("For which parts?")[1]
    assert legend.split("</legend>")[0].count("required") == 1
    assert "optional" not in text(client, page_of(speaker, "answer/")).split("<main")[1]


def test_a_cancelled_event_asks_nothing_any_more(client: Browser, asked, event):
    speaker, role = asked
    form = filled(text(client, page_of(speaker, "answer/")), accepts="yes", parts=[str(role.id)])
    events.cancel_event(SYSTEM, event.id, EMPTY)
    page = text(client, page_of(speaker))
    assert "No answer needed" in page
    for gone in ("Waits for your answer", "Title and abstract", "Send the slides"):
        assert gone not in page, gone
    for ask in (client.get, lambda address: client.post(address, data=form)):
        assert ask(page_of(speaker, "answer/")).status_code == 303
        page = text(client, page_of(speaker))
        assert "No answer is needed any more." in page
        assert page.count("This event has been cancelled.") == 1
    assert client.get(part_of(speaker, role, "presentation/")).status_code == 404
    assert again(role).state == "invited"


def test_a_panellist_is_not_pressed_for_a_title(client: Browser, event, guest, make_session):
    speaker, role = invited(make_session, event, guest, "g@example.org")
    speakers.answer(holder(speaker), speaker.id, [role.id], accepts=True)
    page = text(client, page_of(speaker))
    assert "What you speak about (optional)" in page
    assert "The title of what you present" not in page
    assert "Propose a co-speaker" not in page


def test_in_an_event_online_nobody_is_in_a_room(
    client: Browser, desk: Browser, organiser, guest, make_event, make_session
):
    online = make_event(organisation=organisation_of(organiser), mode="online")
    speaker, _ = invited(make_session, online, guest, "g@example.org")
    for page in (
        text(client, page_of(speaker)), text(desk, at(online)), text(desk, at(online, f"{guest.id}/parts/"))
    ):  # fmt: skip
        assert '<span class="badge">Online</span>' in page
        assert '<span class="badge">In person</span>' not in page
        assert "akes part remotely" not in page


def test_what_a_speaker_did_themself_is_no_news_to_them_and_a_session_is_named_once(client: Browser, asked, event):
    speaker, role = asked
    speakers.answer(holder(speaker), speaker.id, [role.id], accepts=True)
    make_public(event)
    speakers.change_mode(holder(speaker), speaker.id, [role.id], "remote", "Visa")
    assert "since you last looked" not in text(client, page_of(speaker))
    speakers.change_mode(SYSTEM, speaker.id, [role.id], "in_person")
    for hours in (1, 2):
        services.move_session(SYSTEM, role.session_id, role.session.starts + timedelta(hours=hours))
        make_public(event)
    news = text(client, page_of(speaker)).split("since you last looked")[1].split("</section>")[0]
    assert (news.count("<li>"), news.count("Moved on")) == (1, 2)
    assert "Beijing time" in news


# --- the organisers' room ----------------------------------------------------------------------------------


def rooms_of(speaker: Speaker, role: SessionRole) -> tuple[list[str], list[str]]:
    one, part = f"{speaker.person_id}/", f"{speaker.person_id}/parts/{role.id}/"
    pages = ["", "invite/", f"{one}parts/", *(f"{part}{deed}/" for deed in ("decline", "withdraw", "remote", "back"))]
    return pages, ["remind/", f"{one}new-link/", f"{part}confirm/", f"{part}propose/"]


def test_organisers_of_others_find_nothing_and_viewers_do_nothing(
    asked, event, organiser, make_member, sign_in, client
):
    speaker, role = asked
    stranger = sign_in(make_member("administrator"))
    viewer = sign_in(make_member("viewer", db.session.get(Organisation, organisation_of(organiser))))
    pages, acts = rooms_of(speaker, role)
    for browser, status in ((stranger, 404), (viewer, 403)):
        token = browser.csrf("/en/account/")
        for way in pages:
            assert browser.get(at(event, way)).status_code == (200 if (way, status) == ("", 403) else status), way
            assert browser.post(at(event, way), data={"csrf_token": token}).status_code in {status, 405}
        for way in acts:
            assert browser.post(at(event, way), data={"csrf_token": token}).status_code == status
    for way in pages:
        assert client.get(at(event, way)).status_code == 302
    assert again(role).state == "invited"
    room = text(viewer, at(event))
    assert "guest@example.org" not in room
    assert "Remind" not in room


def test_the_room_shows_who_has_not_answered_and_reminds_all_at_once(desk: Browser, asked, event):
    speaker, _ = asked
    page = text(desk, at(event))
    assert "Have not answered" in page
    assert "Waiting for an answer" in page
    assert links.make("speaker", speaker.id, 1) not in page
    assert desk.submit(at(event, "remind/"), form_at=at(event)).status_code == 303
    assert "Nobody was reminded" in text(desk, at(event))
    put(speaker, invited_at=clock.now() - timedelta(days=1))
    desk.submit(at(event, "remind/"), form_at=at(event))
    assert "A reminder is on its way" in text(desk, at(event))
    assert facts("SpeakerReminded") == ["SpeakerReminded"]
    put(speaker, reminded_at=None)
    desk.submit(at(event, "remind/"), {"person": str(speaker.person_id)}, form_at=at(event))
    assert len(facts("SpeakerReminded")) == 2
    with clock.standing_at(again(speaker).answer_by + timedelta(minutes=1)):
        assert "No answer in time" in text(desk, at(event))


def test_several_people_are_invited_with_an_address_where_there_is_none(
    desk: Browser, event, guest, make_person, make_session
):
    known = make_person(Names(family="Aaron"))
    first, second = give_part(make_session, event, guest), give_part(make_session, event, known)
    address = at(event, "invite/")
    page = text(desk, address)
    assert page.count('type="email"') == 1
    form = filled(page)
    refused = desk.post(address, data=form)
    assert (refused.status_code, "the letter goes there" in refused.get_data(as_text=True)) == (422, True)
    for wrong in (
        {"people-1-address": "no"},
        {"people-1-address": "g@example.org", "answer_by": ["2020-01-01", "10:00"]},
    ):
        assert desk.post(address, data={**form, **wrong}).status_code == 422
    assert {again(one).state for one in (first, second)} == {"proposed"}
    nobody = {name: value for name, value in form.items() if not name.endswith("wanted")}
    assert "Choose at least one person" in desk.post(address, data=nobody).get_data(as_text=True)
    assert desk.post(address, data={**form, "people-1-address": "g@example.org"}).status_code == 303
    assert {again(one).state for one in (first, second)} == {"invited"}
    assert db.session.scalar(sa.select(Speaker.address).where(Speaker.person_id == guest.id)) == "g@example.org"


def test_one_person_is_invited_alone_and_again_with_more_time(desk: Browser, asked, event, make_person, make_session):
    speaker, _ = asked
    give_part(make_session, event, make_person())
    address = f"{at(event, 'invite/')}?person={speaker.person_id}"
    page = text(desk, address)
    assert page.count('name="people-') == 2, "the tick and the id of one person"
    later = clock.wall(speaker.answer_by, event.zone) + timedelta(days=3)
    form = filled(page, answer_by=[f"{later:%Y-%m-%d}", f"{later:%H:%M}"])
    assert desk.post(address, data=form).status_code == 303
    assert clock.wall(again(speaker).answer_by, event.zone) == later
    for nonsense in ("?person=x", f"?person={uuid4()}"):
        assert desk.get(at(event, "invite/") + nonsense).status_code == 200


def test_nobody_to_invite_is_said(desk: Browser, event):
    assert "Nobody whom you could invite" in text(desk, at(event, "invite/"))


def test_one_speaker_is_shown_with_what_they_told_and_answered_for(desk: Browser, asked, event, guest):
    speaker, role = asked
    wishes = speaker_details.Wishes("Europe/Zurich", ["2030-05-06T09:00/2030-05-07T12:00"], SCRIPT, may_record=False)
    speaker_details.change_desk(holder(speaker), speaker.id, wishes)
    address = at(event, f"{guest.id}/parts/")
    page = text(desk, address)
    for said in (
        "guest@example.org",
        "Geneva time",
        "Monday 6 May 2030, 09:00–Tuesday 7 May 2030, 12:00",
        "Confirm for them",
    ):
        assert said in page, said
    assert SCRIPT not in page
    part = f"{address}{role.id}/"
    assert desk.submit(f"{part}confirm/", form_at=address).status_code == 303
    assert again(role).state == "confirmed"
    desk.submit(f"{part}confirm/", form_at=address)
    for deed, reason, status in (("remote", "", 422), ("remote", "Visa refused", 303), ("withdraw", "Ill", 303)):
        form = filled(text(desk, f"{part}{deed}/"), reason=reason)
        assert desk.post(f"{part}{deed}/", data=form).status_code == status
        if deed == "remote" and reason:
            assert again(role).mode == "remote"
            assert "Visa refused" in text(desk, at(event))
    assert again(role).state == "withdrawn"
    assert desk.submit(f"{part}decline/", {"reason": "No"}).status_code == 303
    assert "given up before" in text(desk, address)
    desk.submit(f"{part}propose/", form_at=address)
    assert again(role).state == "proposed"
    desk.submit(f"{part}propose/", form_at=address)
    assert desk.submit(f"{at(event)}{guest.id}/new-link/", form_at=address).status_code == 303
    assert again(speaker).link_number == 2


def test_a_declined_part_keeps_its_reason_for_the_organisers(desk: Browser, asked, event, guest):
    address = at(event, f"{guest.id}/parts/{asked[1].id}/decline/")
    assert desk.submit(address, {"reason": "Told me on the phone"}).status_code == 303
    page = text(desk, at(event))
    assert "Declined" in page
    assert "Told me on the phone" in page
    assert "Have not answered" not in page


def test_a_change_at_once_tells_its_number(desk: Browser, asked, event, guest):
    speaker, role = asked
    speakers.answer(SYSTEM, speaker.id, [role.id], accepts=True)
    make_public(event)
    number = snapshots.newest_number(event.id)
    address = at(event, f"{guest.id}/parts/{role.id}/remote/")
    token = filled(text(desk, address), reason="No visa")
    told = desk.post(address, data=token, follow_redirects=True).get_data(as_text=True)
    assert f"Saved. Correction {number + 1} is public; those with a part in the session are written to." in told


def test_who_confirmed_without_a_letter_goes_remote_in_one_step_too(desk: Browser, event, guest, make_session):
    role = give_part(make_session, event, guest, state="confirmed")
    make_public(event)
    address = at(event, f"{guest.id}/parts/")
    assert f"{role.id}/remote/" in text(desk, address)
    way = f"{address}{role.id}/remote/"
    assert desk.post(way, data=filled(text(desk, way), reason="Flight cancelled")).status_code == 303
    assert again(role).mode == "remote"
    assert f"{role.id}/back/" in text(desk, address)


def test_an_address_is_corrected_and_a_new_link_goes_out(desk: Browser, asked, event, guest):
    speaker, _ = asked
    address = at(event, f"{guest.id}/parts/")
    assert desk.submit(address, {"address": "no"}).status_code == 422
    assert desk.submit(address, {"address": "right@example.org"}).status_code == 303
    assert (again(speaker).address, again(speaker).link_number) == ("right@example.org", 2)


def test_who_is_only_proposed_has_nothing_to_be_answered_for(desk: Browser, event, guest, make_session):
    role = give_part(make_session, event, guest)
    address = at(event, f"{guest.id}/parts/")
    page = text(desk, address)
    assert "None given" in page
    token = desk.csrf(at(event, "new/"))
    for way in (f"{address}{role.id}/confirm/", f"{at(event)}{guest.id}/new-link/"):
        assert desk.post(way, data={"csrf_token": token}).status_code == 404
    assert desk.get(f"{address}{role.id}/remote/").status_code == 404
    assert desk.get(at(event, f"{uuid4()}/parts/")).status_code == 404
    assert desk.get(f"{address}{uuid4()}/remote/").status_code == 404


def test_the_overview_counts_who_is_not_invited_and_who_has_not_answered(
    desk: Browser, asked, event, make_person, make_session
):
    speaker, _ = asked
    for _ in range(2):
        give_part(make_session, event, make_person())
    # People are counted, not their parts; nobody is waited for in a session that is called off, nor as a contact.
    give_part(make_session, event, speaker.person, state="invited")
    put(give_part(make_session, event, make_person()).session, state="cancelled")
    give_part(make_session, event, make_person(), role="contact")
    overview = f"/en/organise/events/{event.slug}/"
    page = text(desk, overview)
    assert "2 people on the programme are not invited yet" in page
    assert "One person has still to answer" in page
    with clock.standing_at(speaker.answer_by + timedelta(minutes=1)):
        assert "One person has not answered in time" in text(desk, overview)
    events.cancel_event(SYSTEM, event.id, EMPTY)
    assert "not invited yet" not in text(desk, overview)


@pytest.mark.parametrize("way", ["", "invite/"])
def test_a_room_asks_as_often_for_three_people_as_for_one(desk: Browser, event, make_person, make_session, way: str):
    def add() -> None:
        invited(make_session, event, make_person())
        give_part(make_session, event, make_person())

    def count() -> int:
        desk.get(at(event, way))
        with count_queries() as queries:
            assert desk.get(at(event, way)).status_code == 200
        return len(queries)

    add()
    one = count()
    add()
    add()
    assert count() == one


def test_a_save_meets_an_answer_and_loses_nothing(desk: Browser, asked, event):
    """An organiser has a session open while its speaker answers: what the form does not ask is no conflict."""
    speaker, role = asked
    address = f"/en/organise/events/{event.slug}/programme/sessions/{role.session_id}/"
    form = filled(text(desk, address), title_en="Renamed meanwhile")
    speakers.answer(holder(speaker), speaker.id, [role.id], accepts=True)
    assert desk.post(address, data=form).status_code == 303
    assert (again(role).state, str(again(role).session.title.in_("en"))) == ("confirmed", "Renamed meanwhile")


def test_a_label_has_no_page(desk: Browser, event, make_session):
    make_session(event, speakers=[SpeakerPlan("presenter", name=both("A nurse"))])
    page = text(desk, at(event))
    assert "A nurse" in page
    assert re.search(r"/speakers/[^/]{36}/parts/", page) is None


def test_who_cannot_be_asked_or_is_a_name_alone_is_withdrawn_by_the_organisers(
    desk: Browser, event: Event, guest: Person, make_session
):
    parts = [SpeakerPlan("presenter", person_id=guest.id, state="proposed"), SpeakerPlan("panellist", name=both("Ami"))]
    session = make_session(event, "Panel", speakers=parts)
    proposed, named = session.speakers
    way = f"{guest.id}/parts/{proposed.id}/withdraw/"
    assert way in text(desk, at(event, f"{guest.id}/parts/"))
    assert desk.post(at(event, way), data=filled(text(desk, at(event, way)), reason="")).status_code == 422
    assert desk.post(at(event, way), data=filled(text(desk, at(event, way)), reason="Ill")).status_code == 303
    assert again(proposed).state == "withdrawn"
    way = f"parts/{named.id}/withdraw/"
    for lang, said in (("en", "Withdraw from the session"), ("zh", "退出此场次")):
        assert said in text(desk, at(event, way, lang))
        assert way in text(desk, at(event, lang=lang))
    number = snapshots.newest_number(event.id)
    assert desk.post(at(event, way), data=filled(text(desk, at(event, way)), reason="Ill")).status_code == 303
    assert again(named).state == "withdrawn"
    assert snapshots.newest_number(event.id) == number + 1, "whoever is in public is so no more at once"
    assert way not in text(desk, at(event))
    assert desk.get(at(event, f"parts/{proposed.id}/withdraw/")).status_code == 404
