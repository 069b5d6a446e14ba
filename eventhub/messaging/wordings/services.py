"""Giving letters other words, and ours again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from eventhub.events.models import Event
from eventhub.foundation.actor import Actor
from eventhub.foundation.db import announce, check_version, db, get, use_case
from eventhub.foundation.errors import NotFound
from eventhub.foundation.i18n import LOCALES, Translated
from eventhub.foundation.permissions import require
from eventhub.messaging import place_news, placeholders, trials
from eventhub.messaging.examples import EXAMPLE, Readers, or_example
from eventhub.organisations import policy as organisations
from eventhub.organisations.models import Organisation
from eventhub.programme.differences import Difference
from eventhub.programme.models import Speaker
from eventhub.registrations.policy import may_manage_registrations
from eventhub.registrations.sign_ups import queries as sign_ups

from . import queries
from .models import Wording
from .occasions import OCCASIONS, SERIES, readers_of
from .signals import WordingReset, WordingSaved

# Whether a notice has what each of these tells.
_OF_CHANGES = {
    "event_changed": lambda notice: bool(notice.was),
    "programme_changed": lambda notice: any(Difference(values).is_substantial for values in notice.changes),
    "session_changed": lambda notice: any(Difference(values).session_id for values in notice.changes),
}
_KEYS = {"speakers": "speaker_id", "guests": "event_invitation_id", "series": "series_registration_id"}


@use_case
def save_wording(
    actor: Actor, scope: Event | Organisation, occasion: str, subject: Translated, text: Translated,
    version: int | None = None,
) -> Wording | None:  # fmt: skip
    """The words of an event, or of an organisation, for an occasion; without any, ours: None.

    Raises NotFound where there is no such occasion, Stale where somebody saved since `version`, 0 being none, and
    Invalid, with the places, where placeholders are unknown.
    """
    scope = _lock(actor, scope, occasion)
    row = queries.find(scope.id, occasion)
    placeholders.check(subject, text, placeholders_of(occasion))
    if row is None:
        row = Wording(scope_id=scope.id, occasion=occasion, version=0)
        row.event_id, row.organisation_id = (scope.id, None) if isinstance(scope, Event) else (None, scope.id)
    check_version(row, version)
    if not subject and not text:
        _reset(scope, occasion)
        return None
    row.subject, row.text = subject, text
    db.session.add(row)
    languages = tuple(lang for lang in LOCALES if subject.texts.get(lang) or text.texts.get(lang))
    announce(WordingSaved(scope.id, row.event_id, occasion, languages))
    return row


@use_case
def reset_wording(actor: Actor, scope: Event | Organisation, occasion: str) -> None:
    """Our words for an occasion, or those of the organisation; twice is as good as once."""
    _reset(_lock(actor, scope, occasion), occasion)


@use_case
def send_test(actor: Actor, scope: Event | Organisation, occasion: str, who_id: UUID, lang: str) -> str:
    """The letter of an occasion, as somebody would get it, to the one who asks; their address, or nothing without.

    Raises NotFound for whoever could not get it, and Conflict where there is nothing that it could tell of.
    """
    scope = _lock(actor, scope, occasion)
    # By its id alone anybody of any event could be named here.
    if who_id not in dict(list_readers(scope, occasion)):
        raise NotFound
    event = scope if isinstance(scope, Event) else None
    return trials.order(actor, occasion, lang, event, sample_data(scope, occasion, who_id), who_id)


def list_readers(scope: Event | Organisation, occasion: str) -> Readers:
    """Some to whom the letter of an event's occasion might go, or of one of its series where it is an organisation's.

    Where there is nobody the example reader; of an organisation without a series, nobody at all.
    """
    if isinstance(scope, Event):
        return or_example(queries.list_readers(scope, occasion, place_news.true_while(occasion)))
    readers = queries.list_readers_of_series(scope.id) if occasion in SERIES else []
    return or_example(readers) if readers or (occasion in SERIES and queries.first_series(scope.id)) else []


def placeholders_of(occasion: str) -> Mapping[str, object]:
    """What may stand in the words for an occasion, and what each placeholder stands for."""
    return placeholders.OF_SERIES if occasion in SERIES else placeholders.PLACEHOLDERS


def sample_data(scope: Event | Organisation, occasion: str, who_id: UUID) -> dict[str, Any]:
    """What a sample of the letter of an occasion is drawn from.

    Of changes it tells those that were told last, and of what has never happened an example.
    """
    key = _KEYS.get(readers_of(occasion))
    data: dict[str, Any] = {key: str(who_id)} if key else {}
    if isinstance(scope, Organisation):
        return {**data, "series_id": str(queries.first_series(scope.id))}
    if occasion == "delegation":
        return {"people": 3, "waiting": 0}
    if occasion == "sign_ups":
        own = {one.sheet.session_id for one in sign_ups.list_of(who_id)}
        return {"sign_ups": [str(one) for one in own or (EXAMPLE,)]}
    return _of_changes(scope, occasion, who_id) if occasion in _OF_CHANGES else data


def _of_changes(event: Event, occasion: str, who_id: UUID) -> dict[str, Any]:
    notice = queries.last_notice(event, _OF_CHANGES[occasion])
    if occasion == "event_changed":
        return {"was": notice.was} if notice else {}
    data: dict[str, Any] = {"notice_id": str(notice.id if notice else EXAMPLE)}
    if occasion == "programme_changed":
        return data
    changes = map(Difference, notice.changes if notice else ())
    sessions = [str(one.session_id) for one in changes if one.session_id] or [str(EXAMPLE)]
    person_id = EXAMPLE if who_id == EXAMPLE else get(Speaker, who_id).person_id
    return {**data, "sessions": sessions, "person_id": str(person_id)}


def _lock(actor: Actor, scope: Event | Organisation, occasion: str) -> Event | Organisation:
    if occasion not in OCCASIONS and (occasion not in SERIES or isinstance(scope, Event)):
        raise NotFound
    scope = get(type(scope), scope.id, lock=True)
    is_allowed = (
        may_manage_registrations(actor, scope)
        if isinstance(scope, Event)
        else organisations.may_administer(actor, scope.id)
    )
    require(is_allowed, hidden=True)
    return scope


def _reset(scope: Event | Organisation, occasion: str) -> None:
    if row := queries.find(scope.id, occasion):
        db.session.delete(row)
        announce(WordingReset(scope.id, row.event_id, occasion))
