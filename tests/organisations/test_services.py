"""Bringing organisations in, and deciding who acts for them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
import sqlalchemy as sa

from eventhub.foundation import clock, links
from eventhub.foundation.actor import SYSTEM, VISITOR, Actor
from eventhub.foundation.audit import AuditEntry
from eventhub.foundation.db import db
from eventhub.foundation.errors import Conflict, Forbidden, NotFound, Stale
from eventhub.foundation.i18n import Translated
from eventhub.organisations import policy, queries, services
from eventhub.organisations.actors import actor_of
from eventhub.organisations.models import ROLES, Invitation, Membership
from eventhub.organisations.services import Details

OPERATOR = Actor("member", is_operator=True)
AMITY = Details(
    Translated.of(en="Amity Foundation", zh="爱德基金会"), "national_ngo", "CN", website="https://example.org"
)


def link_of(invitation: Invitation) -> str:
    return links.make("invitation", invitation.id, invitation.link_number)


def only(actor: Actor):
    return next(iter(actor.organisations(*ROLES)))


def membership_of(actor: Actor) -> Membership:
    found = db.session.scalar(sa.select(Membership).where(Membership.person_id == actor.person_id))
    assert found
    return found


@pytest.fixture
def make_invitation(make_organisation):
    def make(address: str = "new@example.org", role: str = "organiser", organisation=None) -> Invitation:
        organisation = organisation or make_organisation()
        return services.invite_member(SYSTEM, organisation.id, address, role, "zh")

    return make


@pytest.mark.parametrize("actor", [SYSTEM, OPERATOR])
def test_the_operator_adds_an_organisation(app, actor):
    first, second = (services.add_organisation(actor, AMITY) for _ in range(2))
    assert (first.slug, first.name.in_("zh"), first.country) == ("amity-foundation", "爱德基金会", "CN")
    assert second.slug.startswith("amity-foundation-")


@pytest.mark.parametrize("role", ROLES)
def test_nobody_else_adds_an_organisation(make_member, role):
    with pytest.raises(Forbidden):
        services.add_organisation(make_member(role), AMITY)


def test_its_administrators_change_an_organisation(make_member):
    administrator = make_member("administrator")
    changed = services.change_organisation(administrator, only(administrator), AMITY, 1)
    assert (changed.name, changed.website) == (AMITY.name, "https://example.org")
    with pytest.raises(Stale):
        services.change_organisation(administrator, only(administrator), AMITY, 1)


def test_nobody_else_changes_an_organisation(make_member, make_organisation):
    organisation = make_organisation()
    others = [make_member(role, organisation) for role in ROLES if role != "administrator"]
    for actor in (VISITOR, OPERATOR, make_member("administrator"), *others):
        with pytest.raises(NotFound):
            services.change_organisation(actor, organisation.id, AMITY)


def test_an_invitation_makes_whoever_holds_it_a_member_once(make_invitation, make_member):
    invitation = make_invitation(role="translator")
    joining, late = make_member("viewer"), make_member("viewer")
    membership = services.accept_invitation(joining, link_of(invitation))
    assert (membership.organisation_id, membership.role) == (invitation.organisation_id, "translator")
    assert joining.person_id
    assert actor_of(joining.person_id).has_role(invitation.organisation_id, "translator")
    with pytest.raises(NotFound):
        services.accept_invitation(late, link_of(invitation))


def test_an_invitation_is_told_once_and_without_secrets(make_invitation):
    invitation = make_invitation()
    told = db.session.scalars(sa.select(AuditEntry).where(AuditEntry.fact == "MemberInvited")).all()
    assert [entry.data for entry in told] == [{"invitation_id": str(invitation.id)}]


def test_who_has_not_signed_in_accepts_nothing(make_invitation):
    with pytest.raises(Forbidden):
        services.accept_invitation(VISITOR, link_of(make_invitation()))


def test_an_invitation_ends_after_fourteen_days(make_invitation, make_member):
    invitation, member = make_invitation(), make_member()
    with clock.standing_at(invitation.created_at + timedelta(days=14, minutes=1)), pytest.raises(NotFound):
        services.accept_invitation(member, link_of(invitation))
    with clock.standing_at(invitation.created_at + timedelta(days=13, hours=23)):
        services.accept_invitation(member, link_of(invitation))


@pytest.mark.parametrize("other", sorted(links.PURPOSES - {"invitation"}))
def test_no_link_of_another_kind_is_an_invitation(make_invitation, make_member, other):
    invitation = make_invitation()
    with pytest.raises(NotFound):
        services.accept_invitation(make_member(), links.make(other, invitation.id, invitation.link_number))


def test_a_withdrawn_invitation_is_good_for_nothing(make_member, make_organisation, make_invitation):
    organisation = make_organisation()
    invitation = make_invitation(organisation=organisation)
    for actor in (VISITOR, OPERATOR, make_member("administrator"), make_member("organiser", organisation)):
        with pytest.raises(NotFound):
            services.withdraw_invitation(actor, invitation.id)
    services.withdraw_invitation(make_member("administrator", organisation), invitation.id)
    with pytest.raises(NotFound):
        services.accept_invitation(make_member(), link_of(invitation))


def test_inviting_an_address_again_ends_its_earlier_invitation(make_organisation, make_invitation):
    organisation = make_organisation()
    first = make_invitation("a@example.org", organisation=organisation)
    other = make_invitation("b@example.org", organisation=organisation)
    again = make_invitation("a@example.org", "viewer", organisation)
    assert {row.id for row in queries.list_invitations(organisation.id)} == {other.id, again.id}
    with pytest.raises(NotFound):
        queries.get_invitation(link_of(first))


def test_a_member_is_not_made_a_member_twice(make_member, make_organisation, make_invitation):
    organisation = make_organisation()
    member = make_member("organiser", organisation)
    invitation = make_invitation(role="viewer", organisation=organisation)
    with pytest.raises(Conflict):
        services.accept_invitation(member, link_of(invitation))
    assert membership_of(member).role == "organiser"
    assert queries.get_invitation(link_of(invitation)) == invitation, "it is still there for somebody else"


def test_one_invitation_accepted_by_many_at_one_moment_makes_one_member(app, make_member, make_invitation):
    token = link_of(make_invitation())
    members, together = [make_member() for _ in range(6)], Barrier(6)

    def accept(member: Actor) -> bool:
        with app.app_context():
            together.wait()
            try:
                services.accept_invitation(member, token)
            except NotFound:
                return False
            return True

    with ThreadPoolExecutor(6) as threads:
        assert sum(threads.map(accept, members)) == 1


def test_an_organisation_keeps_an_administrator(make_member, make_organisation):
    organisation = make_organisation()
    first = make_member("administrator", organisation)
    second = make_member("administrator", organisation)
    services.change_role(first, membership_of(second).id, "viewer")
    with pytest.raises(Conflict):
        services.change_role(first, membership_of(first).id, "organiser")
    with pytest.raises(Conflict):
        services.remove_member(first, membership_of(first).id)
    services.change_role(first, membership_of(second).id, "administrator")
    services.remove_member(first, membership_of(first).id)
    assert [row.person_id for row in queries.list_members(organisation.id)] == [second.person_id]


def test_two_administrators_who_remove_each_other_leave_one(app, make_member, make_organisation):
    organisation = make_organisation()
    pair = [make_member("administrator", organisation) for _ in range(2)]
    targets = [membership_of(actor).id for actor in reversed(pair)]
    together = Barrier(2)

    def remove(number: int) -> bool:
        with app.app_context():
            together.wait()
            try:
                services.remove_member(pair[number], targets[number])
            except Conflict:
                return False
            return True

    with ThreadPoolExecutor(2) as threads:
        assert sum(threads.map(remove, range(2))) == 1


def test_only_administrators_change_roles(make_member, make_organisation):
    organisation = make_organisation()
    target = membership_of(make_member("viewer", organisation)).id
    for actor in (VISITOR, OPERATOR, make_member("administrator"), make_member("organiser", organisation)):
        with pytest.raises(NotFound):
            services.change_role(actor, target, "administrator")
        with pytest.raises(NotFound):
            services.remove_member(actor, target)


def test_only_the_system_makes_members_without_asking_them(make_member, make_person, make_organisation):
    organisation, person = make_organisation(), make_person()
    with pytest.raises(Forbidden):
        services.add_member(make_member("administrator", organisation), organisation.id, person.id, "viewer")
    assert services.add_member(SYSTEM, organisation.id, person.id, "viewer").role == "viewer"


@pytest.mark.parametrize(
    ("who", "role", "is_headless", "may"),
    [
        ("administrator", "viewer", False, True),
        ("administrator", "administrator", False, True),
        ("organiser", "viewer", False, False),
        ("operator", "administrator", True, True),
        ("operator", "administrator", False, False),
        ("operator", "viewer", True, False),
        ("visitor", "administrator", True, False),
    ],
)
def test_who_may_invite(make_member, make_organisation, who, role, is_headless, may):
    organisation = make_organisation()
    actor = {"operator": OPERATOR, "visitor": VISITOR}.get(who) or make_member(who, organisation)
    assert policy.may_invite(actor, organisation.id, role, is_headless=is_headless) is may


def test_who_may_open_an_organisation(make_member, make_organisation):
    organisation = make_organisation()
    assert all(policy.may_open_organisation(make_member(role, organisation), organisation.id) for role in ROLES)
    assert policy.may_open_organisation(OPERATOR, organisation.id)
    assert not policy.may_open_organisation(make_member("administrator"), organisation.id)
    assert not policy.may_open_organisation(VISITOR, organisation.id)


def test_one_sees_the_organisations_one_acts_for(make_member, make_organisation):
    other = make_organisation()
    member = make_member("viewer")
    assert [row.id for row in queries.list_organisations(member)] == [only(member)]
    assert {row.id for row in queries.list_organisations(OPERATOR)} == {only(member), other.id}
    assert list(queries.list_organisations(VISITOR)) == []
