"""What organisers fill in to take a list of people over, and to get one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import BooleanField, HiddenField, RadioField, SelectField, TextAreaField
from wtforms.validators import InputRequired

from eventhub.foundation.forms import EditForm, InOurWords, TickList, choices
from eventhub.foundation.i18n import LOCALES
from eventhub.registrations.forms import POOL_MISSING

from .choices import Choices
from .columns import offered
from .tables import Table

RULES = {
    "keep": _("Keep what is known, and fill in what is missing"),
    "overwrite": _("Take what the list says, where it says something"),
    "skip": _("Leave them as they are"),
}
NAMESAKES = {
    "same": _("They are the same people"),
    "new": _("They are other people: register them as well"),
    "ticked": _("Only those ticked below are the same"),
}
STATES = {
    "confirmed": _("They get places as far as there are any, the rest waits in the order of the list"),
    "pending": _("They wait for your approval"),
}


class ListForm(EditForm):
    """A list of people to be looked at: a file, or what was pasted."""

    file = FileField(_("File"))
    pasted = TextAreaField(_("Or paste the rows here"))

    def validate(self, extra_validators: Any = None) -> bool:
        """Whether there is either."""
        is_good = bool(super().validate(extra_validators))
        if is_good and not self.file.data and not (self.pasted.data or "").strip():
            self.file.errors = [gettext("Choose a file, or paste the rows.")]
            return False
        return is_good


class ChoiceForm(FlaskForm):
    """What is to become of a list, column by column and person by person."""

    Meta = InOurWords
    has_heading = BooleanField(_("The first row names the columns"))
    pool = RadioField(_("How do they take part?"), [InputRequired(message=POOL_MISSING)])
    state = RadioField(_("What they get"), choices=choices(STATES))
    duplicates = RadioField(_("Whose address is registered already, or twice in the list"), choices=choices(RULES))
    take_back = BooleanField(_("Take those back who cancelled or were declined"))
    namesakes = RadioField(
        _("Who has no address, but the name and organisation of somebody registered"),
        choices=choices(NAMESAKES), validate_choice=False,
    )  # fmt: skip
    # Which rows these are is known when the list is looked at; others are none of it.
    ticked = TickList(_("The same people"), choices=[], validate_choice=False)
    language = RadioField(_("Language of letters, where the list does not say it"), choices=choices(LOCALES))
    is_told = BooleanField(_("Send each of them a letter with their private link"))
    leave_out = BooleanField(_("Leave out the rows that are wrong, and import the others"))
    seen = HiddenField()

    @classmethod
    def of(cls, table: Table, chosen: Choices, questions: Sequence[Any], pools: dict[str, str]) -> ChoiceForm:
        """The form for a list, over what is chosen for it."""
        columns = {
            f"column_{place}": SelectField(gettext("Column %(number)s", number=place + 1))
            for place in range(table.width)
        }
        known = {
            "pool": chosen.pool,
            "state": "pending" if chosen.is_pending else "confirmed",
            "ticked": list(map(str, chosen.ticked)),
            **{name: getattr(chosen, name) for name in _SAME},
            **{f"column_{place}": column for place, column in enumerate(chosen.columns)},
        }
        form: ChoiceForm = type("OwnChoiceForm", (cls,), columns)(data=known)
        for name in columns:
            form[name].choices = choices(offered(questions))
        form.pool.choices = choices(pools)
        return form

    def columns(self) -> list[Any]:
        """The fields of the columns, in their order."""
        return [self[name] for name in self._fields if name.startswith("column_")]

    def validate(self, extra_validators: Any = None) -> bool:
        """Whether no two columns are the same, besides all else."""
        is_good = bool(super().validate(extra_validators))
        said = [field.data for field in self.columns()]
        for place, field in enumerate(self.columns()):
            if field.data and field.data in said[:place]:
                field.errors = [gettext("Another column is this already.")]
                is_good = False
        return is_good

    @property
    def choices(self) -> Choices:
        """What was chosen."""
        return Choices(
            columns=[field.data for field in self.columns()],
            pool=self.pool.data,
            is_pending=self.state.data == "pending",
            ticked=[int(line) for line in self.ticked.data or () if line.isdecimal() and len(line) < 10],
            **{name: getattr(self, name).data for name in _SAME if name != "namesakes"},
            namesakes=self.namesakes.data if self.namesakes.data in NAMESAKES else "",
        )


_SAME = ("has_heading", "duplicates", "take_back", "namesakes", "language", "is_told", "leave_out")


class ExportForm(FlaskForm):
    """Which columns of the list are wanted."""

    Meta = InOurWords
    columns = TickList(_("Columns"))

    @classmethod
    def of(cls, columns: dict[str, str]) -> ExportForm:
        """The form that offers these columns, all of them ticked."""
        form = cls(data={"columns": list(columns)})
        form.columns.choices = choices(columns)
        return form
