"""Robots in chats: what they say and how, what nobody learns of them, and what becomes of one that is not heard."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import pytest
import sqlalchemy as sa

from eventhub.events import services as events
from eventhub.events.models import Event
from eventhub.foundation import clock, fetching, outbox, work
from eventhub.foundation.actor import SYSTEM, Actor
from eventhub.foundation.db import db
from eventhub.foundation.errors import Conflict, Invalid, NotFound
from eventhub.foundation.fetching import Unfetched, admitting
from eventhub.foundation.outbox import NotNow, Refused
from eventhub.foundation.work import OutboxRow
from eventhub.messaging.robots import formats, jobs, services
from eventhub.messaging.robots.formats import Message
from eventhub.messaging.robots.models import OCCASIONS, Robot, RobotDelivery
from eventhub.messaging.robots.services import RobotPlan
from eventhub.organisations.models import Organisation
from eventhub.programme import participation
from eventhub.programme import services as programme
from eventhub.programme.models import SessionRole
from eventhub.programme.plans import SpeakerPlan
from tests.conftest import both, in_november_2026, on_sqlite, organisation_of
from tests.sites import Site, say

SECRET = "SEC-only-the-chat-knows"
MESSAGE = Message(UUID(int=7), ('“A & B” <at user_id="all">', "<!channel> 王芳"), "https://e.example/x/", {"a": 1})


@pytest.fixture
def site() -> Iterator[Site]:
    """A chat on this machine, the only place on it that may be posted to."""
    made = Site()
    made.answer = lambda handler: say(handler, 200, b'{"errcode":0,"errmsg":"ok"}')
    with admitting(("127.0.0.1", made.port)):
        yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.fixture
def administrator(make_member) -> Actor:
    """Who administers the organisation."""
    return make_member("administrator")


@pytest.fixture
def robot(administrator: Actor, site: Site) -> Robot:
    """A robot in WeCom, in Chinese, that tells everything."""
    return services.add_robot(administrator, organisation_of(administrator), plan(site))


def plan(site: Site, **changes: object) -> RobotPlan:
    """What is said of a robot at this chat."""
    address = f"http://127.0.0.1:{site.port}/send?key=only-the-group-knows"
    return RobotPlan(**{"name": "理事会", "kind": "wecom", "language": "zh", "occasions": OCCASIONS, "address": address,
                        "secret": SECRET, **changes})  # type: ignore[arg-type]  # fmt: skip


def log() -> list[RobotDelivery]:
    """What robots were asked to say, in order."""
    db.session.rollback()
    return list(db.session.scalars(sa.select(RobotDelivery).order_by(RobotDelivery.created_at, RobotDelivery.occasion)))


def later(robot: Robot, **how: float) -> datetime:
    """A moment at which the robot's lane is open again."""
    return clock.now() + timedelta(**(how or {"seconds": 10}))


def texts(site: Site) -> list[str]:
    """What the chat was told, in the words that its group reads."""
    return [json.loads(body)["text"]["content"] for body in site.bodies]


def test_signatures_are_those_that_each_chat_checks():
    moment = 1_700_000_000.5
    made = formats.request_for("dingtalk", "https://oapi.example/robot/send?access_token=t", SECRET, MESSAGE, moment)
    query = parse_qs(urlsplit(made.address).query)
    signed = hmac.new(SECRET.encode(), f"1700000000500\n{SECRET}".encode(), hashlib.sha256).digest()
    assert query == {
        "access_token": ["t"], "timestamp": ["1700000000500"], "sign": [base64.b64encode(signed).decode()],
    }  # fmt: skip
    body = json.loads(formats.request_for("feishu", "https://f.example/", SECRET, MESSAGE, moment).body)
    signed = hmac.new(f"1700000000\n{SECRET}".encode(), digestmod=hashlib.sha256).digest()
    assert (body["timestamp"], body["sign"]) == ("1700000000", base64.b64encode(signed).decode())
    made = formats.request_for("json", "https://j.example/", SECRET, MESSAGE, moment)
    signed = hmac.new(SECRET.encode(), b"1700000000." + made.body, hashlib.sha256).hexdigest()
    assert made.headers["X-EventHub-Signature"] == f"sha256={signed}"
    assert made.headers["X-EventHub-Delivery"] == json.loads(made.body)["id"] == str(MESSAGE.id)


