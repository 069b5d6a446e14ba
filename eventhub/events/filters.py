"""What visitors look for among the public events."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import lazy_gettext as _l
from wtforms import Form, SearchField, SelectField

from eventhub.foundation.forms import choices, tidy
from eventhub.foundation.i18n import language
from eventhub.organisations.models import Organisation

from .forms import KINDS, LANGUAGES, MODES
from .queries import Filter


class FilterForm(Form):
    """Search and filters, as the address of the list carries them."""

    q = SearchField(_l("Search"), filters=[tidy], render_kw={"maxlength": 100})
    kind = SelectField(_l("Kind"), choices=choices({"": _l("All kinds")} | KINDS))
    mode = SelectField(_l("Format"), choices=choices({"": _l("All formats")} | MODES))
    language = SelectField(_l("Language"), choices=choices({"": _l("All languages")} | LANGUAGES))
    organiser = SelectField(_l("Organiser"))

    def offer(self, organisers: Sequence[Organisation]) -> None:
        """Fill the list of organisers."""
        named = [(row.slug, str(row.name.in_(language()))) for row in organisers]
        named.sort(key=lambda choice: choice[1].casefold())
        self.organiser.choices = choices({"": _l("All organisers"), **dict(named)})

    @property
    def is_narrowed(self) -> bool:
        """Whether something beside the words is asked for."""
        return any(field.data for field in self if field is not self.q)

    def wanted(self, *, past: bool) -> Filter:
        """What is looked for; a value that is no choice finds nothing."""
        return Filter(
            words=(self.q.data or "")[:100],
            kind=self.kind.data or "",
            mode=self.mode.data or "",
            language=self.language.data or "",
            organisation=self.organiser.data or "",
            past=past,
        )
