"""What organisers fill in about a rule."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, IntegerField, SelectField, StringField
from wtforms.validators import InputRequired, Optional, Regexp

from eventhub.events.models import Event
from eventhub.foundation.forms import EditForm, TickList, choices, passage, texts_of, tidy, written
from eventhub.foundation.i18n import EMPTY
from eventhub.registrations.models import Pool
from eventhub.registrations.words import name_of

from .models import ReminderRule
from .services import RulePlan
from .words import AUDIENCES, CLOCKS, OCCASIONS, SIDES, UNITS


class RuleForm(EditForm):
    """When a rule writes, and to whom."""

    amount = IntegerField(_l("How long"), [InputRequired(_l("Give a number."))])
    unit = SelectField(_l("Counted in"), choices=choices(UNITS))
    side = SelectField(_l("Before or after"), choices=choices(SIDES))
    occasion = SelectField(_l("Of what"), choices=choices(OCCASIONS))
    at_clock = StringField(
        _l("At which hour"),
        [Optional(), Regexp(r"[0-2]?\d:[0-5]\d$", message=_l("Write the hour as 09:00."))],
        filters=[tidy],
        render_kw={"type": "time", "placeholder": "09:00"},
    )
    whose_clock = SelectField(_l("By which clock"), choices=choices(CLOCKS))
    audience = SelectField(_l("To whom"), choices=choices(AUDIENCES))
    pools = TickList(_l("Only to those in"))
    reaches_late = BooleanField(_l("Also to those who come after the moment has passed"))
    note_en = passage(_l("Your own words in English"), 2000)
    note_zh = passage(_l("Your own words in Chinese"), 2000)

    @classmethod
    def of(cls, rule: ReminderRule | RulePlan, pools: list[Pool], **options: Any) -> RuleForm:
        """The form over a rule as it is, or over what is offered."""
        names = ("amount", "unit", "occasion", "at_clock", "audience", "reaches_late")
        data = {name: getattr(rule, name) for name in names}
        data |= {
            "side": "after" if rule.is_after else "before",
            "whose_clock": "own" if rule.is_own_clock else "event",
            "pools": list(rule.pools),
        }
        form = cls(data={**data, **texts_of(note=rule.note)}, **options)
        form.pools.choices = [(str(pool.id), name_of(pool)) for pool in pools]
        return form

    def plan(self, event: Event, before: ReminderRule | None) -> RulePlan:
        """What was said of the rule."""
        typed = self.at_clock.data or None
        return RulePlan(
            occasion=self.occasion.data,
            audience=self.audience.data,
            amount=self.amount.data or 0,
            unit=self.unit.data,
            is_after=self.side.data == "after",
            at_clock=typed.zfill(5) if typed else None,
            is_own_clock=self.whose_clock.data == "own",
            pools=tuple(self.pools.data or ()),
            reaches_late=bool(self.reaches_late.data),
            note=written(self, "note", before.note if before else EMPTY, event.main_language),
        )
