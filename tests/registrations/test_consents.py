"""Each purpose asked by itself, given and taken back at any time, and what others see by it."""

from __future__ import annotations

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa
from flask import Flask

from eventhub.events.models import Event
from eventhub.events.services import Partners
from eventhub.foundation import files, links
from eventhub.foundation.actor import SYSTEM, VISITOR, Actor
from eventhub.foundation.audit import AuditEntry
from eventhub.foundation.db import db, use_case
from eventhub.foundation.errors import Conflict, Invalid, NotFound, Stale
from eventhub.foundation.files import StoredFile
from eventhub.foundation.i18n import LOCALES, Translated
from eventhub.organisations.models import Organisation
from eventhub.programme.models import ProgrammeSession
from eventhub.registrations import queries as registrations
from eventhub.registrations import services as registering
from eventhub.registrations.agreements import Agreement, Details
from eventhub.registrations.consents import queries, services
from eventhub.registrations.consents.models import ConsentWording
from eventhub.registrations.consents.services import AskPlan
from eventhub.registrations.models import Consent, Registration
from eventhub.registrations.questions.models import FILE, Answer
from eventhub.registrations.questions.services import QuestionPlan, save_question
from tests.conftest import Browser, on_sqlite
from tests.queries import count_queries

Make = Callable[..., Any]
MARKED = "<b>Zoë</b>\n{event.__class__} 龑"


@pytest.fixture
def equal(make_organisation: Make) -> Organisation:
    """A co-organiser."""
    made: Organisation = make_organisation("Equal Partner")
    return made


@pytest.fixture
def event(make_event: Make, equal: Organisation, make_organisation: Make) -> Event:
    """An event that two organisations run, in Switzerland, told in English alone."""
    partners = Partners(co_organisers=[equal.id])
    made: Event = make_event("Roundtable", slug="roundtable", in_person=50, online=50, partners=partners)
    return made


def settle(event: Event, key: str, *, is_asked: bool = True, **more: Any) -> queries.Ask:
    """Ask for a purpose."""
    return services.save_ask(SYSTEM, event.id, key, AskPlan(is_asked=is_asked, **more))


def enter(event: Event, name: str = "Anna Berg", *ticked: queries.Ask, **said: Any) -> Registration:
    """Register somebody who ticks these."""
    address = said.pop("address", f"{name.split(maxsplit=1)[0].lower()}@example.org")
    agreements = [
        Agreement(purpose=ask.purpose, recipient=ask.recipient, wording=ask.digest, language="en") for ask in ticked
    ]
    details = Details(name=name, address=address, agreements=agreements, **said)
    registering.register(SYSTEM, event.id, details, "in_person")
    found = registrations.find_registration(event.id, address)
    assert found
    return found


def holder(registration: Registration) -> Actor:
    """The person, by their private link."""
    return Actor("link", thing_id=registration.id, purpose="registration")


def mine(registration: Registration, lang: str = "en") -> str:
    """One's own page."""
    return f"/{lang}/registrations/{links.make('registration', registration.id, registration.link_number)}/"


def test_the_form_asks_each_purpose_by_itself_and_ticks_nothing(event: Event, equal: Organisation, client: Browser):
    settle(event, equal.id.hex)
    settle(event, "recording", sentence=Translated.of(en=MARKED, zh="可以录像。"))
    for lang, word in (("en", "Equal Partner, a co-organiser"), ("zh", "可以录像。")):
        page = client.get(f"/{lang}/events/roundtable/register/").text
        boxes = re.findall(r'<input[^>]*type="checkbox"[^>]*>', page)
        assert len([box for box in boxes if "agree-" in box]) >= 2
        assert not [box for box in boxes if "checked" in box]
        assert word in page
    assert "&lt;b&gt;Zoë" in client.get("/en/events/roundtable/register/").text
    assert "agree-list" not in page
    digest = queries.get_ask(event, "recording").digest
    said = {"pool": "in_person", "name": "Anna", "address": "anna@example.org", "language": "en", "consent": "y"}
    answer = client.submit("/en/events/roundtable/register/", {**said, "agree-recording": digest, "agree-news": "x"})
    assert answer.status_code == 303
    anna = registrations.find_registration(event.id, "anna@example.org")
    assert anna
    assert [(one.purpose, one.is_given) for one in queries.list_of(anna) if one.since] == [("recording", True)]


