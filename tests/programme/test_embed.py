"""The programme in a frame on partners' pages."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from eventhub.events import services as events
from eventhub.foundation.actor import SYSTEM
from eventhub.programme.models import Programme
from tests.queries import count_queries

AT = "/en/embed/events/workshop/"


@pytest.fixture
def event(make_event: Any, make_session: Any) -> Any:
    event = make_event(slug="workshop")
    make_session(event, "Opening")
    tomorrow = event.starts + timedelta(days=1)
    make_session(event, "Closing", starts=tomorrow, ends=tomorrow + timedelta(hours=1))
    return event


def ancestors(answer: Any) -> str:
    return answer.headers["Content-Security-Policy"].rpartition("frame-ancestors ")[2]


def test_it_shows_the_programme_alone(client, event):
    page = client.get(AT).get_data(as_text=True)
    assert "Opening" in page
    assert "Closing" not in page
    assert "For organisers" not in page
    assert '<base target="_blank">' in page
    assert f'href="{AT}?day=all" target="_self"' in page
    assert "Closing" in client.get(f"{AT}?day=all").get_data(as_text=True)
    assert "场次：Opening" in client.get(AT.replace("/en/", "/zh/")).get_data(as_text=True)
    assert "default-src 'none'" in client.get(AT).headers["Content-Security-Policy"]


def test_only_named_sites_may_frame_it(client, event, save):
    assert ancestors(client.get(AT)) == "'self'"
    save(Programme(event_id=event.id, framed_by=["https://www.example.org", "https://*.example.org"]))
    assert ancestors(client.get(AT)) == "'self' https://www.example.org https://*.example.org"
    assert ancestors(client.get("/en/events/workshop/programme/")) == "'none'"


def test_what_is_not_public_is_not_framed(client, make_event, make_member, sign_in):
    make_event(slug="quiet", visibility="invitation")
    make_event(slug="draft", published=False)
    for slug in ("quiet", "draft", "nothing"):
        assert client.get(f"/en/embed/events/{slug}/").status_code == 404


def test_a_former_address_leads_to_the_new_one(client, event):
    events.rename_event_slug(SYSTEM, event.id, "renamed")
    answer = client.get(f"{AT}?day=all")
    assert (answer.status_code, answer.location) == (301, "/en/embed/events/renamed/?day=all")


def test_three_sessions_cost_what_one_costs(client, event, make_session):
    def asked() -> int:
        with count_queries() as queries:
            assert client.get(f"{AT}?day=all").status_code == 200
        return len(queries)

    one = asked()
    for _ in range(3):
        make_session(event)
    assert asked() == one
