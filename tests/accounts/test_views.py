"""Signing in and out, beginning an account and looking after it, as in a browser."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from limits.storage import storage_from_string
from limits.strategies import MovingWindowRateLimiter

from eventhub.accounts.models import Account
from eventhub.accounts.views import _next
from eventhub.foundation import clock
from eventhub.foundation.db import db
from eventhub.foundation.web import limiter, safe_next
from eventhub.people.models import Person
from tests.conftest import on_sqlite

from .conftest import PASSWORD, link_of

pytestmark = on_sqlite

NEW = "another good password"


def sign_in(browser, address="wang.fang@example.org", password=PASSWORD, **more):
    return browser.submit("/en/sign-in/", {"address": address, "password": password, **more})


def is_in(browser) -> bool:
    return browser.get("/en/account/").status_code == 200


def without_token(page: str) -> str:
    return re.sub(r'value="[^"]*"', "", page)


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("path", ["sign-in", "sign-up", "reset"])
def test_the_pages_before_an_account_are_open_in_both_languages(client, lang, path):
    assert client.get(f"/{lang}/{path}/").status_code == 200


def test_signing_in_leads_back_to_where_one_came_from(client, make_account):
    make_account()
    refused = client.get("/zh/account/")
    assert refused.headers["Location"] == "/zh/sign-in/?next=/zh/account/"
    answer = sign_in(client, next="/zh/account/")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/zh/account/")
    assert is_in(client)
    assert client.get("/en/sign-in/?next=/en/account/").headers["Location"] == "/en/account/"


@pytest.mark.parametrize("typed", ["WANG.Fang@Example.org", "　wang.fang＠example.org ", "wang.fang@example。org"])
def test_another_spelling_of_the_address_signs_in_too(client, make_account, typed):
    make_account()
    assert sign_in(client, typed).status_code == 303


def test_a_wrong_password_and_an_unknown_address_read_the_same(client, make_account):
    make_account()
    make_account("new@example.org", confirmed_at=None, password_hash=None)
    pages = [
        sign_in(client, address, "not the password")
        for address in ("wang.fang@example.org", "nobody@example.org", "new@example.org")
    ]
    assert {page.status_code for page in pages} == {422}
    assert len({without_token(page.get_data(as_text=True)) for page in pages}) == 1
    assert "nobody@example.org" in pages[1].get_data(as_text=True), "what was typed is still there"
    assert "do not belong together" in pages[0].get_data(as_text=True)


def test_the_session_is_another_after_signing_in_and_dead_after_signing_out(client, make_account):
    make_account()
    client.get("/en/sign-in/")
    before = client.get_cookie("session")
    sign_in(client)
    signed_in = client.get_cookie("session")
    assert before
    assert signed_in
    assert before.value != signed_in.value
    client.submit("/en/sign-out/", form_at="/en/account/")
    assert not is_in(client)
    client.set_cookie("session", signed_in.value)  # somebody had copied it
    assert not is_in(client)


def test_signing_out_twice_is_no_fault(client, make_account):
    make_account()
    assert client.submit("/en/sign-out/", form_at="/en/sign-in/").status_code == 303


@pytest.mark.parametrize("path", ["sign-in", "sign-up", "reset", "sign-out"])
def test_a_form_from_elsewhere_is_refused(client, path):
    data = {"address": "wang.fang@example.org", "password": PASSWORD}
    assert client.post(f"/en/{path}/", data=data).status_code == 400


def test_another_password_signs_out_everywhere_but_here(app, client, make_account, sign_in):
    account = make_account()
    here, there = (sign_in(type("Member", (), {"person_id": account.person_id})) for _ in range(2))
    wrong = here.submit("/en/account/password/", {"present": "not the password", "password": NEW})
    assert (wrong.status_code, is_in(there)) == (422, True)
    assert "This is not your present password." in wrong.get_data(as_text=True)
    assert here.submit("/en/account/password/", {"present": PASSWORD, "password": NEW}).status_code == 303
    assert (is_in(here), is_in(there)) == (True, False)


@pytest.mark.parametrize("password", ["short", "123456789", "x" * 201])
def test_a_password_has_ten_characters_at_least_and_is_no_book(make_account, sign_in, password):
    account = make_account()
    browser = sign_in(account)
    answer = browser.submit("/en/account/password/", {"present": PASSWORD, "password": password})
    assert answer.status_code == 422


def test_somebody_signs_up_and_begins(client, find_account):
    answer = client.submit("/zh/sign-up/?next=/zh/account/", {"address": "new@example.org", "next": "/zh/account/"})
    assert answer.status_code == 303
    address = f"/zh/confirm/{link_of('confirm', find_account('new@example.org'))}/"
    page = client.get(address)
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert page.headers["Cache-Control"] == "private, no-store"
    empty = client.submit(address, {"password": NEW})
    assert empty.status_code == 422
    answer = client.submit(address, {"han_family": "王", "han_given": "芳", "password": NEW})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/zh/account/")
    assert is_in(client)
    assert client.get(address).status_code == 404


def test_looking_at_a_link_changes_nothing(client, make_account):
    account = make_account(link_sent_at=clock.now())
    address = f"/en/reset/{link_of('reset', account)}/"
    for _ in range(3):
        assert client.get(address).status_code == 200
    db.session.refresh(account)
    assert account.version == 1


def test_signing_up_reads_the_same_for_an_address_that_has_an_account(client, make_account):
    make_account()
    answers = []
    for address in ("wang.fang@example.org", "new@example.org"):
        answer = client.submit("/en/sign-up/", {"address": address})
        answers.append((answer.status_code, answer.location, client.get(answer.location).get_data()))
    assert [answer[:2] for answer in answers[1:]] == [answers[0][:2]]
    assert len({without_token(page.decode()) for _, _, page in answers}) == 1


@pytest.mark.parametrize("typed", ["", "wang.fang", "wang.fang@", "x" * 300 + "@example.org"])
@pytest.mark.parametrize("path", ["sign-up", "reset", "sign-in"])
def test_an_incomplete_address_comes_back_with_a_sentence(client, path, typed):
    answer = client.submit(f"/en/{path}/", {"address": typed, "password": PASSWORD})
    assert answer.status_code == 422
    page = answer.get_data(as_text=True)
    assert 'id="address-error"' in page
    assert f'value="{typed}"' in page


def test_asking_for_a_reset_reads_the_same_for_an_unknown_address(client, make_account):
    make_account()
    pages = set()
    for address in ("wang.fang@example.org", "nobody@example.org"):
        answer = client.submit("/en/reset/", {"address": address})
        assert answer.status_code == 303
        pages.add(client.get(answer.location).get_data(as_text=True))
    assert len(pages) == 1
    assert "Check your mailbox" in pages.pop()


def test_a_forgotten_password_is_replaced_by_a_link(client, make_account, find_account):
    make_account()
    client.submit("/en/reset/", {"address": "wang.fang@example.org"}, form_at="/en/reset/")
    address = f"/en/reset/{link_of('reset', find_account('wang.fang@example.org'))}/"
    assert client.submit(address, {"password": "short"}).status_code == 422
    assert client.submit(address, {"password": NEW}).status_code == 303
    assert is_in(client)
    assert client.get(address).status_code == 404


def test_a_link_s_form_works_behind_tls_though_its_page_sends_no_referrer(client, make_account):
    account = make_account(link_sent_at=clock.now())
    address = f"/en/reset/{link_of('reset', account)}/"
    page = client.get(address, base_url="https://localhost").get_data(as_text=True)
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    assert token
    data = {"csrf_token": token[1], "password": NEW}
    assert client.post(address, base_url="https://localhost", data=data).status_code == 303


@pytest.mark.usefixtures("real_limits")
def test_an_account_is_tried_ten_times_in_five_minutes(client, make_account):
    make_account()
    for _ in range(10):
        assert sign_in(client, password="not the password").status_code == 422
    refused = sign_in(client, "Wang.Fang@EXAMPLE.org")  # the right password, another spelling
    assert refused.status_code == 429
    page = refused.get_data(as_text=True)
    assert "Please wait five minutes" in page
    assert "Wang.Fang@EXAMPLE.org" in page
    assert sign_in(client, "other@example.org", "not the password").status_code == 422


@pytest.mark.usefixtures("real_limits")
def test_one_network_address_tries_sixty_times_whatever_it_says_of_itself(client):
    for number in range(60):
        assert sign_in(client, f"somebody{number}@example.org", "not the password").status_code == 422
    token = client.csrf("/en/sign-in/")
    data = {"csrf_token": token, "address": "last@example.org", "password": "not the password"}
    answer = client.post("/en/sign-in/", data=data, headers={"X-Forwarded-For": "203.0.113.9"})
    assert answer.status_code == 429


@pytest.mark.usefixtures("real_limits")
def test_strangers_have_three_letters_an_hour_sent_to_an_address(client, make_account, told):
    make_account()
    typed = {"address": "wang.fang@example.org"}
    paths = ("sign-up", "reset", "reset", "reset", "sign-up")
    statuses = [client.submit(f"/en/{path}/", typed).status_code for path in paths]
    assert statuses == [303, 303, 303, 429, 429]
    assert told() == ["SignedUpAgain", "ResetAsked", "ResetAsked"]
    for _ in range(3):
        client.submit("/en/reset/", {"address": "nobody@example.org"})
    assert client.submit("/en/reset/", {"address": "nobody@example.org"}).status_code == 429


@pytest.mark.usefixtures("real_limits")
def test_the_present_password_is_tried_ten_times(make_account, sign_in):
    browser = sign_in(make_account())
    answers = [
        browser.submit("/en/account/password/", {"present": "not the password", "password": NEW}).status_code
        for _ in range(11)
    ]
    assert answers == [422] * 10 + [429]


@pytest.mark.usefixtures("real_limits")
def test_private_links_are_guessed_sixty_times_a_minute(client):
    answers = [client.get(f"/en/reset/{'A' * 43}/").status_code for _ in range(61)]
    assert answers == [404] * 60 + [429]


def test_nobody_signs_in_while_the_limiter_cannot_count(app, client, make_account, monkeypatch):
    make_account()
    client.csrf("/en/sign-in/")
    nowhere = storage_from_string("redis://127.0.0.1:9/0", **app.config["RATELIMIT_STORAGE_OPTIONS"])
    monkeypatch.setattr(limiter, "_limiter", MovingWindowRateLimiter(nowhere))
    answer = sign_in(client)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert not is_in(client)


ELSEWHERE = [
    "https://evil.example",
    "http://evil.example/",
    "//evil.example",
    "///evil.example",
    "////evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "\\/evil.example",
    "/\t/evil.example",
    "\t//evil.example",
    "/\n/evil.example",
    "/\r/evil.example",
    " //evil.example",
    "/ /evil.example",
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "data:text/html,x",
    "vbscript:x",
    "mailto:x@evil.example",
    "evil.example",
    "./evil",
    "../evil",
    "?next=//evil.example",
    "#//evil.example",
    "https:evil.example",
    "https:/evil.example",
    "http:///evil.example",
    "/\\/evil.example",
    "/\x00/evil.example",
    "/\x0b/evil.example",
    "/\x1f/evil.example",
    "\u3000//evil.example",
    "／／evil.example",
    "%2f%2fevil.example",
    "@evil.example",
    ":80",
    "//evil.example@good.example",
    "/\\\\evil.example",
    "",
]


@pytest.mark.parametrize("target", ELSEWHERE)
def test_no_spelling_of_another_origin_is_followed(target):
    assert safe_next(target, "/home") == "/home"


@pytest.mark.parametrize("target", ["/en/", "/zh/organise/?a=b", "/en/events/a//b"])
def test_a_path_of_ours_is_followed(app, target):
    assert safe_next(target, "/home") == target
    with app.test_request_context("/en/sign-in/", query_string={"next": target}):
        assert _next() == target


def test_a_profile_is_kept_in_both_scripts(make_account, sign_in):
    account = make_account()
    browser = sign_in(account)
    answer = browser.submit(
        "/zh/account/",
        {
            "family": "Shan", "given": "Xiaolan", "family_first": "y", "han_family": "单", "han_given": "晓兰",
            "pinyin": "", "language": "zh", "zone": "Asia/Shanghai", "country": "CN",
            "affiliation_zh": "爱德基金会项目主任", "biography_en": "Works in Nanjing.",
        },
    )  # fmt: skip
    assert answer.status_code == 303
    db.session.expire_all()
    person = db.session.get(Person, account.person_id)
    assert person
    assert (person.names.latin, person.names.han, person.names.pinyin) == ("Shan Xiaolan", "单晓兰", "Shan Xiaolan")
    assert (person.language, person.zone, person.country) == ("zh", "Asia/Shanghai", "CN")
    assert (person.affiliation.source, person.biography.in_("zh").is_fallback) == ("zh", True)
    page = browser.get("/zh/account/").get_data(as_text=True)
    assert 'value="Shan Xiaolan"' in page
    assert "爱德基金会项目主任" in page


NOT_SAID = {"language": "en", "zone": "", "country": ""}


def test_a_corrected_pinyin_stays(make_account, sign_in):
    account = make_account()
    browser = sign_in(account)
    browser.submit("/en/account/", {**NOT_SAID, "han_family": "单", "han_given": "一", "pinyin": "Dan Yi"})
    db.session.expire_all()
    person = db.session.get(Person, account.person_id)
    assert person
    assert person.names.pinyin == "Dan Yi"


@pytest.mark.parametrize(
    "typed",
    [
        {"family": "", "given": " ", "han_family": "", "han_given": ""},
        {"family": "Wang", "language": "fr"},
        {"family": "Wang", "zone": "Mars/Olympus"},
        {"family": "Wang", "country": "XX"},
        {"family": "W" * 121},
    ],
)
def test_a_wrong_profile_comes_back_with_what_was_typed(make_account, sign_in, typed):
    account = make_account()
    browser = sign_in(account)
    answer = browser.submit("/en/account/", {**NOT_SAID, "biography_en": "Still here.", **typed})
    assert answer.status_code == 422
    assert "Still here." in answer.get_data(as_text=True)
    db.session.expire_all()
    assert account.person.version == 1


def test_a_form_with_a_null_character_is_refused(make_account, sign_in):
    browser = sign_in(make_account())
    assert browser.submit("/en/account/", {"family": "Wa\x00ng", "language": "en"}).status_code == 400


def test_no_form_reaches_a_column_that_it_does_not_show(make_account, sign_in):
    """Every column of both rows, sent along."""
    account = make_account()
    before = {**columns(account), **columns(account.person)}
    browser = sign_in(account)
    everything = {name: "1" for name in before if name not in {"names", "language", "zone", "country"}}
    assert browser.submit("/en/account/", {**everything, **NOT_SAID, "family": "Wang"}).status_code == 303
    db.session.expire_all()
    after = {**columns(account), **columns(db.session.get(Person, account.person_id))}
    assert {name for name in before if before[name] != after[name]} == {"names", "sort_key", "version"}


def columns(row: Account | Person | None) -> dict[str, object]:
    assert row
    return {column.key: getattr(row, column.key) for column in row.__mapper__.column_attrs}


def test_a_link_is_dead_after_its_half_hour(client, make_account):
    account = make_account(link_sent_at=clock.now())
    address = f"/en/reset/{link_of('reset', account)}/"
    with clock.standing_at(clock.now() + timedelta(minutes=31)):
        answer = client.get(address)
    assert answer.status_code == 404
    assert 'href="/en/reset/"' in answer.text, "the way to another letter"
    assert client.get("/en/reset/no-link-at-all/").text.replace("no-link-at-all", "") == answer.text.replace(
        address.split("/")[3], ""
    )


@pytest.mark.parametrize(("path", "said"), [("sign-in", "请填写密码。"), ("account/password", "请设置密码。")])
def test_an_empty_password_is_asked_for_and_none_is_said_to_be_kept(make_account, sign_in, client, path, said):
    browser = client if path == "sign-in" else sign_in(make_account())
    page = browser.submit(f"/zh/{path}/", {"address": "a@example.org"}).get_data(as_text=True)
    assert said in page
    assert "已填内容均已保留" not in page.replace("除密码外，已填内容均已保留", "")


def test_a_missing_name_is_asked_for_above_its_parts(make_account, sign_in):
    browser = sign_in(make_account())
    blank = dict.fromkeys(("family", "given", "han_family", "han_given"), "")
    page = browser.submit("/zh/account/", {**blank, "language": "zh"}).get_data(as_text=True)
    assert page.count("请用拉丁字母或汉字填写姓名") == 2  # in the notice above, and at its field
    assert page.index('id="han_family-error"') < page.index('for="han_family"')