@on_sqlite
def test_words_in_another_language_are_marked_and_ours_beside_them_are_not(event: Event, client: Browser):
    settle(event, "recording", sentence=Translated.of(en="You may film."), details=Translated.of(zh="仅供内部使用。"))
    pages = {lang: client.get(f"/{lang}/events/roundtable/register/").text for lang in LOCALES}
    fields = {lang: page.split("agree-recording")[-1] for lang, page in pages.items()}
    assert '<span lang="en">You may film.</span><span class="need">选填</span>' in fields["zh"]
    assert '<p class="help as-typed">仅供内部使用。</p>' in fields["zh"]
    assert '<span>You may film.</span><span class="need">optional</span>' in fields["en"]
    assert (
        '<summary>What this means</summary><p class="help as-typed" lang="zh-Hans">仅供内部使用。</p>' in fields["en"]
    )


def test_other_words_than_those_that_were_read_are_not_agreed_to(event: Event, equal: Organisation):
    before = settle(event, equal.id.hex)
    after = settle(event, equal.id.hex, with_address=True)
    assert before.digest != after.digest
    assert "e-mail address" in after.sentence.in_("en")
    one = enter(event, "Anna Berg", before)
    assert not any(agreed.since for agreed in queries.list_of(one))
    with pytest.raises(Conflict):
        services.give(holder(one), one.id, equal.id.hex, before.digest)
    services.give(holder(one), one.id, equal.id.hex, after.digest)
    numbers = db.session.scalars(sa.select(ConsentWording.number).order_by(ConsentWording.number)).all()
    assert numbers == [1, 2]


def test_a_co_organiser_sees_who_agreed_and_only_what_they_agreed_to(
    event: Event, equal: Organisation, make_member: Make, sign_in: Make, client: Browser
):
    narrow = settle(event, equal.id.hex)
    save_question(SYSTEM, event.id, QuestionPlan(kind="short_text", label=Translated.of(en="Secret", zh="秘密")))
    one = enter(event, "Anna Berg", narrow, address="anna@example.org", country="CN", organisation="爱德基金会")
    enter(event, "Never Told", address="never@example.org")
    wide = settle(event, equal.id.hex, with_address=True)
    two = enter(event, "Carl Dee", wide, address="carl@example.org")
    colleague, door = make_member("organiser", equal), make_member("check_in", equal)
    browser = sign_in(colleague)
    room = "/en/organise/events/roundtable/"
    page = browser.get(f"{room}participants/").text
    assert "Anna Berg" in page
    assert "Carl Dee" in page
    assert "carl@example.org" in page
    assert "Never Told" not in page
    assert "anna@example.org" not in page
    for closed in ("registrations/", f"registrations/{one.id}/", "registrations/guests/", "door/", "messages/"):
        assert browser.get(room + closed).status_code in {403, 404}, closed
    assert sign_in(door).get(f"{room}participants/").status_code == 403
    answer = browser.submit(f"{room}participants/export/", form_at=f"{room}participants/")
    text = answer.get_data(as_text=True)
    assert "爱德基金会" in text
    assert "anna@example.org" not in text
    assert "Never" not in text
    assert "Secret" not in text
    db.session.rollback()
    facts = db.session.scalars(sa.select(AuditEntry.data).where(AuditEntry.fact == "ParticipantsExported")).all()
    assert [fact["number"] for fact in facts] == [2]
    # Taken back, it holds at once.
    token = client.csrf(mine(two))
    data = {"csrf_token": token, "key": equal.id.hex, "deed": "withdraw"}
    answer = client.post(f"{mine(two)}consents/", data=data)
    assert answer.status_code == 303
    assert "You took this back on" in client.get(mine(two)).text
    assert "Carl Dee" not in browser.get(f"{room}participants/").text
    owner = sign_in(make_member("organiser", event.organisation))
    assert owner.get(f"{room}participants/").status_code == 403
    assert owner.get(f"{room}registrations/").status_code == 200


def test_a_co_organiser_for_whom_nobody_is_asked_sees_nobody(
    event: Event, equal: Organisation, make_member: Make, sign_in: Make
):
    enter(event)
    browser = sign_in(make_member("administrator", equal))
    page = browser.get("/en/organise/events/roundtable/participants/").text
    assert "not asked yet" in page
    assert "Anna" not in page
    assert browser.get("/en/organise/events/roundtable/participants/?organisation=other").status_code == 404


def test_a_co_organiser_opens_only_files_of_those_who_agreed(
    app: Flask, event: Event, equal: Organisation, make_member: Make, save: Make
):
    label = Translated.of(en="File", zh="文件")
    question = save_question(SYSTEM, event.id, QuestionPlan(kind="file", label=label, seen_by=["co_organiser"]))
    ask = settle(event, equal.id.hex)
    colleague, seen = make_member("organiser", equal), []
    for one in (enter(event, "Anna Berg", ask), enter(event, "Carl Dee")):
        file_id, answer_id = uuid4(), uuid4()
        value = {"file_id": str(file_id), "name": "a.pdf"}
        about = {"owner_id": answer_id, "event_id": event.id, "name": "a.pdf", "media_type": "a/b", "size": 1}
        file = save(StoredFile(id=file_id, kind=FILE, sha256="", **about))
        save(Answer(id=answer_id, registration_id=one.id, question_id=question.id, value=value))
        seen.append(files.may_open(colleague, file))
    assert seen == [True, False]


