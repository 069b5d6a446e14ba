"""Questions in the registration form and on one's own page."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from eventhub.events.models import Event
from eventhub.foundation import clock, files, links, outbox
from eventhub.foundation.actor import SYSTEM
from eventhub.foundation.db import db
from eventhub.foundation.files import StoredFile
from eventhub.foundation.i18n import digest
from eventhub.registrations import exports, invitations
from eventhub.registrations import queries as registrations
from eventhub.registrations.models import EventInvitation, Registration
from eventhub.registrations.questions import queries, services
from eventhub.registrations.questions.models import Answer, Question
from eventhub.registrations.questions.words import told
from tests.conftest import Browser, on_sqlite
from tests.documents import multipart, pdf, sent
from tests.filled import filled
from tests.queries import count_queries
from tests.registrations.questions.conftest import both, mine

pytestmark = on_sqlite

Make = Callable[..., Any]
AT = "/en/events/roundtable/register/"
PERSON = {"pool": "online", "name": "王芳", "address": "wang@example.org", "language": "zh", "consent": "y"}


def row(event: Event) -> Registration:
    db.session.expire_all()
    found = registrations.find_registration(event.id, "wang@example.org")
    assert found
    return found


def said(event: Event) -> dict[str, Any]:
    values = queries.values_of(row(event).id)
    return {one.label.in_("en"): values[one.id] for one in queries.list_questions(event.id) if one.id in values}


def opened(browser: Browser, address: str) -> tuple[int, bytes]:
    """What comes of opening a file: the status, and what was in it."""
    with browser.get(address) as response:
        return response.status_code, response.data


def answers(given: dict[Question, Any]) -> dict[str, Any]:
    return {question.field_name: value for question, value in given.items()}


def beside(page: str, question: Question) -> str:
    """What a page says is wrong with a question's field."""
    found = re.search(rf'<p class="error" id="{question.field_name}-error">(.*?)</p>', page)
    return found[1] if found else ""


def test_every_kind_is_answered_in_the_form_shown_on_ones_page_and_changed_there(
    event: Event, client: Browser, ask: Make
):
    asked = {
        ask("short_text"): "🌍 עברית e\u0301 龑",
        ask("long_text"): "one\r\ntwo",
        ask("choice_one", None, "Fish", "Rice"): "o2",
        ask("choice_many", None, "Mon", "Tue", "Wed"): ["o1", "o3"],
        ask("yes_no"): "yes",
        ask("number"): "２．５",
        ask("date"): "2027-01-02",
        ask("country"): "CN",
        ask("organisation"): "爱德基金会",
        ask("phone"): "＋８６ １０ １２３４",
        ask("consent", "We may"): digest("We may"),
    }
    assert client.submit(AT, {**PERSON, **answers(asked)}).status_code == 303
    assert said(event) == {
        "A short_text": "🌍 עברית e\u0301 龑",
        "A long_text": "one\ntwo",
        "A choice_one": "o2",
        "A choice_many": ["o1", "o3"],
        "A yes_no": "yes",
        "A number": "2.5",
        "A date": "2027-01-02",
        "A country": "CN",
        "A organisation": {"name": "爱德基金会", "id": None},
        "A phone": {"typed": "＋８６ １０ １２３４", "number": "+86101234"},
        "We may": {"wording": digest("We may"), "language": "en"},
    }
    address = mine(row(event))
    form = filled(client.get(address).text)
    before, version = said(event), row(event).version
    assert client.post(address, data=form).status_code == 303
    assert (said(event), row(event).version) == (before, version), "what is saved as it stands is not changed"
    text, _, _, many, *_ = asked
    changed = {**form, text.field_name: "other", many.field_name: ["o2"]}
    assert client.post(address, data=changed).status_code == 303
    assert (said(event)["A short_text"], said(event)["A choice_many"]) == ("other", ["o2"])
    late = client.post(address, data={**form, text.field_name: "late"})
    assert (late.status_code, "late" in late.text, "other" in late.text) == (409, True, True)
    assert said(event)["A short_text"] == "other"


