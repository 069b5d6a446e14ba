"""How a programme is kept: the time between sessions and to answer, and the sites that may frame it."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from eventhub.foundation import clock
from eventhub.foundation.actor import VISITOR
from eventhub.foundation.audit import AuditEntry
from eventhub.foundation.db import db
from eventhub.foundation.errors import Invalid, NotFound, Stale
from eventhub.organisations.models import Organisation
from eventhub.programme.settings import MOST_SITES, Settings, _origin, change_settings, settings_of
from eventhub.programme.speakers import usual_answer_by
from tests.conftest import on_sqlite, organisation_of
from tests.filled import filled

pytestmark = on_sqlite


@pytest.fixture
def organiser(make_member: Any) -> Any:
    return make_member()


@pytest.fixture
def event(make_event: Any, organiser: Any) -> Any:
    return make_event(organisation=organisation_of(organiser), slug="workshop")


def at(event: Any, lang: str = "en") -> str:
    return f"/{lang}/organise/events/{event.slug}/programme/settings/"


def test_settings_hold_from_the_moment_they_are_saved(event, organiser):
    assert settings_of(event) == (Settings(5, 15, 10, ()), 0)
    wanted = Settings(0, 20, 3, ("https://www.example.org", "HTTPS://Partner.example.org:8443/page?x", "example.org"))
    change_settings(organiser, event.id, wanted, 0)
    sites = ("https://www.example.org", "https://partner.example.org:8443", "https://example.org")
    assert settings_of(event) == (Settings(0, 20, 3, sites), 1)
    assert 2 <= (usual_answer_by(event) - clock.now()).days <= 3
    told = db.session.scalar(sa.select(AuditEntry.data).where(AuditEntry.fact == "ProgrammeSettled"))
    assert (told["change_minutes"], told["framed_by"]) == (0, list(sites))


@pytest.mark.parametrize(
    ("field", "value"),
    [("change_minutes", -1), ("change_minutes", 241), ("test_minutes", 241), ("answer_days", 0), ("answer_days", 91),
     ("framed_by", tuple(f"https://s{n}.example.org" for n in range(MOST_SITES + 1)))],
)  # fmt: skip
def test_what_cannot_be_is_refused_beside_its_field(event, organiser, field, value):
    with pytest.raises(Invalid) as refused:
        change_settings(organiser, event.id, Settings(**{field: value}))
    assert refused.value.field == field
    assert settings_of(event)[1] == 0


@pytest.mark.parametrize(
    "site",
    [
        "http://example.org", "javascript:alert(1)", "https://", "https://localhost", "https://*", "https://*.org/;",
        "'self'", "https://user@example.org", "https://example.org:99999", "https://exa mple.org", "*",
        "https://example.org;script-src", "data:text/html,x", "https://*.*.example.org", "https://example..org", "https://-a.example.org",
        f"https://{'a' * 64}.example.org",
    ],
)  # fmt: skip
def test_what_is_no_site_is_not_let_in(app, site):
    with app.test_request_context("/en/"), pytest.raises(Invalid):
        _origin(site)


@given(st.text(st.characters(codec="utf-8"), max_size=60))
def test_nothing_typed_can_say_more_than_a_site(session_app, typed):
    with session_app.test_request_context("/en/"):
        try:
            origin = _origin(typed)
        except Invalid:
            return
    assert origin.startswith("https://")
    assert not set(origin) & set(" ;,'\"\t\n\r") and origin.isascii()


def test_sites_in_other_scripts_stand_as_browsers_compare_them(app):
    with app.test_request_context("/en/"):
        assert _origin("https://例子.example.org") == "https://xn--fsqu00a.example.org"
        assert _origin("https://*.example.org/") == "https://*.example.org"
        assert _origin("https://example.org:443") == "https://example.org"


def test_only_those_who_edit_the_event_settle_it(event, organiser, make_member):
    viewer = make_member("viewer", db.session.get(Organisation, organisation_of(organiser)))
    for stranger in (make_member("administrator"), viewer, VISITOR):
        with pytest.raises(NotFound):
            change_settings(stranger, event.id, Settings())
    with pytest.raises(Stale):
        change_settings(organiser, event.id, Settings(), 4)


def test_the_form_tells_what_is_wrong_and_meets_who_saved_meanwhile(event, organiser, make_member, sign_in):
    desk = sign_in(organiser)
    form = filled(desk.get(at(event)).get_data(as_text=True))
    assert (form["change_minutes"], form["test_minutes"], form["answer_days"]) == (["5"], ["15"], ["10"])
    for wrong in (
        {"change_minutes": ""}, {"test_minutes": "241"}, {"answer_days": "0"}, {"change_minutes": "many"},
        {"framed_by": "http://example.org"},
    ):  # fmt: skip
        assert desk.post(at(event), data=form | wrong).status_code == 422
    answer = desk.post(at(event), data=form | {"framed_by": "www.example.org\r\n\r\nhttp://no.example.org"})
    assert "“http://no.example.org” is not the address of a site" in answer.get_data(as_text=True)
    answer = desk.post(at(event), data=form | {"framed_by": "not a site"})
    assert "“not a site” is not the address of a site" in answer.get_data(as_text=True)
    saved = desk.post(at(event), data=form | {"change_minutes": "0", "framed_by": "www.example.org\r\n"})
    assert (saved.status_code, saved.location) == (303, at(event))
    page = desk.get(at(event)).get_data(as_text=True)
    assert "&lt;iframe src=&#34;http://127.0.0.1:8000/en/embed/events/workshop/&#34;" in page
    # Whoever had the form open since before the first save sees both.
    late = desk.post(at(event), data=form | {"change_minutes": "7"})
    assert late.status_code == 409
    assert desk.post(at(event), data=filled(late.get_data(as_text=True))).status_code == 303
    assert settings_of(event)[0].change_minutes == 7
    assert settings_of(event)[0].framed_by == ("https://www.example.org",)
    assert sign_in(make_member("administrator")).get(at(event)).status_code == 404
    viewer = make_member("viewer", db.session.get(Organisation, organisation_of(organiser)))
    assert sign_in(viewer).get(at(event)).status_code == 403
