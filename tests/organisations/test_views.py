"""The pages of organisations, as in a browser."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from eventhub.accounts import services as accounts
from eventhub.accounts.models import Account
from eventhub.foundation import links
from eventhub.foundation.actor import SYSTEM
from eventhub.foundation.db import db
from eventhub.foundation.web import limiter
from eventhub.organisations import queries, services
from eventhub.organisations.models import Invitation, Membership, Organisation
from tests.conftest import on_sqlite

pytestmark = on_sqlite

NEW = {
    "name_en": "Amity Foundation", "name_zh": "爱德基金会", "short_name": "Amity",
    "stakeholder_type": "national_ngo", "country": "CN", "website": "https://example.org",
    "address": "first@example.org", "language": "zh",
}  # fmt: skip


@pytest.fixture
def operator(make_member, sign_in):
    """The browser of the site's operator, who acts for an organisation of their own."""
    member = make_member("viewer")
    account = db.session.scalar(sa.select(Account).where(Account.person_id == member.person_id))
    assert account
    accounts.appoint_operator(SYSTEM, account.address)
    return sign_in(member)


def address_of(invitation: Invitation, lang: str = "en") -> str:
    return f"/{lang}/invitations/{links.make('invitation', invitation.id, invitation.link_number)}/"


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_everybody_reads_an_organisation_in_both_languages(client, make_organisation, make_event, lang):
    organisation = make_organisation("Amity", website="https://example.org/a", country="CN")
    make_event("Bridging Practice", organisation=organisation)
    page = client.get(f"/{lang}/organisations/{organisation.slug}/")
    text = page.get_data(as_text=True)
    assert page.status_code == 200
    assert organisation.name.in_(lang) in text
    assert "Bridging Practice" in text
    assert 'href="https://example.org/a"' in text


def test_a_draft_and_an_unlisted_event_are_not_on_the_organisation_s_page(client, make_organisation, make_event):
    organisation = make_organisation()
    make_event("Secret draft", organisation=organisation, published=False)
    make_event("Secret link", organisation=organisation, visibility="unlisted")
    make_event("Secret guests", organisation=organisation, visibility="invitation")
    assert "Secret" not in client.get(f"/en/organisations/{organisation.slug}/").get_data(as_text=True)


def test_an_unknown_organisation_is_not_found(client):
    assert client.get("/en/organisations/nobody/").status_code == 404


def test_invitations_are_so_many_an_hour(app, operator, make_member, make_organisation, sign_in, monkeypatch):
    monkeypatch.setattr(app.extensions["eventhub_settings"], "rate_limit_factor", 1)
    limiter.reset()
    organisation = make_organisation()
    browser = sign_in(make_member("administrator", organisation))
    here = f"/en/organise/organisations/{organisation.slug}/"

    def invite(address: str) -> int:
        said = {"address": address, "role": "viewer", "language": "en"}
        return browser.submit(f"{here}invitations/", said, form_at=here).status_code

    assert [invite("victim@example.org") for _ in range(4)] == [303, 303, 303, 429]
    sent = operator.submit("/en/organise/organisations/new/", {**NEW, "address": "victim@example.org"})
    assert (sent.status_code, "several times within an hour" in sent.text) == (429, True)
    assert [invite(f"{number}@example.org") for number in range(28)] == [303] * 26 + [429] * 2
    limiter.reset()


def test_the_operator_adds_an_organisation_and_asks_its_administrator(operator):
    assert "Add an organisation" in operator.get("/en/organise/organisations/").get_data(as_text=True)
    answer = operator.submit("/en/organise/organisations/new/", NEW)
    assert answer.headers["Location"] == "/en/organise/organisations/amity/"
    invitation = db.session.scalars(sa.select(Invitation)).one()
    assert (invitation.address, invitation.role, invitation.language) == ("first@example.org", "administrator", "zh")
    page = operator.get("/en/organise/organisations/amity/").get_data(as_text=True)
    assert "first@example.org" in page