@pytest.mark.parametrize(
    ("lang", "words"), [("en", "Please begin with the country code"), ("zh", "请在号码前加上国际区号")]
)
def test_a_telephone_number_takes_the_code_of_the_country_that_was_chosen(
    event: Event, client: Browser, ask: Make, lang: str, words: str
):
    phone = ask("phone")
    at, said_so = AT.replace("/en/", f"/{lang}/"), {**PERSON, phone.field_name: "079 123 45 67"}
    refused = client.submit(at, said_so)
    assert (refused.status_code, words in beside(refused.text, phone)) == (422, True)
    assert client.submit(at, {**said_so, "country": "KE"}).status_code == 303
    assert said(event) == {"A phone": {"typed": "079 123 45 67", "number": "+254791234567"}}
    address = mine(row(event))
    assert told(phone, said(event)["A phone"]) == "+254791234567"
    page = client.get(address).text
    # A number that was taken once is not asked for again because somebody takes their country back.
    assert client.post(address, data={**filled(page), "country": ""}).status_code == 303


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_what_is_wrong_is_said_beside_the_field_and_nothing_typed_is_lost(
    event: Event, client: Browser, ask: Make, lang: str
):
    number, day = ask("number", is_required=True), ask("date")
    one, consent = ask("choice_one", None, "Fish", is_required=True), ask("consent", "We must", is_required=True)
    country, text = ask("country"), ask("short_text")
    wrong = {number: "many", day: "soon", one: "o7", consent: "stale words", country: "XX", text: "x" * 301}
    page = client.submit(AT.replace("/en/", f"/{lang}/"), {**PERSON, **answers(wrong)})
    assert page.status_code == 422
    assert all(beside(page.text, question) for question in wrong)
    assert 'value="many"' in page.text
    assert f'value="{"x" * 301}"' in page.text
    assert not re.search(rf'<input[^>]*checked[^>]*name="{consent.field_name}"', page.text), "other words, no mark"
    missing = client.submit(AT.replace("/en/", f"/{lang}/"), PERSON)
    assert [bool(beside(missing.text, question)) for question in wrong] == [True, False, True, True, False, False]
    assert registrations.find_registration(event.id, "wang@example.org") is None


def test_a_condition_is_said_in_words_and_what_does_not_apply_is_not_looked_at(
    event: Event, client: Browser, ask: Make
):
    hotel = ask("yes_no", "Hotel?", is_required=True)
    nights = ask("number", "Nights", on=(hotel, "yes"), is_required=True)
    page = client.get(AT).text
    assert "Only if the answer to “Hotel?” is “Yes”." in page
    assert f'data-if="{hotel.field_name}" data-values="yes"' in page
    assert "questions.js" in page
    needed = client.submit(AT, {**PERSON, **answers({hotel: "yes"})})
    assert (needed.status_code, beside(needed.text, nights)) == (422, "Please answer this question.")
    assert client.submit(AT, {**PERSON, **answers({hotel: "no", nights: "many"})}).status_code == 303
    assert said(event) == {"Hotel?": "no"}


def test_a_full_option_says_so_and_is_refused_beside_its_question(
    event: Event, client: Browser, ask: Make, enter: Make
):
    tour = ask("choice_one", "Tour", ("Museum", 2), ("Park", 0))
    enter("first", {tour: "o1"})
    page = client.get(AT).text
    assert "Museum (1 left)" in page
    assert "Park (full)" in page
    enter("second", {tour: "o1"})
    refused = client.submit(AT, {**PERSON, **answers({tour: "o1"})})
    assert (refused.status_code, "“Museum” is full." in beside(refused.text, tour)) == (422, True)


