"""A box for each purpose in the form of a registration; none is ticked before somebody ticks it."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, ClassVar, cast
from uuid import UUID

from flask_babel import gettext
from wtforms import BooleanField, Form
from wtforms.validators import ValidationError

from eventhub.foundation.i18n import language
from eventhub.registrations.agreements import Agreement

from .queries import Ask


class AgreeField(BooleanField):
    """A box whose value is what the words beside it are known by: other words are not agreed to by it."""

    def __init__(self, *args: Any, ask: Ask, **kwargs: Any) -> None:
        self.ask = ask
        super().__init__(*args, **kwargs)

    def process_formdata(self, valuelist: list[str]) -> None:
        """Take what was ticked, as long as the words are those that were read."""
        self.data = bool(valuelist) and valuelist[0] == self.ask.digest

    def _value(self) -> str:
        return self.ask.digest


def _needed(form: Any, field: AgreeField) -> None:
    """Who is in a country whose law asks for it says yes, or is not registered."""
    if is_missing(field, form.country.data):
        raise ValidationError(missing())


def is_missing(field: AgreeField, country: str | None) -> bool:
    """Whether somebody of a country whose law asks for an agreement has not ticked it."""
    return bool(field.ask.needed_from) and country == field.ask.needed_from and not field.data


def missing() -> str:
    """What is said to them."""
    return str(gettext("Without your agreement to this, nobody in mainland China can be registered."))


class SendingAbroad(Form):
    """A form for several events, which asks whoever is in China for each transfer abroad in other words once."""

    transfers: ClassVar[Mapping[UUID, Ask]] = {}

    @property
    def transfer_fields(self) -> list[AgreeField]:
        """The boxes, each of which holds for all events that ask in the same words."""
        return [cast(AgreeField, self[name]) for name in dict.fromkeys(map(_transfer, self.transfers.values()))]

    def blame_transfers(self, event_ids: Iterable[UUID], *countries: str | None) -> bool:
        """Whether what these events need of people in these countries is ticked; what is not is told beside it."""
        names = {_transfer(self.transfers[one]) for one in event_ids if one in self.transfers}
        asked = [one for one in self.transfer_fields if one.name in names]
        lacking = [one for one in asked if any(is_missing(one, country) for country in countries)]
        for field in lacking:
            field.errors = [missing()]
        return not lacking

    def agreed_transfers(self) -> list[Agreement]:
        """What was ticked."""
        return [_agreement(field) for field in self.transfer_fields if field.data]


def with_transfers(form_class: Any, transfers: Mapping[UUID, Ask]) -> Any:
    """The class of a form that asks for these, each by its event; the same class where nothing is asked."""
    if not transfers:
        return form_class
    fields = {_transfer(ask): AgreeField(ask.sentence.in_(language()), ask=ask) for ask in transfers.values()}
    return type(form_class.__name__, (form_class,), {**fields, "transfers": transfers})


def _transfer(ask: Ask) -> str:
    return f"agree-{ask.key}-{ask.digest[:12]}"


def _agreement(field: AgreeField) -> Agreement:
    ask = field.ask
    return Agreement(purpose=ask.purpose, recipient=ask.recipient, wording=ask.digest, language=language())


class Consenting(Form):
    """A form that asks to be allowed things."""

    asks: ClassVar[Sequence[Ask]] = ()

    @property
    def agree_fields(self) -> list[AgreeField]:
        """The boxes, in the order in which they are asked."""
        return [cast(AgreeField, self[_name(ask)]) for ask in self.asks]

    @property
    def asks_known_by(self) -> tuple[tuple[str, str], ...]:
        """All that is asked, by its keys and the digests of its words."""
        return tuple((ask.key, ask.digest) for ask in self.asks)

    def agreed(self) -> list[Agreement]:
        """What was ticked."""
        return [_agreement(field) for field in self.agree_fields if field.data]


def with_asks(form_class: Any, asks: Iterable[Ask]) -> Any:
    """The class of a form that asks these too; the same class where nothing is asked."""
    # Only their words: what of them is a row of the database ends with the request.
    words = [replace(ask, partner=None, row=None) for ask in asks]
    return _asking(form_class, language(), _Asked(tuple((_name(ask), ask.digest) for ask in words), words))


@dataclass(frozen=True, slots=True)
class _Asked:
    """Some purposes; two are the same where their words are."""

    known_by: tuple[tuple[str, str], ...]
    asks: Sequence[Ask] = dataclasses.field(compare=False)


# To make the class of a form takes longer than to fill it in, and nearly everybody is asked the same.
@lru_cache(100)
def _asking(form_class: Any, lang: str, asked: _Asked) -> Any:
    if not asked.asks:
        return form_class
    fields = {_name(ask): AgreeField(ask.sentence.in_(lang), [_needed], ask=ask) for ask in asked.asks}
    return type(form_class.__name__, (form_class,), {**fields, "asks": asked.asks})


def _name(ask: Ask) -> str:
    return f"agree-{ask.key}"