def test_the_operator_invites_no_one_but_a_first_administrator(operator, make_organisation, make_member):
    headless, headed = make_organisation(), make_organisation()
    make_member("administrator", headed)
    form = {"address": "a@example.org", "language": "en"}
    here = f"/en/organise/organisations/{headless.slug}/"
    assert operator.submit(f"{here}invitations/", {**form, "role": "organiser"}, form_at=here).status_code == 422
    assert operator.submit(f"{here}invitations/", {**form, "role": "administrator"}, form_at=here).status_code == 303
    there = f"/en/organise/organisations/{headed.slug}/"
    form["role"] = "administrator"
    assert operator.submit(f"{there}invitations/", form, form_at=here).status_code == 422
    assert operator.get(f"{there}edit/").status_code == 403
    assert [row.organisation_id for row in db.session.scalars(sa.select(Invitation))] == [headless.id]


@pytest.mark.parametrize(
    "wrong",
    [
        {"name_en": "", "name_zh": ""},
        {"stakeholder_type": "king"},
        {"website": "javascript:alert(1)"},
        {"website": "ftp://example.org"},
        {"address": "not an address"},
        {"country": "XX"},
        {"language": "fr"},
    ],
)
def test_a_wrong_organisation_comes_back_with_what_was_typed(operator, wrong):
    answer = operator.submit("/zh/organise/organisations/new/", {**NEW, "short_name": "Still here", **wrong})
    assert answer.status_code == 422
    assert "Still here" in answer.get_data(as_text=True)
    assert db.session.scalar(sa.select(Organisation).where(Organisation.short_name == "Still here")) is None


@pytest.mark.parametrize("role", ["administrator", "viewer"])
def test_who_is_no_operator_adds_no_organisation(make_member, sign_in, role):
    browser = sign_in(make_member(role))
    assert browser.get("/en/organise/organisations/new/").status_code == 403
    assert "Add an organisation" not in browser.get("/en/organise/organisations/").get_data(as_text=True)


ROOMS = ("", "edit/", "members/{}/")
DOORS = ("invitations/", "invitations/{}/withdraw/", "members/{}/remove/", "members/{}/", "edit/")


@pytest.mark.parametrize("path", ROOMS)
def test_another_organisation_s_administrator_finds_nothing(make_member, make_organisation, sign_in, path):
    organisation = make_organisation()
    make_member("administrator", organisation)
    membership = db.session.scalars(sa.select(Membership)).one()
    stranger = sign_in(make_member("administrator"))
    address = f"/en/organise/organisations/{organisation.slug}/{path.format(membership.id)}"
    assert stranger.get(address).status_code == 404


@pytest.mark.parametrize("path", DOORS)
def test_another_organisation_s_administrator_changes_nothing(make_member, make_organisation, sign_in, path):
    organisation = make_organisation()
    make_member("administrator", organisation)
    make_member("administrator", organisation)
    row = db.session.scalars(sa.select(Membership)).first()
    assert row
    if "withdraw" in path:
        row = services.invite_member(SYSTEM, organisation.id, "a@example.org", "viewer", "en")
    stranger = sign_in(make_member("administrator"))
    form = {"address": "b@example.org", "role": "administrator", "language": "en"}
    theirs, mine = (f"/en/organise/organisations/{slug}/" for slug in (organisation.slug, own_slug(stranger)))
    answer = stranger.submit(theirs + path.format(row.id), form, form_at="/en/account/")
    assert answer.status_code == 404
    if "{}" in path:  # nor through an address of their own organisation
        assert stranger.submit(mine + path.format(row.id), form, form_at="/en/account/").status_code == 404
    assert len(queries.list_members(organisation.id)) == 2


def own_slug(browser) -> str:
    page = browser.get("/en/organise/organisations/").get_data(as_text=True)
    return page.split('<td data-label="Name"><a href="/en/organise/organisations/')[1].split("/")[0]


@pytest.mark.parametrize("role", ["organiser", "translator", "check_in", "viewer"])
def test_a_member_sees_who_belongs_but_no_addresses(make_member, make_organisation, sign_in, role):
    organisation = make_organisation()
    administrator = make_member("administrator", organisation)
    browser = sign_in(make_member(role, organisation))
    page = browser.get(f"/en/organise/organisations/{organisation.slug}/").get_data(as_text=True)
    account = db.session.scalar(sa.select(Account).where(Account.person_id == administrator.person_id))
    assert account
    assert account.person.names.in_("en") in page
    assert account.address not in page
    assert browser.get(f"/en/organise/organisations/{organisation.slug}/edit/").status_code == 403