@pytest.mark.parametrize("kind", ["wecom", "dingtalk", "feishu", "slack"])
def test_what_somebody_typed_calls_nobody_in_a_group(kind: str):
    for secret in ("", SECRET):
        made = formats.request_for(kind, "https://chat.example/?a=b", secret, MESSAGE, 1.0)
        body = made.body.decode()
        assert "<at" not in body and "<!channel" not in body
        assert "王芳" in body and "https://e.example/x/" in body
        assert SECRET not in made.address + body


@pytest.mark.parametrize("length", [10, 680, 690, 5000])
def test_wecom_is_told_as_much_as_it_takes_and_always_the_link(length: int):
    told = replace(MESSAGE, lines=("王芳", "长" * length))
    text = json.loads(formats.request_for("wecom", "https://chat.example/", "", told, 1.0).body)["text"]["content"]
    assert len(text.encode()) <= formats.MOST_OF_WECOM
    assert text.startswith("王芳\n长长") and text.endswith("\nhttps://e.example/x/")
    assert ("…" in text) == (length > 670)


@pytest.mark.parametrize(
    ("kind", "status", "body", "verdict"),
    [
        ("wecom", 200, b'{"errcode":0,"errmsg":"ok"}', None),
        ("wecom", 200, b'{"errcode":45009,"errmsg":"api freq out of limit"}', NotNow),
        ("wecom", 200, b'{"errcode":93000,"errmsg":"invalid webhook url"}', Refused),
        ("dingtalk", 200, b'{"errcode":130101,"errmsg":"send too fast"}', NotNow),
        ("dingtalk", 200, b'{"errcode":310000,"errmsg":"sign not match"}', Refused),
        ("feishu", 200, b'{"code":0,"msg":"success"}', None),
        ("feishu", 200, b'{"code":19021,"msg":"sign match fail"}', Refused),
        ("wecom", 200, b"<!doctype html>", Refused),
        ("feishu", 200, b"{}", Refused),
        ("feishu", 200, b'{"StatusCode":0,"StatusMessage":"success"}', None),
        ("slack", 200, b"ok", None),
        ("slack", 404, b"no_service", Refused),
        ("slack", 429, b"", NotNow),
        ("json", 204, b"", None),
        ("json", 200, b'{"code":5}', None),
        ("json", 302, b"", Refused),
        ("json", 500, b"[" * 9999, NotNow),
    ],
)
def test_answers_mean_what_each_chat_means_by_them(kind: str, status: int, body: bytes, verdict: type | None):
    if verdict is None:
        formats.judge(kind, status, body)
    else:
        with pytest.raises(verdict):
            formats.judge(kind, status, body)


@in_november_2026
@on_sqlite
def test_a_group_hears_of_events_releases_and_figures_once_each(robot, site, administrator, make_event, make_session):
    own: Callable[..., Event] = lambda title, **how: make_event(  # noqa: E731
        title, organisation=organisation_of(administrator), published=False, in_person=5,
        starts=datetime(2031, 5, 1, 9), ends=datetime(2031, 5, 1, 12), **how,
    )  # fmt: skip
    event, hidden = own("Workshop", summary=both("s" * 600, "介" * 600)), own("Secret", visibility="unlisted")
    for one in (event, hidden):
        events.publish_event(SYSTEM, one.id)
    make_session(event)
    jobs.tell_figures()
    jobs.tell_figures()  # a job that is begun again tells nothing twice
    assert [one.occasion for one in log()] == ["published", "released", "counts"]
    for seconds in (0, 10, 20):
        with clock.standing_at(clock.now() + timedelta(seconds=seconds)):
            outbox.drain()
    assert [one.state for one in log()] == ["delivered"] * 3
    published, released, counts = texts(site)
    assert "“研讨会：Workshop”" in published and f"/zh/events/{event.slug}/" in published
    assert "介…\n2031年5月1日" in published
    assert f"/zh/events/{event.slug}/programme/" in released
    assert "研讨会：Workshop：已报名 0 人" in counts
    assert not any("Secret" in text for text in texts(site))
    assert all(request["path"] == "/send?key=only-the-group-knows" for request in site.requests)


@on_sqlite
def test_no_chat_keeps_others_waiting(robot, site, administrator):
    organisation_id = organisation_of(administrator)
    for _ in range(services.MOST_TESTS):
        services.order_test(administrator, organisation_id, robot.id)
    with pytest.raises(Conflict):
        services.order_test(administrator, organisation_id, robot.id)
    assert set(db.session.scalars(sa.select(work.OutboxRow.is_bulk))) == {True}, "what is for one person goes first"


