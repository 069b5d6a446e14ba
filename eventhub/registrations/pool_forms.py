"""What organisers fill in about pools, and about those who ask for a place."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, FormField, IntegerField, SelectField, SelectMultipleField
from wtforms.validators import InputRequired, NumberRange, Optional

from eventhub.events.models import Event
from eventhub.foundation.forms import (
    EditForm,
    RowForm,
    RowList,
    TickList,
    choices,
    line,
    passage,
    rows_of,
    texts_of,
    written,
)
from eventhub.foundation.hours import WallClockField
from eventhub.foundation.i18n import EMPTY, LOCALES, Translated, countries, language
from eventhub.organisations.words import STAKEHOLDER_TYPES

from .models import Pool
from .pools import MOST_HOURS, MOST_PLACES, PoolPlan
from .words import POOLS

ADMISSIONS = {
    "anyone": _l("Whoever comes first"),
    "approval": _l("Whom we approve"),
    "invitation": _l("Whom we invite"),
}
PROMOTIONS = {
    "directly": _l("It is the next one’s at once"),
    "offer": _l("It is offered to the next one, who has to take it"),
}
_HOURS = _l("A number of hours from 1 to %(most)s.", most=MOST_HOURS)
_PLACES = _l("The number of places is a whole number, 0 or more.")


class QuotaRow(RowForm):
    """How many places those of one group may have."""

    told_by = ("group",)

    group = SelectField(_l("Group"))
    capacity = IntegerField(_l("Places"), [Optional(), NumberRange(0, MOST_PLACES, _PLACES)])
    remove = BooleanField(_l("Remove"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        types = {f"stakeholder_type:{key}": word for key, word in STAKEHOLDER_TYPES.items()}
        lands = {f"country:{key}": word for key, word in countries(language()).items()}
        self.group.choices = choices({"": _l("Please choose"), **types, **lands})

    def quota(self) -> dict[str, Any]:
        """What the row says."""
        kind, _, value = (self.group.data or "").partition(":")
        return {"kind": kind, "value": value, "capacity": self.capacity.data or 0}


class PoolForm(EditForm):
    """A pool: how many places, who may take them, and how they are passed on."""

    name_en = line(_l("Name in English"))
    name_zh = line(_l("Name in Chinese"))
    mode = SelectField(_l("Takes part"), choices=choices(POOLS))
    capacity = IntegerField(_l("Number of places"), [Optional(), NumberRange(0, MOST_PLACES, _PLACES)])
    admission = SelectField(_l("Who gets a place"), choices=choices(ADMISSIONS))
    promotion = SelectField(_l("When a place comes free"), choices=choices(PROMOTIONS))
    offer_hours = IntegerField(
        _l("Hours to take an offered place"), [InputRequired(_HOURS), NumberRange(1, MOST_HOURS, _HOURS)]
    )
    hold_hours = IntegerField(
        _l("Hours to follow the link in the first letter"), [Optional(), NumberRange(1, MOST_HOURS, _HOURS)]
    )
    opens = WallClockField(_l("Opens"))
    closes = WallClockField(_l("Closes"))
    languages = TickList(_l("Languages"), choices=choices(LOCALES))
    quotas = RowList(FormField(QuotaRow), max_entries=40)
    is_open = BooleanField(_l("People can take part in this way"))

    @classmethod
    def of(cls, pool: Pool | None, **options: Any) -> PoolForm:
        """The form over a pool as it is, or for one that there is not."""
        plan = PoolPlan.of(pool) if pool else PoolPlan("in_person")
        quotas = [{"group": f"{row['kind']}:{row['value']}", "capacity": row["capacity"]} for row in plan.quotas]
        data = {name: getattr(plan, name) for name in PoolPlan.__slots__ if name not in {"name", "quotas"}}
        form = cls(data={**data, **texts_of(name=plan.name), "quotas": quotas}, **options)
        if pool is not None and not pool.is_own:
            del form.mode
        return form

    def plan(self, before: Pool | None) -> PoolPlan:
        """What was said of the pool."""
        return PoolPlan(
            mode=before.mode if before and not before.is_own else self.mode.data,
            name=written(self, "name", before.name if before else EMPTY, language()),
            capacity=self.capacity.data,
            admission=self.admission.data,
            promotion=self.promotion.data,
            offer_hours=self.offer_hours.data or 0,
            hold_hours=self.hold_hours.data,
            opens=self.opens.data,
            closes=self.closes.data,
            languages=self.languages.data or (),
            quotas=[row.quota() for row in rows_of(self.quotas)],
            is_open=self.is_open.data,
        )


def _id(value: UUID | str) -> UUID:
    return value if isinstance(value, UUID) else UUID(value)


class DecisionForm(FlaskForm):
    """Who among those who wait for approval is meant, and what is told to them besides."""

    chosen = SelectMultipleField(_l("People"), coerce=_id)
    words_en = passage(_l("What you add to the letter, in English"), 2000)
    words_zh = passage(_l("What you add to the letter, in Chinese"), 2000)

    def words(self, event: Event) -> Translated:
        """What is added to the letter."""
        return written(self, "words", EMPTY, event.main_language)