def test_consents_are_given_and_taken_back_on_ones_own_page(event: Event, client: Browser):
    ask = settle(event, "news")
    one, page = enter(event), ""
    page = mine(one, "zh")
    assert "您尚未同意" in client.get(page).text
    token = client.csrf(page)
    stale = client.post(f"{page}consents/", data={"csrf_token": token, "key": "news", "words": "other"})
    assert "请您再读一遍" in client.get(stale.headers["Location"]).text
    for _ in range(2):  # twice is as good as once
        client.post(f"{page}consents/", data={"csrf_token": token, "key": "news", "words": ask.digest})
    assert re.search(r"您于 <time .*</time>（北京时间）同意。", client.get(page).text)
    own = client.get(f"{page}?zone=Europe/Zurich").text
    agreed = own.split("您于", 1)[1].split("同意。")[0]
    assert (agreed.count("<time "), "日内瓦时间" in agreed) == (2, True)
    assert re.search(r"（北京时间），即 <time .*</time>（日内瓦时间）$", agreed), "within the sentence"
    assert len(db.session.scalars(sa.select(Consent).where(Consent.purpose == "news")).all()) == 1
    # What is asked no more is still there to be taken back.
    settle(event, "news", is_asked=False)
    for _ in range(2):
        client.post(f"{page}consents/", data={"csrf_token": token, "key": "news", "deed": "withdraw"})
    assert "撤回同意" not in client.get(page).text
    facts = db.session.scalars(sa.select(AuditEntry.fact).where(AuditEntry.fact.startswith("Consent"))).all()
    assert sorted(facts) == ["ConsentAskSaved", "ConsentAskSaved", "ConsentGiven", "ConsentWithdrawn"]
    assert client.get(f"{page}consents/").status_code == 405
    with pytest.raises(NotFound):
        services.give(SYSTEM, one.id, "news", ask.digest)


def test_who_registers_again_agrees_only_to_what_they_tick_then(event: Event, client: Browser):
    list_ask, news = settle(event, "list"), settle(event, "news")
    settle(event, "recording")
    one = enter(event, "Anna Berg", list_ask, news)
    registering.cancel_registration(SYSTEM, one.id)
    # Whoever does not come is asked for nothing any more, and takes back what they like.
    page = client.get(mine(one)).text
    assert (page.count("Take back"), page.count("I agree")) == (2, 0)
    enter(event, "Anna Berg", news)
    assert {agreed.purpose: agreed.is_given for agreed in queries.list_of(one) if agreed.since} == {
        "list": False,
        "news": True,
    }


def test_the_public_list_shows_only_who_agreed_and_only_where_it_is_wanted(
    event: Event, client: Browser, make_session: Make
):
    address = "/en/events/roundtable/participants/"
    assert client.get(address).status_code == 404
    ask = settle(event, "list")
    one = enter(event, f"{MARKED} Berg"[:40], ask, address="anna@example.org", country="FJ")
    other = enter(event, "Carl Dee", ask)
    enter(event, "Never Told")
    # Anybody could have written their names: their own links say that it was them.
    assert "Carl Dee" not in client.get(address).text
    assert "You do not stand in the list yet" in client.get(mine(one)).text
    for person in (one, other):
        said = {"key": "list", "words": ask.digest, "deed": "give"}
        assert client.submit(f"{mine(person)}consents/", said, form_at=mine(person)).status_code == 303
    assert "You do not stand in the list yet" not in client.get(mine(one)).text
    page = client.get(address)
    assert "&lt;b&gt;Zoë" in page.text
    assert "Fiji" in page.text
    assert "Carl Dee" in page.text
    assert "Never Told" not in page.text
    assert "anna@" not in page.text
    assert "noindex" in page.text
    assert "Who takes part" in client.get("/en/events/roundtable/").text
    registering.cancel_registration(SYSTEM, other.id)
    assert "Carl Dee" not in client.get(address).text
    again = enter(event, "Carl Dee", ask)  # by whoever knows the address
    assert (again.place.state, again.verified_at) == ("confirmed", None)
    assert "Carl Dee" not in client.get(address).text
    session = make_session(event)
    db.session.rollback()
    use_case(lambda actor: setattr(db.session.get(ProgrammeSession, session.id), "is_chatham_house", True))(SYSTEM)
    assert client.get(address).status_code == 404
    assert "agree-list" not in client.get("/en/events/roundtable/register/").text
    with pytest.raises(Invalid):
        settle(event, "list")