@in_november_2026
@on_sqlite
def test_a_group_hears_what_does_not_take_place_and_nobodys_name(
    robot, site, administrator, make_event, make_session, make_person
):
    event = make_event(
        "Workshop", organisation=organisation_of(administrator), starts=datetime(2031, 5, 1, 9),
        ends=datetime(2031, 5, 1, 17), in_person=5,
    )  # fmt: skip
    speakers = [SpeakerPlan("panellist", person_id=make_person().id)]
    first, second = make_session(event, "Panel", speakers=speakers), make_session(event, "Talk", speakers=speakers)
    role_id = db.session.scalar(sa.select(SessionRole.id).where(SessionRole.session_id == second.id))
    start = clock.now()
    for number, deed in enumerate((
        lambda: None,
        lambda: programme.cancel_session(SYSTEM, first.id),
        lambda: participation.withdraw_part(SYSTEM, role_id),
        lambda: events.cancel_event(SYSTEM, event.id),
    )):  # fmt: skip
        deed()
        for seconds in range(0, 60, 5):  # the lane lets one through every three seconds
            with clock.standing_at(start + timedelta(hours=number, seconds=seconds)):
                outbox.drain()
    db.session.rollback()
    said = [text.splitlines()[:-1] for text in texts(site)]
    assert said[-3:] == [
        ["“研讨会：Workshop”的日程有变更。", "“场次：Panel”不再举行。"],
        ["“研讨会：Workshop”的日程有变更。", "“场次：Talk”有变更。"],
        [
            f"{event.organisation.name.in_('zh')}：“研讨会：Workshop”已取消。",
            "2031年5月1日 星期四 09:00–17:00（北京时间）",
        ],
    ]
    assert [one.occasion for one in log()][-3:] == ["hotfix", "hotfix", "cancelled"]


@in_november_2026
@on_sqlite
@pytest.mark.parametrize(
    ("said", "seconds"), [("1800", 1800), ("Tue, 02 Mar 2032 12:30:00 GMT", 1800), ("999999999", 86400), ("soon", 60)]
)
def test_a_chat_is_left_alone_for_as_long_as_it_says_a_day_at_most(robot, site, administrator, said, seconds):
    organisation_id, start = organisation_of(administrator), datetime(2032, 3, 2, 12, tzinfo=UTC)
    site.answer = lambda handler: say(handler, 429, Retry_After=said)
    with clock.standing_at(start):
        services.order_test(administrator, organisation_id, robot.id)
        outbox.drain()
    assert db.session.scalar(sa.select(OutboxRow.due_at)) == start + timedelta(seconds=seconds)
    db.session.rollback()
    site.answer = lambda handler: say(handler, 200, b'{"errcode":0,"errmsg":"ok"}')
    services.order_test(administrator, organisation_id, robot.id)
    for second, bodies in ((seconds - 1 if seconds > 60 else 1, 1), (seconds + 1, 2), (seconds + 10, 3)):
        with clock.standing_at(start + timedelta(seconds=second)):
            outbox.drain()
        assert len(site.bodies) == bodies, "what comes after it waits as well"


@on_sqlite
def test_a_chat_that_refuses_is_left_alone_after_a_while_until_somebody_resumes_it(
    robot, site, administrator, make_event, make_member, sign_in
):
    organisation_id = organisation_of(administrator)
    event = make_event(organisation=organisation_id)
    organiser = make_member("organiser", db.session.get(Organisation, organisation_id))
    overview = f"/en/organise/events/{event.slug}/"
    told = "1 chat robot is paused"
    assert told not in sign_in(administrator).get(overview).text
    site.answer = lambda handler: say(handler, 503)
    services.order_test(administrator, organisation_id, robot.id)
    services.order_test(administrator, organisation_id, robot.id)
    moment = clock.now()
    while not db.session.get(Robot, robot.id, populate_existing=True).paused_at:
        with clock.standing_at(moment):
            outbox.drain()
        moment += timedelta(minutes=10)
        assert moment < clock.now() + timedelta(hours=12)
    assert len(site.bodies) == services.MOST_FAILURES
    for _ in range(100):
        moment += timedelta(minutes=10)
        with clock.standing_at(moment):
            outbox.drain()
    assert len(site.bodies) == services.MOST_FAILURES
    tests = [one for one in log() if one.occasion == "test"]
    assert {(one.state, one.answer) for one in tests} == {("failed", "503")}
    assert told in sign_in(administrator).get(overview).text
    assert told not in sign_in(organiser).get(overview).text
    site.answer = lambda handler: say(handler, 200, b'{"errcode":0,"errmsg":"ok"}')
    services.resume_robot(administrator, organisation_id, robot.id)
    services.order_test(administrator, organisation_id, robot.id)
    with clock.standing_at(moment + timedelta(hours=1)):
        outbox.drain()
    assert log()[-1].state == "delivered"
    assert db.session.get(Robot, robot.id, populate_existing=True).failures == 0


