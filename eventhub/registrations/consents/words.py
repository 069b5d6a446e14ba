"""The usual words of each purpose, in all languages."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from flask_babel import gettext
from flask_babel import lazy_gettext as _l

from eventhub.events.models import Event
from eventhub.foundation.i18n import LOCALES, Translated, country_name, spaced, writing_in
from eventhub.organisations.models import Organisation

PURPOSES = {
    "co_organiser": _l("A co-organiser sees who takes part"),
    "transfer": _l("Data goes to another country"),
    "list": _l("A public list of participants"),
    "recording": _l("Recordings"),
    "news": _l("News of later events"),
}


@dataclass(frozen=True, slots=True)
class _Parties:
    """Whom a purpose is about, in one language: its recipient, and the organiser with what is known of them."""

    lang: str
    name: str
    organiser: str
    country: str
    contact: str
    with_address: bool


def usual(event: Event, purpose: str, partner: Organisation | None, *, with_address: bool) -> list[Translated]:
    """The sentence that is agreed to and what is told beside it, where the organisers have no words of their own."""
    texts: list[dict[str, str]] = [{}, {}]
    organiser = event.organisation
    for lang in LOCALES:
        name, own = str((partner or organiser).name.in_(lang)), str(organiser.name.in_(lang))
        parties = _Parties(lang, name, own, organiser.country or "", event.contact_address or "", with_address)
        for text, written in zip(texts, _written(purpose, parties), strict=True):
            text[lang] = written
    return [Translated.of(**text) for text in texts]


# Whoever opens or sends a form reads them.
@lru_cache(500)
def _written(purpose: str, parties: _Parties) -> tuple[str, str]:
    with writing_in(parties.lang):
        return _WRITERS[purpose](parties)


def _co_organiser(said: _Parties) -> tuple[str, str]:
    if said.with_address:
        sentence = gettext(
            "%(name)s, a co-organiser, may see that I take part: my name, e-mail address, organisation, its type, "
            "country and language.", name=said.name,
        )  # fmt: skip
    else:
        sentence = gettext(
            "%(name)s, a co-organiser, may see that I take part: my name, organisation, its type, country and "
            "language, but not my e-mail address.", name=said.name,
        )  # fmt: skip
    details = gettext(
        "%(name)s runs this event together with %(organiser)s and decides for itself how it uses what it sees. "
        "It also reads answers where the form says so beside the question.",
        name=said.name, organiser=said.organiser,
    )  # fmt: skip
    return spaced(sentence, said.name), spaced(details, said.name)


def _transfer(said: _Parties) -> tuple[str, str]:
    country = country_name(said.country, said.lang) if said.country else ""
    where = gettext("%(name)s (%(country)s)", name=said.organiser, country=country) if country else said.organiser
    sentence = gettext("If I am in mainland China: what I write here may be sent abroad, to %(where)s.", where=where)
    details = gettext(
        "Recipient: %(where)s. Contact: %(contact)s. Purpose and method: to prepare and run this event, with this "
        "site. What is sent: what you write in this form. Without this nobody in mainland China can be registered. "
        "You can see, correct, copy and erase it on your own page, "
        "whose link is in every letter, or by writing to the contact.",
        where=where, contact=said.contact or gettext("see the event’s page"),
    )  # fmt: skip
    return spaced(sentence, where), details


def _list(_said: _Parties) -> tuple[str, str]:
    return (
        gettext("My name, organisation and country may stand in the public list of participants."),
        gettext(
            "Everybody can read the list. When you take this back, you are off it at once; what others copied before "
            "is out of our reach."
        ),
    )


def _recording(_said: _Parties) -> tuple[str, str]:
    return (
        gettext("I may be seen and heard in recordings of this event."),
        gettext(
            "You can take part without this: keep your camera and microphone off, and tell the organisers on the spot."
        ),
    )


def _news(said: _Parties) -> tuple[str, str]:
    sentence = gettext("%(name)s may write to me about later events.", name=said.organiser)
    details = gettext("A few letters a year. Take this back on your own page, and they end.")
    return spaced(sentence, said.organiser), details


_WRITERS: dict[str, Callable[[_Parties], tuple[str, str]]] = {
    "co_organiser": _co_organiser,
    "transfer": _transfer,
    "list": _list,
    "recording": _recording,
    "news": _news,
}
