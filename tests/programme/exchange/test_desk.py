"""The pages on which an organiser looks at a file and takes it over."""

from __future__ import annotations

import io
import os
import re
import stat
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from eventhub.events.models import Event
from eventhub.foundation.actor import SYSTEM, Actor
from eventhub.foundation.db import db
from eventhub.foundation.errors import NotFound
from eventhub.foundation.web import settings
from eventhub.programme import queries, services
from eventhub.programme.exchange import jobs, keeping
from tests.conftest import Browser, both, on_sqlite, organisation_of
from tests.programme.exchange import fosdem

pytestmark = on_sqlite

NINE = datetime(2027, 3, 10, 9)
ROWS = "id,title_en,title_zh,starts,duration,room,speakers\na,Opening,开幕,2027-03-10 09:00,60,Hall,Ann <b>Adams\n"


@pytest.fixture
def organiser(make_member: Callable[..., Actor]) -> Actor:
    return make_member("organiser")


@pytest.fixture
def desk(organiser: Actor, sign_in: Callable[[Actor], Browser]) -> Browser:
    return sign_in(organiser)


@pytest.fixture
def event(organiser: Actor, make_event: Callable[..., Event]) -> Event:
    return make_event("Meeting", organisation=organisation_of(organiser), starts=NINE, ends=NINE + timedelta(hours=8))


def kept() -> list[Any]:
    return sorted((settings().data_dir / "imports").glob("*"))


def at(event: Event, rest: str = "", lang: str = "en") -> str:
    return f"/{lang}/organise/events/{event.slug}/programme/import/{rest}"


def send(browser: Browser, event: Event, data: str | bytes, lang: str = "en", name: str = "any.bin") -> Any:
    told = data.encode() if isinstance(data, str) else data
    form = {"csrf_token": browser.csrf(at(event, lang=lang)), "file": (io.BytesIO(told), name)}
    return browser.post(at(event, lang=lang), data=form, content_type="multipart/form-data")


def preview(browser: Browser, event: Event, data: str | bytes, lang: str = "en") -> tuple[str, str]:
    """The address of a preview, and its page."""
    answer = send(browser, event, data, lang)
    assert answer.status_code == 303
    page = browser.get(answer.location)
    assert page.status_code == 200
    return answer.location, page.get_data(as_text=True)


def confirm(browser: Browser, address: str, **data: Any) -> Any:
    page = browser.get(address).get_data(as_text=True)
    seen = re.search(r'name="seen"[^>]*value="([0-9a-f]+)"', page)
    return browser.submit(address, {"seen": seen[1] if seen else "", **data})


def titles(event: Event) -> list[str]:
    db.session.expire_all()
    return [session.title.in_("en") for session in queries.list_sessions(event) if session.state != "deleted"]


def test_a_file_is_looked_at_and_then_imported(desk, event):
    address, page = preview(desk, event, ROWS)
    assert "Opening" in page
    assert "Ann &lt;b&gt;Adams" in page
    assert "Rooms that will be made: Hall" in page
    assert titles(event) == []
    answer = confirm(desk, address)
    assert answer.status_code == 303
    assert "Imported: One session is new. The public sees it with the next release." in desk.get(
        answer.location
    ).get_data(as_text=True)
    assert titles(event) == ["Opening"]
    assert kept() == []
    _, again = preview(desk, event, ROWS)
    assert "The programme is as the file has it." in again
    assert "primary" not in again.split("<main", 1)[1]


def test_what_changes_is_told_part_by_part(desk, event):
    confirm(desk, preview(desk, event, ROWS)[0])
    other = ROWS.replace("09:00,60,Hall", "10:30,90,Garden").replace("Ann <b>Adams", "Bo (Network)")
    _, page = preview(desk, event, other)
    rows = [re.sub(r"\s+", " ", re.sub("<[^>]+>", "|", row)) for row in re.findall("<tr>.*?</tr>", page, re.DOTALL)]
    told = "\n".join(re.sub(r"\|[ |]*", "|", row) for row in rows)
    assert "|Start|Wed 10 Mar 09:00|Wed 10 Mar 10:30|" in told
    assert "|End|Wed 10 Mar 10:00|Wed 10 Mar 12:00|" in told
    assert "|Room|Hall|Garden|" in told
    assert "|People|Ann &lt;b&gt;Adams (Presenter)|Bo (Presenter, Network)|" in told