def test_a_file_is_kept_for_those_who_may_open_it_and_goes_when_another_comes(
    app: Flask, event: Event, client: Browser, ask: Make, make_member: Make, sign_in: Make
):
    letter = ask("file", "Letter", is_required=True, seen_by=[])
    token = client.csrf(AT)
    person = {**PERSON, "csrf_token": token}
    bad = client.post(AT, **multipart(**person, **{letter.field_name: sent(b"#!/bin/sh", "letter.pdf")}))
    assert (bad.status_code, "not what its name says" in beside(bad.text, letter)) == (422, True)
    none = client.post(AT, **multipart(**person))
    assert (none.status_code, beside(none.text, letter)) == (422, "Please answer this question.")
    good = multipart(**person, **{letter.field_name: sent(pdf(words="first"), "推荐 letter.pdf")})
    assert client.post(AT, **good).status_code == 303
    (file,) = db.session.scalars(select(StoredFile))
    assert (file.kind, file.name, file.event_id) == ("answer", "推荐 letter.pdf", event.id)
    address = mine(row(event))
    link = re.search(r'href="([^"]*/files/[^"]*)"', client.get(address).text)
    assert link
    assert opened(client, link[1]) == (200, pdf(words="first"))
    public, path = f"/files/{file.id}/{file.name}", files.path_of(file)
    desk = f"/en/organise/events/roundtable/registrations/{row(event).id}/files/{letter.id}/"
    assert client.get(public).status_code == 404
    for role, status in (("organiser", 200), ("check_in", 404), ("viewer", 404)):
        member = sign_in(make_member(role, event.organisation))
        assert opened(member, public)[0] == status
        assert opened(member, desk)[0] == (403 if role == "viewer" else status)
    assert sign_in(make_member("organiser")).get(public).status_code == 404
    form = {name: value[0] for name, value in filled(client.get(address).text).items()}
    form.pop(letter.field_name, None)
    assert client.post(address, **multipart(**form)).status_code == 303, "the file stays where none is sent"
    assert opened(client, link[1])[0] == 200
    form = {name: value[0] for name, value in filled(client.get(address).text).items()}
    form.pop(letter.field_name, None)
    other = {letter.field_name: sent(pdf(words="second"), "new.pdf")}
    assert client.post(address, **multipart(**form, **other)).status_code == 303
    (newer,) = db.session.scalars(select(StoredFile))
    assert newer.name == "new.pdf"
    assert not path.exists()
    assert f"{letter.field_name}-remove" not in client.get(address).text, "what is required is only replaced"
    plan = services.QuestionPlan.of(letter)
    kept = {name: getattr(plan, name) for name in plan.__slots__}
    services.save_question(SYSTEM, event.id, services.QuestionPlan(**{**kept, "is_required": False}), letter.id)
    form = {name: value[0] for name, value in filled(client.get(address).text).items()}
    form.pop(letter.field_name, None)
    assert client.post(address, **multipart(**form, **{f"{letter.field_name}-remove": "y"})).status_code == 303
    assert db.session.scalars(select(StoredFile)).all() == []
    assert client.get(public).status_code == 404


def test_a_retired_question_is_not_asked_and_its_answer_still_shown(
    event: Event, client: Browser, ask: Make, enter: Make
):
    old = ask("choice_one", "Old question", "Fish", "Rice")
    registration = enter("wang", {old: "o2"})
    services.retire_question(SYSTEM, event.id, old.id)
    assert "Old question" not in client.get(AT).text
    page = client.get(mine(registration)).text
    assert ("Old question" in page, "Rice" in page, old.field_name in page) == (True, True, False)
    assert client.submit(mine(registration), filled(page)).status_code == 303
    assert said(event) == {"Old question": "o2"}


def test_a_retired_option_stays_with_whoever_chose_it(event: Event, client: Browser, ask: Make, enter: Make):
    food = ask("choice_one", "Food", "Fish", "Rice")
    registration = enter("wang", {food: "o1"})
    services.save_question(
        SYSTEM,
        event.id,
        services.QuestionPlan(
            "choice_one",
            both("Food"),
            options=[type(one)(one.key, one.text, None, one.key == "o1") for one in food.options],
        ),
        food.id,
    )
    assert "Fish" not in client.get(AT).text
    page = client.get(mine(registration)).text
    assert "Fish" in page
    assert client.post(mine(registration), data=filled(page)).status_code == 303
    assert said(event) == {"Food": "o1"}
    refused = client.submit(AT, {**PERSON, "address": "other@example.org", **answers({food: "o1"})})
    assert "cannot be chosen any more" in beside(refused.text, food)


def test_those_who_answer_are_told_who_reads_it_and_until_when(event: Event, client: Browser, ask: Make):
    ask("short_text", "Diet", is_sensitive=True, keep_days=3)
    page = client.get(AT).text
    assert "Only the organisers read the answer. It is stored encrypted. It is erased on " in page
    assert "只有主办方" in client.get(AT.replace("/en/", "/zh/")).text


def test_sensitive_answers_are_in_no_letter_and_in_no_line_of_the_log(
    event: Event, client: Browser, ask: Make, capfd: pytest.CaptureFixture[str]
):
    diet = ask("short_text", "Diet", is_sensitive=True, keep_days=3)
    assert client.submit(AT, {**PERSON, **answers({diet: "canary-halal"})}).status_code == 303
    outbox.drain()
    client.get(mine(row(event)))
    told = capfd.readouterr()
    assert "canary" not in told.out + told.err
    maildir = client.application.extensions["eventhub_settings"].maildir
    letters = [path.read_text() for path in maildir.rglob("*.eml")]
    assert letters
    assert not any("canary" in letter for letter in letters)


