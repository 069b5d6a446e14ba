"""A box for each purpose in the form of a registration; none is ticked before somebody ticks it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar, cast

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
    if field.ask.needed_from and form.country.data == field.ask.needed_from and not field.data:
        raise ValidationError(gettext("Without your agreement to this, nobody in mainland China can be registered."))


class Consenting(Form):
    """A form that asks to be allowed things."""

    asks: ClassVar[Sequence[Ask]] = ()

    @property
    def agree_fields(self) -> list[AgreeField]:
        """The boxes, in the order in which they are asked."""
        return [cast(AgreeField, self[_name(ask)]) for ask in self.asks]

    def agreed(self) -> list[Agreement]:
        """What was ticked."""
        return [
            Agreement(
                purpose=field.ask.purpose,
                recipient=field.ask.recipient,
                wording=field.ask.digest,
                language=language(),
            )
            for field in self.agree_fields
            if field.data
        ]


def with_asks(form_class: Any, asks: Iterable[Ask]) -> Any:
    """The class of a form that asks these too; the same class where nothing is asked."""
    asks = list(asks)
    if not asks:
        return form_class
    fields = {_name(ask): AgreeField(ask.sentence.in_(language()), [_needed], ask=ask) for ask in asks}
    return type(form_class.__name__, (form_class,), {**fields, "asks": asks})


def _name(ask: Ask) -> str:
    return f"agree-{ask.key}"
