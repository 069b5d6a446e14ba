"""Accounts, operators and organisations by command, as on a new site."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result
from flask import Flask

from eventhub.accounts import queries as accounts
from eventhub.cli import main
from eventhub.foundation.db import db
from eventhub.organisations.models import Invitation, Organisation

PASSWORD = "correct horse battery"
AMITY = ("organisation", "add", "Amity Foundation", "爱德基金会", "--administrator", "First@example.org")


@pytest.fixture
def eventhub(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """The command, on the database of the test."""
    monkeypatch.setattr("eventhub.app.create_app", lambda: app)

    def run(*words: str, typed: str = "") -> Result:
        done = CliRunner().invoke(main, words, input=typed)
        db.session.rollback()
        return done

    return run


def test_an_account_is_made_with_the_password_that_was_typed(eventhub):
    done = eventhub("user", "add", "Shan@Example.org", "--name", "单晓兰", typed=f"{PASSWORD}\n")
    assert (done.exit_code, done.output) == (0, "shan@example.org can sign in.\n")
    account = accounts.get_by_password("shan@example.org", PASSWORD)
    assert account.person.names.pinyin == "Shan Xiaolan"
    again = eventhub("user", "add", "shan@example.org", typed=f"{PASSWORD}\n")
    assert (again.exit_code, "has an account already" in again.output) == (1, True)


@pytest.mark.parametrize(("address", "password"), [("new@example.org", "short"), ("no address", PASSWORD)])
def test_no_account_is_made_of_a_short_password_or_a_wrong_address(eventhub, address, password):
    assert eventhub("user", "add", address, typed=f"{password}\n").exit_code == 1
    assert accounts.find_account("new@example.org") is None


def test_an_operator_is_somebody_with_an_account(eventhub):
    refused = eventhub("operator", "add", "op@example.org")
    assert (refused.exit_code, "eventhub user add op@example.org" in refused.output) == (1, True)
    eventhub("user", "add", "op@example.org", typed=f"{PASSWORD}\n")
    assert eventhub("operator", "add", "op@example.org").exit_code == 0
    assert accounts.get_by_password("op@example.org", PASSWORD).is_operator


def test_an_organisation_is_added_and_its_administrator_invited(eventhub):
    done = eventhub(*AMITY, "--type", "national_ngo", "--country", "CN")
    assert (done.exit_code, "amity-foundation is there" in done.output) == (0, True)
    organisation = db.session.scalars(sa.select(Organisation)).one()
    assert (organisation.name.in_("zh"), organisation.country) == ("爱德基金会", "CN")
    invitation = db.session.scalars(sa.select(Invitation)).one()
    assert (invitation.address, invitation.role) == ("first@example.org", "administrator")


def test_an_unknown_kind_of_organisation_is_refused(eventhub):
    assert eventhub(*AMITY, "--type", "king").exit_code == 2
    assert db.session.scalars(sa.select(Organisation)).all() == []