def test_an_administrator_looks_after_the_members(make_member, make_organisation, sign_in):
    organisation = make_organisation()
    browser = sign_in(make_member("administrator", organisation))
    member = make_member("viewer", organisation)
    membership = db.session.scalars(sa.select(Membership).where(Membership.person_id == member.person_id)).one()
    here = f"/zh/organise/organisations/{organisation.slug}/"
    form = {"address": "New@Example.org", "role": "translator", "language": "zh"}
    assert browser.submit(f"{here}invitations/", form, form_at=here).status_code == 303
    assert browser.submit(f"{here}invitations/", {**form, "address": "x"}, form_at=here).status_code == 422
    invitation = db.session.scalars(sa.select(Invitation)).one()
    assert invitation.address == "new@example.org"
    assert browser.submit(f"{here}members/{membership.id}/", {"role": "organiser"}).status_code == 303
    assert browser.submit(f"{here}members/{membership.id}/", {"role": "king"}).status_code == 422
    assert browser.submit(f"{here}invitations/{invitation.id}/withdraw/", form_at=here).status_code == 303
    assert browser.get(address_of(invitation)).status_code == 404
    assert browser.submit(f"{here}members/{membership.id}/remove/", form_at=here).status_code == 303
    assert len(queries.list_members(organisation.id)) == 1
    last = queries.list_members(organisation.id)[0]
    assert browser.submit(f"{here}members/{last.id}/", {"role": "viewer"}).status_code == 422
    assert browser.submit(f"{here}members/{last.id}/remove/", form_at=here).status_code == 409


def test_an_administrator_changes_both_names_and_overwrites_nobody(make_member, make_organisation, sign_in):
    organisation = make_organisation()
    browser = sign_in(make_member("administrator", organisation))
    here = f"/zh/organise/organisations/{organisation.slug}/edit/"
    form = {**NEW, "name_zh": "爱德基金会（南京）", "version": "1"}
    assert browser.submit(here, form).status_code == 303
    db.session.expire_all()
    assert organisation.name.texts == {"en": "Amity Foundation", "zh": "爱德基金会（南京）"}
    stale = browser.submit(here, {**form, "name_en": "Typed <b>by</b> the second"})
    assert stale.status_code == 409
    page = stale.get_data(as_text=True)
    assert "Typed &lt;b&gt;by&lt;/b&gt; the second" in page
    assert "Amity Foundation" in page, "both versions are shown"


def test_an_invitation_leads_through_signing_in_and_back(client, make_member, make_organisation, sign_in):
    organisation = make_organisation()
    invitation = services.invite_member(SYSTEM, organisation.id, "new@example.org", "translator", "zh")
    address = address_of(invitation, "zh")
    page = client.get(address)
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert f'href="/zh/sign-in/?next={address}"' in page.get_data(as_text=True)
    assert client.post(address).status_code == 400
    member = make_member("viewer")
    browser = sign_in(member)
    assert browser.get(address).status_code == 200
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Membership)) == 1, "looking accepts nothing"
    assert browser.submit(address).status_code == 303
    assert browser.get(address).status_code == 404
    assert {row.role for row in queries.list_members(organisation.id)} == {"translator"}


def test_a_member_is_told_that_they_belong_already(make_member, make_organisation, sign_in):
    organisation = make_organisation()
    browser = sign_in(make_member("administrator", organisation))
    invitation = services.invite_member(SYSTEM, organisation.id, "new@example.org", "viewer", "en")
    answer = browser.submit(address_of(invitation))
    assert answer.status_code == 409
    assert "You act for this organisation already." in answer.get_data(as_text=True)


def test_a_list_of_members_costs_the_same_for_one_and_three(make_member, make_organisation, sign_in, session_app):
    organisation = make_organisation()
    browser = sign_in(make_member("administrator", organisation))
    address = f"/en/organise/organisations/{organisation.slug}/"
    browser.get(address)
    counts = []
    for more in (0, 2):
        for number in range(more):
            make_member("viewer", organisation)
            services.invite_member(SYSTEM, organisation.id, f"a{number}@example.org", "viewer", "en")
        asked: list[str] = []
        listen = lambda *args, asked=asked: asked.append(args[2])  # noqa: E731 - removed again below
        sa.event.listen(db.engine, "before_cursor_execute", listen)
        browser.get(address)
        sa.event.remove(db.engine, "before_cursor_execute", listen)
        counts.append(len(asked))
    assert counts[0] == counts[1]
