"""The usual words of each purpose, in all languages."""

from __future__ import annotations

from collections.abc import Callable

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


def usual(event: Event, purpose: str, partner: Organisation | None, *, with_address: bool) -> list[Translated]:
    """The sentence that is agreed to and what is told beside it, where the organisers have no words of their own."""
    texts: list[dict[str, str]] = [{}, {}]
    for lang in LOCALES:
        with writing_in(lang):
            said = _WRITERS[purpose](event, partner or event.organisation, lang, with_address)
        for text, written in zip(texts, said, strict=True):
            text[lang] = written
    return [Translated.of(**text) for text in texts]


def _co_organiser(event: Event, partner: Organisation, lang: str, with_address: bool) -> tuple[str, str]:  # noqa: FBT001 - as all writers
    name = str(partner.name.in_(lang))
    if with_address:
        sentence = gettext(
            "%(name)s, a co-organiser, may see that I take part: my name, e-mail address, organisation, its type, "
            "country and language.", name=name,
        )  # fmt: skip
    else:
        sentence = gettext(
            "%(name)s, a co-organiser, may see that I take part: my name, organisation, its type, country and "
            "language, but not my e-mail address.", name=name,
        )  # fmt: skip
    details = gettext(
        "%(name)s runs this event together with %(organiser)s and decides for itself how it uses what it sees. "
        "It also reads answers where the form says so beside the question.",
        name=name, organiser=str(event.organisation.name.in_(lang)),
    )  # fmt: skip
    return spaced(sentence, name), spaced(details, name)


def _transfer(event: Event, partner: Organisation, lang: str, with_address: bool) -> tuple[str, str]:  # noqa: FBT001
    name = str(event.organisation.name.in_(lang))
    country = country_name(event.organisation.country, lang) if event.organisation.country else ""
    where = gettext("%(name)s (%(country)s)", name=name, country=country) if country else name
    sentence = gettext("If I am in mainland China: what I write here may be sent abroad, to %(where)s.", where=where)
    details = gettext(
        "Recipient: %(where)s. Contact: %(contact)s. Purpose and method: to prepare and run this event, with this "
        "site. What is sent: what you write in this form. Without this nobody in mainland China can be registered. "
        "You can see, correct, copy and erase it on your own page, "
        "whose link is in every letter, or by writing to the contact.",
        where=where, contact=event.contact_address or gettext("see the event’s page"),
    )  # fmt: skip
    return spaced(sentence, where), details


def _list(event: Event, partner: Organisation, lang: str, with_address: bool) -> tuple[str, str]:  # noqa: FBT001
    return (
        gettext("My name, organisation and country may stand in the public list of participants."),
        gettext(
            "Everybody can read the list. When you take this back, you are off it at once; what others copied before "
            "is out of our reach."
        ),
    )


def _recording(event: Event, partner: Organisation, lang: str, with_address: bool) -> tuple[str, str]:  # noqa: FBT001
    return (
        gettext("I may be seen and heard in recordings of this event."),
        gettext(
            "You can take part without this: keep your camera and microphone off, and tell the organisers on the spot."
        ),
    )


def _news(event: Event, partner: Organisation, lang: str, with_address: bool) -> tuple[str, str]:  # noqa: FBT001
    name = str(event.organisation.name.in_(lang))
    sentence = gettext("%(name)s may write to me about later events.", name=name)
    return spaced(sentence, name), gettext("A few letters a year. Take this back on your own page, and they end.")


_WRITERS: dict[str, Callable[[Event, Organisation, str, bool], tuple[str, str]]] = {
    "co_organiser": _co_organiser,
    "transfer": _transfer,
    "list": _list,
    "recording": _recording,
    "news": _news,
}
