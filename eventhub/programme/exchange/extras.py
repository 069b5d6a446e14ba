"""What frab's formats have no word for, as one JSON object beside what they have: written, and read with distrust."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from eventhub.foundation.i18n import EMPTY, LOCALES, Translated
from eventhub.programme.models import COLOURS, LEVELS
from eventhub.programme.public import PublicRoom, PublicSession, PublicSpeaker, PublicTrack

from .entries import LINE, PASSAGE, Guest, Place, clean, id_in, said
from .words import one_of

Values = dict[str, Any]


def of_room(room: PublicRoom) -> Values:
    """A room in both languages."""
    return _told({"id": str(room.id), "name": room.name.as_json(), "is_virtual": room.is_virtual})


def of_track(track: PublicTrack) -> Values:
    """A track in both languages, with its colour."""
    return {"id": str(track.id), "slug": track.slug, "name": track.name.as_json(), "colour": track.colour}


def of_session(session: PublicSession, speakers: Sequence[PublicSpeaker], lang: str) -> Values:
    """All that a session is beside what a file in one language says of it."""
    return _told(
        {
            # Apps that know no cancelled sessions are shown a title that says it: the true one stands here.
            "title": session.title.as_json() if session.is_cancelled else _rest(session.title, lang),
            "abstract": _rest(session.abstract, lang),
            "room": session.room and str(session.room.id),
            "track": session.track and str(session.track.id),
            "interpretation": list(session.interpretation),
            "level": session.level,
            "capacity": session.capacity,
            "has_sign_up": session.has_sign_up,
            "is_chatham_house": session.is_chatham_house,
            "do_not_record": session.do_not_record,
            "is_cancelled": session.is_cancelled,
            "repeats": session.repeats_id and str(session.repeats_id),
            "people": [_of_speaker(speaker, speakers, lang) for speaker in speakers],
        }
    )


def _of_speaker(speaker: PublicSpeaker, speakers: Sequence[PublicSpeaker], lang: str) -> Values:
    name = speaker.label
    if names := speaker.names:
        name = Translated.of("en", **{one: names.in_(one) for one in LOCALES})
        if len(set(name.texts.values())) == 1:
            name = said(names.in_(lang))
    return _told(
        {
            "name": _rest(name, lang),
            "affiliation": _whole(speaker.affiliation),
            "country": speaker.country,
            "title": _whole(speaker.presentation_title),
            "abstract": _whole(speaker.presentation_abstract),
            "minutes": speaker.presentation_minutes,
            "with": next((n for n, other in enumerate(speakers) if other.role_id == speaker.presents_with_id), None),
        }
    )


def _whole(text: Translated) -> Values | None:
    return text.as_json() if text else None


def _rest(text: Translated, lang: str) -> Values | None:
    """A text without what a file in the language shows of it anyway; none where that tells everything."""
    shown = text.in_(lang)
    if text == said(shown):
        return None
    told = text.as_json()
    told["texts"] = {one: words for one, words in text.texts.items() if one != shown.lang}
    return {**told, "shown": shown.lang}


def _told(values: Values) -> Values:
    return {key: value for key, value in values.items() if value is not None and value is not False and value != []}


# --- reading -----------------------------------------------------------------------------------------------


def place_in(values: object) -> Place | None:
    """The room or track that an object tells, if it tells one."""
    told = object_in(values)
    name, slug = text_in(told.get("name")), told.get("slug")
    if not name:
        return None
    return Place(
        name,
        id_in(told.get("id")),
        clean(slug)[:60] if isinstance(slug, str) else None,
        one_of(told.get("colour"), COLOURS),
        is_virtual=told.get("is_virtual") is True,
    )


def guest_in(values: object, guest: Guest) -> Guest:
    """Somebody of whom a file shows a name, with the rest of what it says of them."""
    told = object_in(values)
    beside, country = told.get("with"), told.get("country")
    return Guest(
        name=whole_text(told.get("name"), guest.name.in_("en")),
        id=guest.id,
        role=guest.role,
        mode=guest.mode,
        affiliation=text_in(told.get("affiliation")),
        country=country if isinstance(country, str) and len(country) == 2 and country.isupper() else "",
        presentation_title=text_in(told.get("title")),
        presentation_abstract=text_in(told.get("abstract"), PASSAGE),
        presentation_minutes=number_in(told.get("minutes"), 24 * 60),
        presents_with=beside if type(beside) is int else None,
    )


def whole_text(values: object, shown: str, most: int = LINE) -> Translated:
    """A text from the words that a file shows of it and the rest beside them."""
    told = object_in(values)
    if not told:
        return said(shown)
    text = text_in(told, most)
    lang = one_of(told.get("shown"), tuple(LOCALES))
    if not (text or lang):
        return said(shown)
    return Translated(text.source, {**text.texts, lang: shown} if lang else text.texts, text.made_from, text.state)


def text_in(values: object, most: int = LINE) -> Translated:
    """The text that an object tells, or the empty one."""
    told = object_in(values)
    if not told:
        return EMPTY
    source = one_of(told.get("source"), tuple(LOCALES)) or "en"
    return Translated(
        source, _words(told.get("texts"), most), _words(told.get("made_from"), 64), _words(told.get("state"), 64)
    )


def number_in(value: object, most: int = 100_000) -> int:
    """A number from 1 to the most; 0 where it is none."""
    return value if type(value) is int and 0 < value <= most else 0


def languages_in(values: object) -> tuple[str, ...]:
    """The languages of ours in a list."""
    told = values if isinstance(values, list) else []
    return tuple(dict.fromkeys(lang for lang in told if one_of(lang, tuple(LOCALES))))


def level_in(value: object) -> str:
    """The level that a value is, or no level."""
    return one_of(value, LEVELS) or ""


def object_in(values: object) -> Values:
    """The object that a value is, or an empty one."""
    return values if isinstance(values, dict) else {}


def _words(values: object, most: int) -> dict[str, str]:
    """What is told in each language of ours."""
    told = object_in(values)
    texts = {lang: clean(told[lang])[:most] for lang in LOCALES if isinstance(told.get(lang), str)}
    return {lang: text for lang, text in texts.items() if text}
