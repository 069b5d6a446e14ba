"""Who may open a page."""

from __future__ import annotations

from uuid import uuid4

import pytest
from flask import g

from eventhub.foundation.actor import SYSTEM, VISITOR, Actor
from eventhub.foundation.errors import Forbidden, NotFound
from eventhub.foundation.permissions import declares, holds_a_link, is_signed_in, require, signed_in

MEMBER = Actor("member", person_id=uuid4())
LINK = Actor("link", thing_id=uuid4(), purpose="registration")


def test_what_is_not_allowed_is_refused_and_what_is_hidden_is_not_there(app):
    with app.test_request_context():
        require(allowed=True)
        require(allowed=True, hidden=True)
        with pytest.raises(Forbidden):
            require(allowed=False)
        with pytest.raises(NotFound):
            require(allowed=False, hidden=True)


def test_only_members_have_signed_in():
    assert [is_signed_in(actor) for actor in (VISITOR, LINK, SYSTEM, MEMBER)] == [False, False, False, True]
    assert [holds_a_link(actor) for actor in (VISITOR, LINK, SYSTEM, MEMBER)] == [True, True, False, True]


def test_a_view_says_which_policy_guards_it():
    @declares(is_signed_in)
    def view() -> str:
        return "seen"

    assert view() == "seen"
    assert view.policy is is_signed_in


def test_who_has_not_signed_in_is_led_there_and_back(app):
    @signed_in
    def view(word: str) -> str:
        return word

    assert view.policy is is_signed_in
    with app.test_request_context("/en/account/?tab=2"):
        g.actor = MEMBER
        assert view("seen") == "seen"
        g.actor = VISITOR
        answer = view("seen")
        assert answer.status_code == 302
        assert answer.location == "/en/sign-in/?next=/en/account/?tab%3D2"
    with app.test_request_context("/en/account/", method="POST"):
        g.actor = VISITOR
        assert view("seen").location == "/en/sign-in/", "a form cannot be sent again by a link"


def test_roles_are_held_in_an_organisation():
    ours, theirs = uuid4(), uuid4()
    actor = Actor("member", scopes=frozenset({f"organiser@{ours}", f"viewer@{theirs}"}))
    assert actor.has_role(ours, "administrator", "organiser")
    assert not actor.has_role(theirs, "administrator", "organiser")
    assert not VISITOR.has_role(ours, "organiser")
    assert actor.organisations("organiser", "viewer") == {ours, theirs}
    assert actor.organisations("administrator") == frozenset()


def test_a_link_is_good_for_its_purpose_and_its_thing():
    assert LINK.holds_link("registration", LINK.thing_id)
    assert not LINK.holds_link("calendar", LINK.thing_id)
    assert not LINK.holds_link("registration", uuid4())
    assert not Actor("member", thing_id=LINK.thing_id, purpose="registration").holds_link("registration", LINK.thing_id)
    assert SYSTEM.is_system and not VISITOR.is_system
