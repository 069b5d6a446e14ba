"""The desk's page of conflicts: what it tells, to whom, and how one is let be."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa

from eventhub.events import services as events
from eventhub.events.models import Event
from eventhub.foundation import clock
from eventhub.foundation.actor import Actor
from eventhub.foundation.db import db
from eventhub.foundation.i18n import Translated
from eventhub.organisations.models import Organisation
from eventhub.programme.conflict_desk import PAGE
from eventhub.programme.models import AcceptedConflict, Programme, ProgrammeSession
from tests.conftest import Browser, both, in_november_2026, on_sqlite, organisation_of
from tests.queries import count_queries

from .conftest import HOUR, NINE

pytestmark = [in_november_2026, on_sqlite]

SCRIPT = "<script>alert(1)</script>"


@pytest.fixture
def organiser(make_member: Callable[..., Actor]) -> Actor:
    return make_member("organiser")


@pytest.fixture
def desk(organiser: Actor, sign_in: Callable[[Actor], Browser]) -> Browser:
    return sign_in(organiser)


@pytest.fixture
def event(organiser: Actor, make_event: Callable[..., Event]) -> Event:
    own = organisation_of(organiser)
    return make_event(both("Workshop", "研讨会"), organisation=own, starts=NINE, ends=NINE + 9 * HOUR)


@pytest.fixture
def panel(event: Event, hold: Callable[..., ProgrammeSession]) -> ProgrammeSession:
    """A panel without a moderator."""
    return hold(event, NINE, kind="panel", title=both("Panel", "圆桌"))


def at(event: Event, lang: str = "en", room: str = "programme/conflicts/") -> str:
    return f"/{lang}/organise/events/{event.slug}/{room}"


def read(browser: Browser, address: str) -> str:
    response = browser.get(address)
    assert response.status_code == 200
    return response.get_data(as_text=True)


def sent(browser: Browser, address: str, number: int = 0, **changes: Any) -> dict[str, Any]:
    """The form of one conflict on the page, as somebody fills it in."""
    page = read(browser, address)
    form = [part.split("</form>")[0] for part in page.split('<form class="form" method="post" action="#')[1:]][number]
    values = {
        name: form.split(f'name="{name}" value="', 1)[1].split('"', 1)[0] for name in ("csrf_token", "key", "kind")
    }
    return values | {"reason": "It is meant so."} | changes


def test_conflicts_are_told_by_day_in_the_language_of_the_page(desk: Browser, event: Event, panel, hold):
    hold(event, None, kind="panel")
    hold(event, NINE + 24 * HOUR)
    english, chinese = read(desk, at(event)), read(desk, at(event, "zh"))
    assert "The panel “Panel” has no moderator." in english
    assert re.findall("<h3>(.*)</h3>", english) == [
        "To be scheduled", "Wednesday 10 March 2027", "Thursday 11 March 2027",
    ]  # fmt: skip
    assert "圆桌讨论“圆桌”没有主持人。" in chinese
    assert re.findall("<h3>(.*)</h3>", chinese)[1:] == ["2027年3月10日 星期三", "2027年3月11日 星期四"]
    assert at(event, room=f"programme/sessions/{panel.id}/") in english


def test_a_programme_without_conflicts_says_so(desk: Browser, event: Event, hold):
    hold(event, NINE)
    assert "Nothing in the programme contradicts itself." in read(desk, at(event))
    assert ">Conflicts</a>" in read(desk, at(event, room="programme/"))
    assert at(event) not in read(desk, at(event, room=""))


def test_overview_and_programme_count_what_is_open_and_lead_there(desk: Browser, event: Event, panel, hold):
    assert "One conflict in the programme is open" in read(desk, at(event, room=""))
    hold(event, NINE, kind="panel")
    for room, said, zh in (
        ("", "2 conflicts in the programme are open", "日程中有 2 处待处理的冲突"),
        ("programme/", "2 open conflicts", "2 处待处理的冲突"),
    ):
        page = read(desk, at(event, room=room))
        assert said in page
        assert f'href="{at(event)}"' in page
        assert zh in read(desk, at(event, "zh", room))
    assert desk.post(at(event), data=sent(desk, at(event))).status_code == 303
    assert "One conflict in the programme is open" in read(desk, at(event, room=""))


def test_conflicts_of_what_is_over_or_does_not_take_place_need_nobody(desk: Browser, organiser, event: Event, panel):
    with clock.standing_at(event.ends_at):
        assert "in the programme is open" not in read(desk, at(event, room=""))
    assert "in the programme is open" in read(desk, at(event, room=""))
    events.cancel_event(organiser, event.id)
    assert "in the programme is open" not in read(desk, at(event, room=""))


def test_a_conflict_is_accepted_with_its_reason_and_looked_at_again(desk: Browser, organiser, event: Event, panel):
    response = desk.post(at(event), data=sent(desk, at(event), reason=f"Chaired from the floor {SCRIPT}"))
    assert (response.status_code, response.location) == (303, at(event))
    page = read(desk, at(event))
    assert "Nothing is open" in page
    assert "Chaired from the floor &lt;script&gt;" in page
    assert SCRIPT not in page
    assert "Given Family" in page
    accepted = db.session.scalar(sa.select(AcceptedConflict))
    assert (accepted.person_id, accepted.kind) == (organiser.person_id, "no_moderator")
    chinese = read(desk, at(event, "zh"))
    assert "王芳" in chinese
    assert "已接受的冲突" in chinese
    token = desk.csrf(at(event))
    withdraw = at(event, room=f"programme/conflicts/{accepted.id}/withdraw/")
    assert desk.post(withdraw, data={"csrf_token": token}).status_code == 303
    assert "Accepted conflicts" not in read(desk, at(event))
    assert desk.post(withdraw, data={"csrf_token": token}).status_code == 404


def test_what_was_accepted_by_nobody_in_particular_is_told_without_a_name(desk: Browser, event: Event, panel, save):
    key = sent(desk, at(event))["key"]
    save(AcceptedConflict(event_id=event.id, key=key, kind="no_moderator", reason="Imported so"))
    assert "Imported so" in read(desk, at(event))


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        ("", "Write why it can stay as it is."),
        ("  ", "Write why it can stay"),
        ("x" * 501, "Please shorten this to 500"),
    ],
)
def test_a_wrong_reason_comes_back_beside_its_conflict(desk: Browser, event: Event, panel, hold, reason, said):
    hold(event, NINE, kind="panel")
    response = desk.post(at(event), data=sent(desk, at(event), 1, reason=reason))
    page = response.get_data(as_text=True)
    assert response.status_code == 422
    assert page.count(said) == 1
    assert (page.count("<details open>"), page.count("<details>")) == (1, 1)
    assert page.index('id="reason-1"') < page.index("<details open>") < page.index(said) < page.index('id="reason-2"')
    assert reason.strip() in page
    assert db.session.scalar(sa.select(sa.func.count(AcceptedConflict.id))) == 0


def test_a_conflict_that_is_gone_meanwhile_is_not_accepted(desk: Browser, event: Event, panel, hold):
    form = sent(desk, at(event))
    assert desk.post(at(event), data=form | {"kind": "night"}).status_code == 409
    assert desk.post(at(event), data=form).status_code == 303
    response = desk.post(at(event), data=form)
    assert response.status_code == 409
    assert "Somebody else has just accepted this conflict." in response.get_data(as_text=True)


def test_who_only_looks_accepts_nothing(desk, event: Event, organiser, panel, make_member, sign_in, client: Browser):
    form = sent(desk, at(event))
    assert desk.post(at(event), data=form).status_code == 303
    accepted = db.session.scalar(sa.select(AcceptedConflict.id))
    withdraw = at(event, room=f"programme/conflicts/{accepted}/withdraw/")
    viewer = sign_in(make_member("viewer", db.session.get(Organisation, organisation_of(organiser))))
    page = read(viewer, at(event))
    assert "has no moderator" in page
    assert "It is meant so." in page
    assert "Look at it again" not in page
    assert "<details" not in page
    assert "programme/settings/" not in page
    assert f"sessions/{panel.id}" not in page
    stranger = sign_in(make_member("administrator"))
    token = stranger.csrf("/en/organise/new-event/")
    assert client.get(at(event)).status_code == 302
    assert stranger.get(at(event)).status_code == 404
    for browser, status in ((viewer, 403), (stranger, 404)):
        data = form | {"csrf_token": browser.csrf("/en/account/") if browser is viewer else token}
        assert browser.post(at(event), data=data).status_code == status
        assert browser.post(withdraw, data=data).status_code == status
    assert db.session.scalar(sa.select(sa.func.count(AcceptedConflict.id))) == 1


def test_acceptances_of_another_event_are_not_withdrawn_from_here(desk: Browser, organiser, event, panel, make_event):
    assert desk.post(at(event), data=sent(desk, at(event))).status_code == 303
    accepted = db.session.scalar(sa.select(AcceptedConflict.id))
    token = desk.csrf(at(event))
    other = make_event(organisation=organisation_of(organiser))
    for where, which in ((other, accepted), (event, uuid4())):
        address = at(where, room=f"programme/conflicts/{which}/withdraw/")
        assert desk.post(address, data={"csrf_token": token}).status_code == 404


def test_the_time_between_sessions_is_told_with_the_way_to_change_it(desk, event: Event, hold, wang, make_room, save):
    for number in range(2):
        hold(event, NINE + number * HOUR, (wang, {}), room_id=make_room(event, f"Room {number}").id)
    page = read(desk, at(event))
    assert "It takes 5 min to change rooms and 15 min to test a connection." in page
    assert "Fang Wang has no time" in page
    assert at(event, room="programme/settings/") in page
    save(Programme(event_id=event.id, change_minutes=0))
    assert "Fang Wang" not in read(desk, at(event))
    assert "更换会议室需要 0 分钟，测试连接需要 15 分钟。" in read(desk, at(event, "zh"))


def test_somebody_in_another_event_is_told_of_with_the_way_there(desk, organiser, event: Event, make_event, hold, wang):
    other = make_event(both("Webinar"), organisation=organisation_of(organiser), starts=NINE, ends=NINE + HOUR)
    hold(event, NINE, (wang, {}))
    hold(other, NINE, (wang, {}), title=Translated.of(en=f"Opening {SCRIPT}"))
    page = read(desk, at(event))
    assert "“Opening &lt;script&gt;" in page
    assert SCRIPT not in page
    assert at(other, room="programme/") in page


def test_many_conflicts_are_told_a_page_at_a_time(desk: Browser, event: Event, hold):
    for number in range(PAGE + 1):
        hold(event, NINE, kind="panel", title=both(f"Panel {number:03}"))
    first, second = read(desk, at(event)), read(desk, f"{at(event)}?page=2")
    assert (first.count("has no moderator"), second.count("has no moderator")) == (PAGE, 1)
    assert "Page 2 of 2" in second
    response = desk.post(f"{at(event)}?page=2", data=sent(desk, f"{at(event)}?page=2"))
    assert response.location == f"{at(event)}?page=2"
    assert read(desk, response.location).count("has no moderator") == PAGE + 1  # the accepted one beneath the others


def test_the_page_asks_as_often_for_three_as_for_one(desk: Browser, organiser, event: Event, hold, make_person, save):
    def lay_out() -> None:
        hold(event, NINE, (make_person(), {"mode": "remote"}), kind="panel")
        assert desk.post(at(event), data=sent(desk, at(event))).status_code == 303
        hold(event, NINE, (make_person(), {"state": "invited"}), kind="panel")

    def asked() -> int:
        read(desk, at(event))
        with count_queries() as queries:
            read(desk, at(event))
        return len(queries)

    lay_out()
    one = asked()
    lay_out()
    lay_out()
    assert asked() == one