def test_lists_of_people_need_no_more_queries_for_more_people(
    event: Event, equal: Organisation, make_member: Make, sign_in: Make
):
    partner, public = settle(event, equal.id.hex), settle(event, "list")
    browser = sign_in(make_member("organiser", equal))
    addresses = ["/en/organise/events/roundtable/participants/", "/en/events/roundtable/participants/"]
    enter(event, "One X", partner, public)

    def counts() -> list[int]:
        found = []
        for address in addresses:
            with count_queries() as asked:
                assert browser.get(address).status_code == 200
            found.append(len(asked))
        return found

    counts()  # what a process keeps of a programme is read once
    one = counts()
    for name in ("Two X", "Three X"):
        enter(event, name, partner, public)
    assert counts() == one


def test_people_in_china_are_asked_before_their_data_goes_abroad(
    make_event: Make, make_organisation: Make, client: Browser
):
    make_event("Abroad", slug="abroad")  # by an organisation in Switzerland, told in Chinese too
    make_event("Here", slug="here", organisation=make_organisation(country="CN"))
    assert "agree-transfer" not in client.get("/zh/events/here/register/").text
    address = "/zh/events/abroad/register/"
    page = client.get(address).text
    assert "境外接收方" in page
    assert "瑞士" in page
    said = {"pool": "online", "name": "龑", "address": "yan@example.org", "language": "zh", "consent": "y"}
    refused = client.submit(address, {**said, "country": "CN"})
    assert refused.status_code == 422
    assert "在中国大陆的报名者需要同意此项" in refused.text
    assert client.submit(address, {**said, "country": "CH", "address": "ch@example.org"}).status_code == 303
    digest = page.split('name="agree-transfer"', 1)[1].split('value="', 1)[1].split('"', 1)[0]
    # The words are the same whoever reads them: known by the same in both languages.
    assert digest in client.get("/en/events/abroad/register/").text
    assert client.submit(address, {**said, "country": "CN", "agree-transfer": digest}).status_code == 303


def test_the_desk_settles_what_is_asked_in_own_words(
    event: Event, equal: Organisation, make_member: Make, sign_in: Make
):
    browser = sign_in(make_member("organiser", event.organisation))
    room = "/en/organise/events/roundtable/registrations/consents/"
    page = browser.get(room).text
    assert "Equal Partner" in page
    assert "A co-organiser sees nobody until you ask" in page
    for key in (equal.id.hex, "transfer", "list", "recording", "news"):
        assert browser.get(f"{room}{key}/").status_code == 200
    assert browser.get(f"{room}nothing/").status_code == 404
    said = {
        "is_asked": "y",
        "with_address": "y",
        "sentence_en": "May they see me?",
        "sentence_zh": "可以让他们看到我吗？",
    }
    form = browser.get(f"{room}{equal.id.hex}/").text
    hidden = dict(re.findall(r'name="(version|csrf_token)"[^>]*value="([^"]*)"', form))
    assert browser.post(f"{room}{equal.id.hex}/", data={**hidden, **said}).status_code == 303
    db.session.rollback()
    ask = queries.get_ask(event, equal.id.hex)
    assert (ask.is_asked, ask.with_address, str(ask.sentence.in_("zh"))) == (True, True, "可以让他们看到我吗？")
    with pytest.raises(Stale):
        services.save_ask(SYSTEM, event.id, equal.id.hex, AskPlan(is_asked=False), 0)
    with pytest.raises(NotFound):
        services.save_ask(make_member("organiser", equal), event.id, "news", AskPlan(is_asked=True))


@pytest.mark.parametrize(
    "database_url", [pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True, scope="session"
)
def test_who_are_the_first_to_agree_at_once_do_not_wait_for_each_other(app: Flask, make_event: Make):
    event = make_event(in_person=10)
    services.save_ask(SYSTEM, event.id, "news", AskPlan(is_asked=True))
    ask, event_id = queries.get_ask(event, "news"), event.id
    db.session.execute(sa.delete(ConsentWording))
    db.session.commit()

    def arrive(number: int) -> None:
        with app.app_context():
            agreed = [Agreement(purpose="news", wording=ask.digest, language="en")]
            details = Details(name="A", address=f"{number}@example.org", agreements=agreed)
            registering.register(VISITOR, event_id, details, "in_person")

    with ThreadPoolExecutor(6) as crowd:
        list(crowd.map(arrive, range(6)))
    assert queries.count_given(event) == {("news", ""): 6}