@on_sqlite
def test_secrets_lie_sealed_and_go_nowhere_else(robot, site, administrator, sign_in, capsys):
    organisation_id = organisation_of(administrator)
    site.answer = lambda handler: say(handler, 302, Location="http://169.254.169.254/")
    services.order_test(administrator, organisation_id, robot.id)
    outbox.drain()
    assert [one.state for one in log()] == ["failed"]
    assert site.connections == 1, "no redirect is followed"
    slug = db.session.get(Organisation, organisation_id).slug
    browser = sign_in(administrator)
    pages = [browser.get(f"/zh/organise/organisations/{slug}/robots/{part}").text for part in ("", f"{robot.id}/")]
    assert "理事会" in pages[0] and "127.0.0.1" in pages[1]
    tables = [Robot.__table__, RobotDelivery.__table__, OutboxRow.__table__]
    rows = str([db.session.execute(sa.select(table)).all() for table in tables])
    logged = "".join(capsys.readouterr())
    for secret in ("only-the-group-knows", SECRET):
        assert secret not in rows + logged + "".join(pages)
    # Another address never gets what the secret of the one before signs.
    services.change_robot(administrator, organisation_id, robot.id, plan(site, secret=""))
    assert robot.secret == ""


@on_sqlite
@pytest.mark.parametrize(
    "address", ["http://chat.example/", "https://me:secret@chat.example/", "file:///etc/passwd", "x"]
)
def test_addresses_that_are_never_posted_to_are_refused_at_once(administrator, site, address):
    with pytest.raises(Invalid):
        services.add_robot(administrator, organisation_of(administrator), plan(site, address=address))


def test_nothing_is_posted_into_our_own_network():
    inside = Site()
    for host in ("127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "2130706433"):
        with pytest.raises(Unfetched) as refusal:
            fetching.post(f"https://{host}:{inside.port}/", b"{}", {})
        assert refusal.value.reason == "forbidden"
    assert inside.connections == 0
    inside.server.shutdown()
    inside.server.server_close()


@on_sqlite
def test_robots_are_their_own_administrators_affair(robot, site, make_member, sign_in, administrator):
    slug = db.session.get(Organisation, robot.organisation_id).slug
    there = f"/en/organise/organisations/{slug}/robots/"
    stranger = make_member("administrator")
    organiser = make_member("organiser", db.session.get(Organisation, robot.organisation_id))
    for actor, status in ((stranger, 404), (organiser, 403)):
        assert sign_in(actor).get(there).status_code == status
        assert sign_in(actor).get(f"{there}{robot.id}/").status_code == status
    own = db.session.get(Organisation, organisation_of(stranger)).slug
    assert sign_in(stranger).get(f"/en/organise/organisations/{own}/robots/{robot.id}/").status_code == 404
    for service in (services.remove_robot, services.resume_robot, services.order_test):
        with pytest.raises(NotFound):
            service(stranger, organisation_of(stranger), robot.id)
    browser = sign_in(administrator)
    form = {"name": "Board", "kind": "slack", "language": "en", "occasions": ["published"], "secret": "",
            "address": f"http://127.0.0.1:{site.port}/services/x"}  # fmt: skip
    assert browser.submit(there, form).status_code == 303
    refused = browser.submit(there, {**form, "address": "http://chat.example/services/secret-one"})
    assert refused.status_code == 422 and "secret-one" not in refused.text and "https://" in refused.text
    assert browser.submit(f"{there}{robot.id}/remove/", form_at=f"{there}{robot.id}/").status_code == 303
    assert [one.name for one in db.session.scalars(sa.select(Robot))] == ["Board"]
    outbox.drain()
    assert [json.loads(body)["text"].startswith("This is a test") for body in site.bodies] == [True]
