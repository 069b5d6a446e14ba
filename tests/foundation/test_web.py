"""What every answer has: safe headers, one language, no foreign address, and words for what went wrong."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import pytest
from flask import Flask, redirect, request
from hypothesis import given
from hypothesis import strategies as st
from limits.errors import StorageError

from eventhub.foundation import web
from eventhub.foundation.errors import Conflict, Forbidden, NotFound, Stale, TooMany
from tests.conftest import on_sqlite

pytestmark = on_sqlite


@pytest.fixture
def event(make_event):
    """A published event of a known address."""
    return make_event("Workshop", slug="workshop")


@pytest.fixture
def faults(site: Flask) -> Flask:
    """A site on which all that can go wrong has an address."""
    site.config["WTF_CSRF_ENABLED"] = False
    errors = {
        "not-found": NotFound(),
        "forbidden": Forbidden("You may not do this."),
        "conflict": Conflict("The event is cancelled."),
        "stale": Stale("Somebody else has just changed this."),
        "too-many": TooMany("Too often."),
        "limiter": StorageError(ConnectionError("redis is gone")),
        "fault": ZeroDivisionError("secret words"),
    }

    @site.route("/<any(en,zh):lang>/fault/<name>", methods=["GET", "POST"])
    @site.route("/api/fault/<name>", endpoint="api_fault")
    def fault(name: str) -> str:
        if name == "form":
            return request.form["word"]
        raise errors[name]

    return site


ANSWERS = [
    ("GET", "/", 302),
    ("GET", "/en/", 200),
    ("GET", "/zh/events/", 200),
    ("GET", "/en/events/workshop/", 200),
    ("GET", "/en/events/workshop/calendar.ics", 200),
    ("GET", "/en/events/workshop/calendar.ics", 200),  # again, since it is sent from elsewhere now
    ("GET", "/static/theme.css", 200),
    ("GET", "/static/theme.css?v=1", 200),
    ("GET", "/static/nothing.css", 404),
    ("POST", "/static/theme.css", 405),
    ("RANGE", "/static/theme.css", 416),
    ("GET", "/healthz", 200),
    ("GET", "/readyz", 200),
    ("GET", "/metrics", 200),
    ("GET", "/robots.txt", 200),
    ("GET", "/sitemap.xml", 200),
    ("GET", "/en/events", 308),
    ("GET", "/en/sign-in/", 200),
    ("GET", "/en/organise/", 302),
    ("GET", "/nowhere", 404),
    ("GET", "/zh/nowhere/", 404),
    ("GET", "/en/events/nowhere/", 404),
    ("GET", "/en/registrations/wrong/", 404),
    ("POST", "/en/events/", 405),
    ("DELETE", "/en/", 405),
    ("GET", "/en/events/?q=%00", 400),
    ("GET", "/en/events/%00/", 400),
    ("GET", "/en/fault/not-found", 404),
    ("GET", "/en/fault/forbidden", 403),
    ("GET", "/en/fault/conflict", 409),
    ("GET", "/en/fault/stale", 409),
    ("GET", "/en/fault/too-many", 429),
    ("GET", "/en/fault/limiter", 503),
    ("GET", "/en/fault/fault", 500),
    ("GET", "/api/fault/conflict", 409),
    ("GET", "/api/nowhere", 404),
    ("HEAD", "/en/", 200),
    ("HEAD", "/zh/nowhere/", 404),
    ("OPTIONS", "/en/", 200),
]


def test_every_kind_of_answer_keeps_its_reader_safe(event, faults):
    browser = faults.test_client()
    for method, address, status in ANSWERS:
        beyond = {"Range": "bytes=99999999-"} if method == "RANGE" else {}
        answer = browser.open(address, method="GET" if beyond else method, headers=beyond)
        said = (method, address, answer.status_code)
        assert said == (method, address, status)
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy, said
        assert "frame-ancestors 'none'" in policy, said
        assert "unsafe" not in policy and "http" not in policy and "*" not in policy, said
        assert answer.headers["X-Content-Type-Options"] == "nosniff", said
        assert answer.headers["Referrer-Policy"] in {"same-origin", "no-referrer"}, said
        assert "camera=()" in answer.headers["Permissions-Policy"], said
        assert "Access-Control-Allow-Origin" not in answer.headers, said
        assert not re.search("python|werkzeug|flask|waitress", answer.headers.get("Server", ""), re.IGNORECASE), said
        assert "Strict-Transport-Security" not in answer.headers, said
        answer.close()


def test_behind_tls_browsers_are_kept_there(event, make_site):
    site = make_site(base_url="https://events.example.org")
    browser = site.test_client()
    for address in ("/en/", "/static/theme.css", "/nowhere", "/en/events/workshop/calendar.ics"):
        with browser.get(address) as answer:
            assert "max-age=31536000" in answer.headers["Strict-Transport-Security"], address
    cookie = browser.get("/en/sign-in/", base_url="https://events.example.org").headers["Set-Cookie"]
    assert cookie.startswith("__Host-session=")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= set(cookie.split("; "))
    assert "Domain" not in cookie


def test_a_visitor_who_only_reads_gets_no_cookie(event, client):
    for address in (
        "/",
        "/en/",
        "/zh/",
        "/en/events/",
        "/en/events/?q=work",
        "/en/events/workshop/",
        "/en/events/workshop/speakers/",
        "/zh/events/workshop/programme/",
        "/en/privacy/",
        "/en/calendar.ics",
        "/en/nowhere",
        "/robots.txt",
        "/healthz",
    ):
        answer = client.get(address, headers={"Accept-Language": address[1:3]})
        assert "Set-Cookie" not in answer.headers, address
        if answer.mimetype == "text/html" and answer.status_code == 200:
            assert answer.headers["Cache-Control"] == "no-cache", address


def test_what_a_member_sees_is_kept_by_no_cache(event, sign_in, make_member):
    answer = sign_in(make_member()).get("/en/events/workshop/")
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert "Cookie" in answer.headers["Vary"]


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("name", ["nowhere", "fault/fault", "fault/conflict", "fault/limiter", "fault/too-many"])
def test_error_pages_are_in_the_language_of_the_address(faults, lang, name):
    page = faults.test_client().get(f"/{lang}/{name}").text
    assert f'<html lang="{web.HTML_LANG[lang]}">' in page
    assert f'href="/{lang}/events/"' in page, "and lead on in it"
    assert 'name="robots" content="noindex"' in page
    assert ("\u4e00" <= (re.search("<h1[^>]*>(.)", page) or [""])[1] <= "\u9fff") == (lang == "zh")
    for secret in ("Traceback", "ZeroDivisionError", "secret words", "redis"):
        assert secret not in page


def test_a_hidden_thing_and_a_missing_one_read_the_same(faults):
    hidden, missing, nothing = (
        re.sub(r'href="[^"]*"', "", faults.test_client().get(address).text)
        for address in ("/en/fault/not-found", "/en/events/nowhere/", "/en/nowhere")
    )
    assert hidden == missing == nothing


def test_what_may_work_later_says_when(faults):
    for name in ("limiter", "too-many"):
        assert int(faults.test_client().get(f"/en/fault/{name}").headers["Retry-After"]) > 0


def test_a_method_that_is_not_meant_is_told_which_are(client):
    assert client.post("/en/events/").headers["Allow"] == "GET, HEAD, OPTIONS"


def test_machines_get_their_errors_as_json(faults):
    answer = faults.test_client().get("/api/fault/conflict")
    assert answer.json == {"error": {"code": "conflict", "message": "The event is cancelled."}}
    assert faults.test_client().get("/api/fault/fault").json == {"error": {"code": "unexpected", "message": ""}}


def test_a_form_that_came_from_elsewhere_is_refused(client):
    answer = client.post("/en/sign-in/", data={"address": "wang@example.org", "password": "x"})
    assert answer.status_code == 400
    assert "Please open the page again and repeat." in answer.text


def test_nul_reaches_nothing_and_too_much_is_refused(faults):
    browser = faults.test_client()
    assert browser.post("/en/fault/form", data={"word": "w\x00rd"}).status_code == 400
    assert browser.post("/en/fault/form", data={"word": "word"}).text == "word"
    assert browser.post("/en/fault/form", data={"word": "x" * 3_000_000}).status_code == 413


def test_the_host_that_a_request_names_stands_nowhere(event, client):
    foreign = {"Host": "evil.example", "X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "gopher"}
    for address in ("/", "/en/", "/en/events/workshop/", "/en/events", "/en/organise/", "/nowhere", "/sitemap.xml",
                    "/robots.txt", "/en/events/workshop/calendar.ics", "/zh/events/", "/en//events/"):  # fmt: skip
        answer = client.get(address, headers=foreign)
        assert "evil.example" not in answer.text, address
        assert "evil.example" not in str(answer.headers), address
        assert "gopher" not in answer.text + str(answer.headers), address


def test_pages_name_their_own_address_by_the_settings(event, client, app):
    base = app.extensions["eventhub_settings"].base_url
    page = client.get("/en/events/workshop/", base_url="http://elsewhere.example").text
    assert f'hreflang="zh-Hans" href="{base}/zh/events/workshop/"' in page
    assert f'hreflang="x-default" href="{base}/en/events/workshop/"' in page


ELSEWHERE = [
    "https://evil.example", "http://evil.example/", "HTTPS://EVIL.EXAMPLE", "//evil.example", "///evil.example",
    "////evil.example", "/\\evil.example", "\\\\evil.example", "\\/evil.example", "/\\/evil.example",
    "//evil.example/%2f..", "//evil.example@127.0.0.1", "https:evil.example", "https:/evil.example",
    "https:\\\\evil.example", "javascript:alert(1)", "JaVaScRiPt:alert(1)", "java\tscript:alert(1)",
    "data:text/html,x", "vbscript:x", "file:///etc/passwd", "mailto:a@example.org", "ftp://evil.example",
    "evil.example", "www.evil.example", "evil", ".", "..", "../en/", "./en/", "?next=//evil.example", "#x",
    " /en/", "\t/en/", "\n/en/", "\r\n/en/", " //evil.example", "\t//evil.example", "/\t/evil.example",
    "/\n/evil.example", "/\r/evil.example", "/ /evil.example", "/\x00/evil.example", "/\x0b/evil.example",
    "/en/\r\nSet-Cookie: a=b", "/en/\nLocation: //evil.example", "/en/ x", "/en\\evil", "/\\\\evil.example",
    "\x00/en/", "\x1f//evil.example", "http:///evil.example", "https://127.0.0.1:8000@evil.example/",
    "https://evil.example#@127.0.0.1", "//\u3002evil.example", "//evil%E3%80%82example", "//0x7f000001/",
    "//[::1]/", "//2130706433/", "", None, "\u2028//evil.example",
]  # fmt: skip


@pytest.mark.parametrize("target", ELSEWHERE)
def test_the_way_on_never_leaves_the_site(target):
    assert web.safe_next(target, "/otherwise") == "/otherwise"


@pytest.mark.parametrize(
    "target",
    ["/", "/en/", "/zh/organise/events/next-workshop/?tab=2&q=%E7%A0%94", "/en/a/#b", "/en/?next=https://evil.example",
     "/en/events/研讨/", "/en//x"],
)  # fmt: skip
def test_the_way_on_leads_to_our_own_pages(target):
    assert web.safe_next(target, "/otherwise") == target


@given(st.text(max_size=30))
def test_the_way_on_is_a_path_whatever_was_asked(target):
    gone = web.safe_next(f"/{target}", "/otherwise")
    assert not urlsplit(gone).netloc
    assert gone.startswith("/")
    assert not re.search(r"[\s\\]", gone[:3], re.ASCII)


def test_a_page_knows_itself_in_the_other_language_with_what_was_asked(event, app):
    with app.test_request_context("/en/events/workshop/?day=2&q=%E7%A0%94"):
        app.preprocess_request()
        assert web.url_in("zh") == "/zh/events/workshop/?day=2&q=%E7%A0%94"
        assert web.url_in("en") == "/en/events/workshop/?day=2&q=%E7%A0%94"
        assert web.with_query(day=3) == "/en/events/workshop/?day=3&q=%E7%A0%94"
        assert web.with_query(day=None, q=None) == "/en/events/workshop/"
        assert web.with_query(zone="Asia/Shanghai") == "/en/events/workshop/?day=2&q=%E7%A0%94&zone=Asia%2FShanghai"
    with app.test_request_context("/healthz?x=1"):
        app.preprocess_request()
        assert web.url_in("zh") == "/zh/"
    with app.test_request_context("/zh/nowhere"):
        app.preprocess_request()
        assert web.url_in("en") == "/en/"


def test_what_was_asked_cannot_break_out_of_the_page(event, client):
    page = client.get('/en/events/?q="><script>alert(1)</script>&kind=%27%22').text
    assert "<script>alert" not in page
    assert '"><' not in re.sub(r'"></?[a-z]', "", page)


def test_static_files_may_be_kept_for_ever_because_their_address_changes_with_them(client):
    address = web.asset("theme.css")
    assert re.fullmatch(r"/static/theme\.css\?v=[0-9a-f]{10}", address)
    with client.get(address) as answer:
        assert "max-age=31536000" in answer.headers["Cache-Control"]
    assert web.asset("nothing.css") == "/static/nothing.css?v=0"


def test_pages_are_compressed_for_who_wants_it(event, client):
    answer = client.get("/en/events/workshop/", headers={"Accept-Encoding": "gzip"})
    assert answer.headers["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in answer.headers["Vary"]


def test_an_address_with_a_foreign_spelling_of_the_way_on_is_harmless_after_redirects(faults):
    @faults.get("/go")
    def go():
        return redirect(web.safe_next(request.args.get("next"), "/en/"))

    for target in ELSEWHERE:
        answer = faults.test_client().get("/go", query_string={"next": target or ""})
        if answer.status_code != 400:
            assert answer.location == "/en/", target


def test_limits_grow_with_the_sites_factor(app):
    assert web.limit_per(60, 5)() == "60000 per 5 minutes"


def test_forwarded_addresses_count_only_from_trusted_proxies(make_site):
    for trusted, seen in ((0, "127.0.0.1"), (1, "203.0.113.9"), (2, "198.51.100.7")):
        site = make_site(trusted_proxies=trusted)

        @site.get("/who")
        def who() -> str:
            return str(request.remote_addr)

        forwarded = {"X-Forwarded-For": "192.0.2.1, 198.51.100.7, 203.0.113.9"}
        assert site.test_client().get("/who", headers=forwarded).text == seen