def test_whatever_fills_in_every_field_leaves_nothing(event: Event, client: Browser, ask: Make):
    text = ask("short_text")
    assert client.submit(AT, {**PERSON, "homepage": "x", **answers({text: "x"})}).status_code == 303
    assert db.session.scalars(select(Answer)).all() == []


def test_the_form_asks_the_database_as_much_for_three_questions_as_for_one(event: Event, client: Browser, ask: Make):
    def count() -> int:
        client.get(AT)
        with count_queries() as found:
            assert client.get(AT).status_code == 200
        return len(found)

    none = count()
    ask("choice_one", "Q1", ("a", 3), "b")
    ask("organisation", "O1")
    one = count()
    for number in (2, 3):
        ask("choice_one", f"Q{number}", ("a", 3), "b")
        ask("organisation", f"O{number}")
    # The questions, how often each option was chosen, and the directory.
    assert (count(), one) == (one, none + 3)


def test_a_form_without_a_question_reads_the_table_once_and_sends_no_script(event: Event, client: Browser):
    client.get(AT)
    with count_queries() as found:
        page = client.get(AT).text
    assert len([one for one in found.statements if "questions" in one]) == 1
    assert "questions.js" not in page
    assert "multipart" not in page


def test_the_organisations_to_choose_from_are_those_that_the_public_finds(
    event: Event, client: Browser, ask: Make, make_organisation: Make, make_event: Make
):
    make_organisation("Quiet Network")
    make_event("Hidden", organisation=make_organisation("Hidden Network"), visibility="invitation")
    make_event("Draft", organisation=make_organisation("Draft Network"), published=False)
    ask("organisation")
    page = client.get(AT).text
    listed = page.split('<datalist id="directory">')[1].split("</datalist>")[0]
    assert event.organisation.name.in_("en") in listed
    assert not any(name in page for name in ("Quiet Network", "Hidden Network", "Draft Network"))


def test_a_guest_is_asked_as_everybody_is(client: Browser, event: Event, ask: Make):
    question = ask("short_text", "Diet", is_required=True)
    guests = [invitations.Guest("Anna", "anna@example.org", "en")]
    invitations.invite(SYSTEM, event.id, "in_person", guests, clock.now() + timedelta(days=5))
    invitation = db.session.scalars(select(EventInvitation)).one()
    token = links.make("event_invitation", invitation.id, invitation.link_number)
    address = f"/en/invitations/{token}/register/"
    form = {**filled(client.get(address).text), "consent": "y"}
    assert client.post(address, data=form).status_code == 422
    tour = ask("choice_one", "Tour", ("Museum", 0), "Park")
    wanted = {**form, question.field_name: "vegan", tour.field_name: "o1"}
    full = client.post(address, data=wanted)
    assert (full.status_code, "“Museum” is full." in beside(full.text, tour)) == (422, True)
    assert client.post(address, data={**wanted, tour.field_name: "o2"}).status_code == 303
    kept = {answer.question_id: answer.value for answer in db.session.scalars(select(Answer))}
    assert kept == {question.id: "vegan", tour.id: "o2"}


def test_ones_page_and_the_export_ask_as_much_for_three_questions_as_for_one(
    app: Flask, event: Event, client: Browser, ask: Make, enter: Make
):
    def count(registration: Registration) -> tuple[int, int]:
        address = mine(registration)
        client.get(address)
        with count_queries() as page:
            assert client.get(address).status_code == 200
        with app.test_request_context("/en/"), count_queries() as exported:
            assert len(list(exports.rows_of(SYSTEM, event))) > 1
        return len(page), len(exported)

    asked = [ask("choice_one", "Q1", ("a", 9), "b")]
    one = count(enter("wang", {asked[0]: "o1"}))
    asked += [ask("choice_one", f"Q{number}", ("a", 9), "b") for number in (2, 3)]
    assert count(enter("li", dict.fromkeys(asked, "o1"))) == one


def test_a_long_list_is_exported_with_everybodys_own_answers(
    app: Flask, event: Event, ask: Make, enter: Make, monkeypatch: pytest.MonkeyPatch
):
    text = ask("short_text", "Badge")
    monkeypatch.setattr("eventhub.registrations.queries.BATCH", 2)
    for number in range(5):
        enter(f"p{number}", {text: f"badge {number}"} if number != 3 else {})
    with app.test_request_context("/en/"):
        _, *rows = exports.rows_of(SYSTEM, event)
    assert [(row[0], row[-1]) for row in rows] == [
        (f"p{number}", f"badge {number}" if number != 3 else "") for number in range(5)
    ]
