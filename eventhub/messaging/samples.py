"""Letters as they would read, shown to whoever writes their words: nobody's private link is in them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID, uuid4

from .models import Letter

# What marks a letter that tells how things would be: `drafts` do not ask whether they are so.
SAMPLE = "is_sample"


def sample(kind: str, lang: str, event_id: UUID | None, data: Mapping[str, Any], who_id: UUID | None) -> Letter:
    """A letter that was never ordered, of a kind, to the registrant of an id or to whom `data` names."""
    is_to_registrant = not {"speaker_id", "person_id", "event_invitation_id", "series_registration_id"} & data.keys()
    return Letter(
        id=uuid4(),
        kind=kind,
        address="",
        language=lang,
        data={**data, SAMPLE: True},
        event_id=event_id,
        registration_id=who_id if is_to_registrant else None,
    )


def data_of_test(kind: str, who_id: UUID | None, **data: Any) -> dict[str, Any]:
    """What a test letter keeps, by ids: of which kind it is a sample, and as whom its reader sees it."""
    return {"of": kind, "who_id": str(who_id) if who_id else None, "sample": data}


def of_test(letter: Letter) -> Letter:
    """The sample that a test letter shows."""
    who_id = letter.data.get("who_id")
    said = letter.data["sample"], UUID(who_id) if who_id else None
    return sample(letter.data["of"], letter.language, letter.event_id, *said)


def is_sample(letter: Letter) -> bool:
    """Whether a letter tells how things would be."""
    return bool(letter.data.get(SAMPLE))
