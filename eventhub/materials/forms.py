"""What is asked when slides and handouts are sent."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import FileRequired
from wtforms import SelectField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # stubs of an older version
from wtforms.validators import InputRequired

from eventhub.foundation.files_web import DocumentField
from eventhub.foundation.forms import EditForm, line, written
from eventhub.foundation.i18n import Translated, language
from eventhub.programme.models import ProgrammeSession, SessionRole

from . import policy
from .models import ENDINGS, MOST_BYTES, Material

CHOOSE = _l("Please choose a file.")
EVERYTHING = tuple(dict.fromkeys((*ENDINGS["slides"], *ENDINGS["handout"])))


class SlidesForm(FlaskForm):
    """The slides of one part."""

    file = DocumentField(_l("Choose a file"), [FileRequired(CHOOSE)], allowed=ENDINGS["slides"], most_bytes=MOST_BYTES)

    @classmethod
    def for_part(cls, role: SessionRole, **options: Any) -> SlidesForm:
        """The form of a part, beside those of others on one page."""
        form = cls(**options)
        form.file.id = f"slides-{role.id.hex[:12]}"
        return form


class NewMaterialForm(EditForm):
    """Slides or a handout, and what for."""

    place = SelectField(_l("What for"), [InputRequired(_l("Please choose what it is for."))])
    file = DocumentField(_l("File"), [FileRequired(CHOOSE)], allowed=EVERYTHING, most_bytes=MOST_BYTES)
    title_en = line(_l("Title in English"), description=_l("Without a title, the name of the file is shown."))
    title_zh = line(_l("Title in Chinese"))

    def offer(self, sessions: Sequence[ProgrammeSession]) -> None:
        """Fill the list of sessions, each with its handout and the slides of its people."""
        found = [SelectChoice("", gettext("Please choose"))]
        for number, session in enumerate(sessions, 1):
            group = f"{number}. {session.title.in_(language())}"
            found.append(SelectChoice(f"handout:{session.id}", gettext("Handout for everybody"), optgroup=group))
            found += [
                SelectChoice(f"slides:{role.id}", gettext("Slides: %(name)s", name=_name(role)), optgroup=group)
                for role in session.speakers
                if policy.has_slides(role, session)
            ]
        self.place.choices = found

    @property
    def chosen(self) -> tuple[str, UUID]:
        """The kind of the material, and the id of the session or the part it is for."""
        kind, _, thing_id = self.place.data.partition(":")
        self.file.allowed = ENDINGS[kind]
        return kind, UUID(thing_id)


class MaterialForm(EditForm):
    """A material under another title, or with another file."""

    title_en = line(_l("Title in English"), description=_l("Without a title, the name of the file is shown."))
    title_zh = line(_l("Title in Chinese"))
    file = DocumentField(_l("Another file in its place"), allowed=EVERYTHING, most_bytes=MOST_BYTES)

    def fields(self) -> list[Any]:
        """The fields that say something of the row: a file cannot be compared."""
        return [field for field in super().fields() if field is not self.file]

    @classmethod
    def of(cls, material: Material, **options: Any) -> MaterialForm:
        """The form over a material."""
        texts = {f"title_{lang}": text for lang, text in material.title.texts.items()}
        form = cls(data=texts, **options)
        form.file.allowed = ENDINGS[material.kind]
        return form

    def title(self, before: Translated, main: str) -> Translated:
        """The title as the form has it."""
        return written(self, "title", before, main)


def _name(role: SessionRole) -> str:
    return role.person.names.in_(language()) if role.person else str(role.name.in_(language()))
