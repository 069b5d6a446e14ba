"""What documents take over from an organisation's layout."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from eventhub.foundation import files
from eventhub.foundation.db import db
from eventhub.foundation.files import StoredFile
from eventhub.foundation.i18n import EMPTY
from eventhub.organisations.models import Organisation

from .models import COLOUR
from .services import find_layout


def layout_of(organisation: Organisation, languages: Sequence[str]) -> dict[str, Any]:
    """The look as values of a document: colour, pictures as numbers, and the letterhead and name in each language.

    A picture whose bytes are gone is left out: a document without it is better than none.
    """
    layout = find_layout(organisation.id)
    letterhead = layout.letterhead if layout else EMPTY
    return {
        "colour": layout.colour if layout else COLOUR,
        "logo": _bytes_of(layout.logo_id if layout else None),
        "signature": _bytes_of(layout.signature_id if layout else None),
        "organisation": {lang: str(organisation.name.in_(lang)) for lang in languages},
        "letterhead": {lang: str(letterhead.in_(lang)).split("\n") if letterhead else [] for lang in languages},
    }


def _bytes_of(picture_id: UUID | None) -> list[int] | None:
    file = db.session.get(StoredFile, picture_id) if picture_id else None
    path = files.path_of(file) if file else None
    return list(path.read_bytes()) if path and path.is_file() else None
