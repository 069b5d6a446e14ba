"""How an event's programme is kept: the time between sessions, the time to answer, and who may frame it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from urllib.parse import urlsplit
from uuid import UUID

from flask_babel import gettext

from eventhub.events.models import Event
from eventhub.events.policy import may_edit_event
from eventhub.foundation.actor import Actor
from eventhub.foundation.db import announce, check_version, db, get, use_case
from eventhub.foundation.errors import Invalid
from eventhub.foundation.permissions import require

from . import queries
from .models import Programme
from .signals import ProgrammeSettled

# Who needs longer between two sessions has another day, not another session.
MOST_MINUTES = 240
MOST_DAYS = 90
MOST_SITES = 20
# A label of a host as browsers write it: other scripts stand in it as punycode.
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_HOST = re.compile(rf"(?:\*\.)?{_LABEL}(?:\.{_LABEL})+")


@dataclass(frozen=True, slots=True)
class Settings:
    """Minutes to change rooms and to test a connection, days to answer an invitation, origins that may frame it."""

    change_minutes: int = 5
    test_minutes: int = 15
    answer_days: int = 10
    framed_by: tuple[str, ...] = ()


def settings_of(event: Event) -> tuple[Settings, int]:
    """How the programme is kept, and the version of that: 0 as long as nobody has settled anything."""
    row = queries.find_programme(event)
    if row is None:
        return Settings(), 0
    return Settings(row.change_minutes, row.test_minutes, row.answer_days, tuple(row.framed_by)), row.version


@use_case
def change_settings(actor: Actor, event_id: UUID, wanted: Settings, version: int | None = None) -> Programme:
    """The programme as it is kept from now on.

    Raises Stale where somebody saved it since `version`, which is 0 before anybody did, and Invalid where there cannot
    be so many minutes or days, or where a site is none.
    """
    event = get(Event, event_id, lock=True)
    require(may_edit_event(actor, event), hidden=True)
    row = queries.find_programme(event) or Programme(event_id=event.id, version=0)
    check_version(row, version)
    for name, least, most in (
        ("change_minutes", 0, MOST_MINUTES),
        ("test_minutes", 0, MOST_MINUTES),
        ("answer_days", 1, MOST_DAYS),
    ):
        if not least <= getattr(wanted, name) <= most:
            raise Invalid(name, gettext("A number from %(least)s to %(most)s.", least=least, most=most))
    settled = {**asdict(wanted), "framed_by": _origins(wanted.framed_by)}
    for name, value in settled.items():
        setattr(row, name, value)
    db.session.add(row)
    announce(ProgrammeSettled(event.id, **{**settled, "framed_by": tuple(settled["framed_by"])}))
    return row


def _origins(sites: Sequence[str]) -> list[str]:
    """Each site once, as `frame-ancestors` names it (CSP Level 3, §2.3.1): scheme, host and port, in small letters."""
    found = list(dict.fromkeys(_origin(site) for site in sites))
    if len(found) > MOST_SITES:
        raise Invalid("framed_by", gettext("%(most)s sites at most.", most=MOST_SITES))
    return found


def _origin(site: str) -> str:
    wrong = Invalid(
        "framed_by", gettext("“%(site)s” is not the address of a site. Write it as https://www.example.org.", site=site)
    )
    typed = site.strip()
    try:
        parts = urlsplit(typed if "://" in typed else f"https://{typed}")
        port = parts.port
        host = (parts.hostname or "").encode("idna").decode() if "*" not in typed else (parts.hostname or "")
    except ValueError:  # no port is so large, no host is written so
        raise wrong from None
    # Whoever stands between could put any page around ours where a site is read without TLS.
    if parts.scheme != "https" or parts.username is not None or not _HOST.fullmatch(host) or len(host) > 253:
        raise wrong
    return f"https://{host}" if port in {None, 443} else f"https://{host}:{port}"
