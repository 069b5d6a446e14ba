"""What happens to accounts. Letters are made from these: a link is signed when its letter is sent, never before."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from eventhub.foundation.db import Fact


@dataclass(frozen=True, slots=True)
class AccountAdded(Fact):
    """There is a new account; where somebody signed up for it, nobody has shown yet that its address is theirs."""

    account_id: UUID


@dataclass(frozen=True, slots=True)
class ConfirmationAsked(Fact):
    """Somebody wants to begin an account: a letter with the link "confirm" asks the owner of its address."""

    account_id: UUID


@dataclass(frozen=True, slots=True)
class SignedUpAgain(Fact):
    """Somebody signed up with the address of an account: a letter tells its owner, who may have forgotten it."""

    account_id: UUID


@dataclass(frozen=True, slots=True)
class ResetAsked(Fact):
    """Somebody wants another password for an account: a letter with the link "reset" asks its owner."""

    account_id: UUID


@dataclass(frozen=True, slots=True)
class UnknownAddressAsked(Fact):
    """Somebody asked for a letter to an address without an account.

    Kept so that this answer takes a write, and so the same time, as the one for an address that has one.
    """


@dataclass(frozen=True, slots=True)
class AddressConfirmed(Fact):
    """The owner of an account's address opened its link and chose a password."""

    account_id: UUID


@dataclass(frozen=True, slots=True)
class PasswordChanged(Fact):
    """An account has another password: a letter tells its owner, in case it was not them."""

    account_id: UUID


@dataclass(frozen=True, slots=True)
class SignedOut(Fact):
    """Somebody signed out, and with it everywhere."""

    account_id: UUID


@dataclass(frozen=True, slots=True)
class OperatorAppointed(Fact):
    """An account may now create organisations."""

    account_id: UUID
