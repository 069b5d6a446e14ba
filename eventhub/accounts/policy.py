"""Who may do what with accounts."""

from __future__ import annotations

from eventhub.foundation.actor import Actor

from .models import Account


def may_keep_accounts(actor: Actor) -> bool:
    """The command line and the demo make accounts without a letter; people sign up."""
    return actor.is_system


def may_change_account(actor: Actor, account: Account) -> bool:
    """Only the person whose account it is."""
    return actor.person_id is not None and actor.person_id == account.person_id
