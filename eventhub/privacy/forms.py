"""What organisers settle about what is kept."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import IntegerField
from wtforms.validators import InputRequired, NumberRange

from eventhub.foundation.forms import EditForm

from .keeping import KINDS, MOST_DAYS

_DAYS = _l("A number of days from 1 to %(most)s.", most=MOST_DAYS)


class KeepingForm(EditForm):
    """For how many days after the event each kind of data is kept."""

    @classmethod
    def of(cls, days: dict[str, int], **options: Any) -> KeepingForm:
        """The form over what holds now."""
        return _WithKinds(data=dict(days), **options)

    @property
    def days(self) -> dict[str, int]:
        """What was settled."""
        return {name: self[name].data for name in KINDS}


_FIELDS = {
    name: IntegerField(
        kind.label, [InputRequired(message=_DAYS), NumberRange(1, MOST_DAYS, _DAYS)], render_kw={"inputmode": "numeric"}
    )
    for name, kind in KINDS.items()
}
_WithKinds: type[KeepingForm] = type("KeepingForm", (KeepingForm,), dict(_FIELDS))