def test_a_page_in_chinese(desk, event):
    confirm(desk, preview(desk, event, ROWS)[0])
    _, page = preview(desk, event, ROWS.replace("开幕", "开场").replace("Ann <b>Adams", "王芳"), "zh")
    assert 'lang="zh-Hans"' in page
    for word in ("标题", "开场", "王芳", "修改"):
        assert word in page
    assert "Changed" not in page
    refusal = send(desk, event, "a,b\n", "zh").get_data(as_text=True)
    assert "标题" in refusal


def test_hours_of_a_calendar_are_told_by_their_names_there(desk, event):
    lines = (
        "BEGIN:VCALENDAR",
        "BEGIN:VEVENT",
        "UID:a",
        "SUMMARY:Opening",
        "DTSTART:soon",
        "END:VEVENT",
        "END:VCALENDAR",
    )
    _, page = preview(desk, event, "\r\n".join(lines))
    assert "<b>Line 2, “Opening”:</b> Its start (DTSTART) cannot be read: soon." in page
    assert "Write the day and the hour" not in page


def test_errors_and_notices_are_told_with_their_line_and_nothing_can_be_imported(desk, event):
    data = "title,starts,ends,colour\nFine,2027-03-10 09:00,10:00,red\nBad,2027-03-10 09:00,08:00,\n,,,x\n"
    address, page = preview(desk, event, data)
    assert "<b>Line 3, “Bad”:</b> It ends before it begins: 09:00–08:00." in page
    assert "<b>Line 4</b> It has no title." in page
    assert "<b>Line 1</b> This column is not read: colour." in page
    assert "primary" not in page.split("<main", 1)[1]
    assert "checkbox" not in page, "what no button carries out is not asked"
    assert confirm(desk, address).status_code == 409
    assert titles(event) == []


@pytest.mark.parametrize("data", [b"", b"\x00" * 100, b"<a><b>", b"{", b"PK\x03\x04", b"BEGIN:VCALENDAR"])
def test_what_cannot_be_read_is_said_beside_the_field(desk, event, data):
    answer = send(desk, event, data)
    if answer.status_code == 303:
        assert "There are errors" in desk.get(answer.location).get_data(as_text=True)
        return
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert 'class="error" id="file-error"' in page
    assert kept() == []


def test_no_file_at_all(desk, event):
    answer = desk.submit(at(event))
    assert answer.status_code == 422
    assert "Choose a file." in answer.get_data(as_text=True)


def test_more_than_two_megabytes_are_refused(desk, event):
    # Written out by hand: the test client would leave a temporary file behind that nobody reads.
    body = b"--x\r\n" + b"x" * 3 * 1024 * 1024 + b"\r\n--x--\r\n"
    answer = desk.post(at(event), data=body, content_type="multipart/form-data; boundary=x")
    assert answer.status_code == 413


def test_what_is_not_in_the_file_goes_only_where_it_is_ticked(desk, event, make_session):
    sessions = [make_session(event, name) for name in ("One", "Two", "Three")]
    address, page = preview(desk, event, ROWS)
    assert page.count('name="remove" value=') == 3
    confirm(desk, address, remove=[str(sessions[1].id), "x"])
    assert sorted(titles(event)) == ["One", "Opening", "Three"]
    address, _ = preview(desk, event, ROWS)
    confirm(desk, address, remove_all="y")
    assert titles(event) == ["Opening"]


def test_what_changed_in_the_meantime_is_shown_again(desk, event, make_session):
    address, page = preview(desk, event, ROWS)
    seen = re.search(r'name="seen"[^>]*value="([0-9a-f]+)"', page)[1]
    make_session(event, "Another")
    answer = desk.submit(address, {"seen": seen})
    assert answer.status_code == 409
    page = answer.get_data(as_text=True)
    assert "The programme has changed since you looked at it. Nothing is imported yet." in page
    assert "Another" in page
    assert titles(event) == ["Another"]
    assert confirm(desk, address).status_code == 303


def test_a_preview_is_for_its_person_and_its_event_only(desk, event, organiser, make_member, sign_in, make_event):
    address, _ = preview(desk, event, ROWS)
    token = address.rstrip("/").rpartition("/")[2]
    colleague = sign_in(make_member("organiser", event.organisation))
    other = make_event(organisation=organisation_of(organiser))
    for browser, place in (
        (colleague, event), (desk, other), (desk, event),
    ):  # fmt: skip
        tokens = (
            [token]
            if (browser, place) != (desk, event)
            else [token[:-5] + ("A" if token[-5] != "A" else "B") + token[-4:], "x", "x.y.z"]
        )
        for one in tokens:
            answer = browser.get(at(place, f"{one}/"))
            assert (answer.status_code, answer.location) == (303, at(place))
            answer = browser.post(at(place, f"{one}/"), data={"csrf_token": browser.csrf(at(place))})
            assert (answer.status_code, answer.location) == (303, at(place))
    assert titles(event) == titles(other) == []
    assert "The file is kept for an hour only." in desk.get(at(event)).get_data(as_text=True)


def test_a_file_is_kept_for_an_hour_readable_by_nobody_else(desk, event, organiser, monkeypatch):
    address, _ = preview(desk, event, ROWS)
    (file,) = kept()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    jobs.sweep_imports()
    assert kept() == [file]
    token, old = address.rstrip("/").rpartition("/")[2], time.time() - keeping.HOUR - 5
    assert keeping.find(organiser, event.id, token).entries
    with monkeypatch.context() as later:
        later.setattr("time.time", lambda: 2 * time.monotonic() + 4e9)
        with pytest.raises(NotFound):
            keeping.find(organiser, event.id, token)
    os.utime(file, (old, old))
    jobs.sweep_imports()
    assert kept() == []
    assert desk.get(address).status_code == 303


def test_a_broken_file_of_ours_is_asked_for_again(desk, event):
    address, _ = preview(desk, event, ROWS)
    kept()[0].write_text("{")
    assert desk.get(address).status_code == 303


@pytest.mark.parametrize("role", ["viewer", "translator", "check_in"])
def test_only_organisers_come_near(desk, event, make_member, sign_in, client, role):
    address, _ = preview(desk, event, ROWS)
    helper, stranger = sign_in(make_member(role, event.organisation)), sign_in(make_member("organiser"))
    for place in (at(event), address):
        for browser, status in ((helper, 403), (stranger, 404), (client, 302)):
            assert browser.get(place).status_code == status
        token = stranger.csrf("/en/organise/new-event/")
        assert stranger.post(place, data={"csrf_token": token}).status_code == 404
    assert titles(event) == []
    assert "import/" not in helper.get(f"/en/organise/events/{event.slug}/programme/").get_data(as_text=True)
    assert "programme/import/" in desk.get(f"/en/organise/events/{event.slug}/programme/").get_data(as_text=True)


def test_a_large_file_is_shown_in_part(desk, event):
    address, page = preview(desk, event, fosdem.schedule(450, first=NINE))
    assert "And 250 more." in page
    assert len(page) < 150_000
    confirm(desk, address)
    assert len(titles(event)) == 450


def test_a_calendar_and_a_room_that_is_there(desk, event):
    services.save_room(SYSTEM, event.id, both("Hall"))
    data = (
        "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTART;TZID=China Standard Time:20270310T090000\r\n"
        "DTEND;TZID=China Standard Time:20270310T100000\r\nSUMMARY:Opening\r\nLOCATION:Hall\r\nEND:VEVENT\r\n"
        "END:VCALENDAR\r\n"
    )
    address, page = preview(desk, event, data)
    assert "Rooms that will be made" not in page
    confirm(desk, address)
    assert titles(event) == ["Opening"]
