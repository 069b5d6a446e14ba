"""The rooms in which an event, and an organisation, say how letters read."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import UUID

from flask import flash, g, render_template
from flask_babel import gettext
from werkzeug.wrappers import Response

from eventhub.events.models import Event
from eventhub.events.rooms import event_room
from eventhub.foundation.errors import NotFound
from eventhub.foundation.i18n import LOCALES
from eventhub.foundation.web import see_other
from eventhub.messaging import examples, place_news, previews, words
from eventhub.messaging.desk import bp
from eventhub.messaging.drafts import Said
from eventhub.messaging.examples import Readers
from eventhub.organisations import policy as organisations
from eventhub.organisations.desk import bp as organisation_bp
from eventhub.organisations.desk import organisation_room
from eventhub.organisations.models import Organisation
from eventhub.registrations.policy import may_manage_registrations

from . import queries, services
from .forms import WordingForm
from .models import Wording
from .occasions import OCCASIONS, OF_ORGANISATIONS, SECTIONS, SERIES
from .wording import OURS

Answer = Response | str | tuple[str, int]


@bp.get("/words/")
@event_room(may_manage_registrations)
def wordings(event: Event) -> str:
    """Every occasion on which a letter goes out, and whose words it is in."""
    found = queries.list_of(event.id, event.organisation_id)
    return render_template(
        "messaging/desk_wordings.html",
        event=event,
        own=found[event.id],
        theirs=found[event.organisation_id],
        sections=SECTIONS,
        words=words,
    )


@bp.route("/words/<occasion>/", methods=["GET", "POST"])
@event_room(may_manage_registrations)
def wording(event: Event, occasion: str) -> Answer:
    """The words of one occasion, and how the letter reads with them."""
    row = queries.find(event.id, _known(occasion))
    form = WordingForm(row, event.main_language)
    if (done := _saved(form, event, row, occasion)) is not None:
        flash(done, "success")
        return see_other(".wording", slug=event.slug, occasion=occasion)
    inherited = queries.find(event.organisation_id, occasion)
    return render_template(
        "messaging/desk_wording.html",
        event=event,
        occasion=occasion,
        name=words.KINDS[occasion],
        row=row,
        inherited=inherited,
        form=form,
        changes=queries.list_changes(event.id, event.id, occasion),
        placeholders=services.placeholders_of(occasion),
        **_reading(event, occasion, services.list_readers(event, occasion)),
    ), form.status


@bp.post("/words/<occasion>/reset/")
@event_room(may_manage_registrations)
def reset_wording(event: Event, occasion: str) -> Answer:
    """The organisation's words again, or ours."""
    services.reset_wording(g.actor, event, _known(occasion))
    flash(gettext("The letter is in the usual words again."), "success")
    return see_other(".wording", slug=event.slug, occasion=occasion)


@bp.post("/words/<occasion>/test/")
@event_room(may_manage_registrations)
def test_wording(event: Event, occasion: str) -> Answer:
    """The letter to oneself, as the one who is shown would get it."""
    seen = _test(event, occasion, services.list_readers(event, _known(occasion)))
    return see_other(".wording", slug=event.slug, occasion=occasion, **seen)


@organisation_bp.get("/<slug>/letters/")
@organisation_room(organisations.may_administer)
def letter_words(organisation: Organisation) -> str:
    """The occasions, and for which of them the organisation has words for all its events."""
    return render_template(
        "messaging/organisation_wordings.html",
        organisation=organisation,
        own=queries.list_of(organisation.id)[organisation.id],
        sections=OF_ORGANISATIONS,
        words=words,
    )


@organisation_bp.route("/<slug>/letters/<occasion>/", methods=["GET", "POST"])
@organisation_room(organisations.may_administer)
def letter_wording(organisation: Organisation, occasion: str) -> Answer:
    """The words of one occasion for all events of the organisation that have none of their own."""
    row = queries.find(organisation.id, _known(occasion, is_of_event=False))
    form = WordingForm(row, str(g.lang))
    if (done := _saved(form, organisation, row, occasion)) is not None:
        flash(done, "success")
        return see_other(".letter_wording", slug=organisation.slug, occasion=occasion)
    event, readers = _example(organisation, occasion)
    return render_template(
        "messaging/organisation_wording.html",
        organisation=organisation,
        occasion=occasion,
        letter_name=words.KINDS[occasion],
        row=row,
        form=form,
        event=event,
        changes=queries.list_changes(organisation.id, None, occasion),
        placeholders=services.placeholders_of(occasion),
        **_reading(event or organisation, occasion, readers),
    ), form.status


@organisation_bp.post("/<slug>/letters/<occasion>/test/")
@organisation_room(organisations.may_administer)
def test_letter_wording(organisation: Organisation, occasion: str) -> Answer:
    """The letter to oneself, as the one of some event, or of a series, who is shown would get it."""
    event, readers = _example(organisation, _known(occasion, is_of_event=False))
    seen = _test(event or organisation, occasion, readers)
    return see_other(".letter_wording", slug=organisation.slug, occasion=occasion, **seen)


@organisation_bp.post("/<slug>/letters/<occasion>/reset/")
@organisation_room(organisations.may_administer)
def reset_letter_wording(organisation: Organisation, occasion: str) -> Answer:
    """Our words again."""
    services.reset_wording(g.actor, organisation, _known(occasion, is_of_event=False))
    flash(gettext("The letter is in the usual words again."), "success")
    return see_other(".letter_wording", slug=organisation.slug, occasion=occasion)


def _saved(form: WordingForm, scope: Event | Organisation, row: Wording | None, occasion: str) -> str | None:
    """What is told of words that were saved; None where they were not, or nothing was sent."""

    def save() -> None:
        services.save_wording(g.actor, scope, occasion, *form.texts, form.version.data)

    def reread() -> tuple[WordingForm, int]:
        newer = queries.find(scope.id, occasion)
        return WordingForm(newer, form.main, formdata=None), newer.version if newer else 0

    if not form.is_submitted():
        form.begin(row.version if row else 0)
    elif form.validate() and form.carried_out(save, reread):
        return str(gettext("Saved. From now on the letter is in these words."))
    return None


def _example(organisation: Organisation, occasion: str) -> tuple[Event | None, Readers]:
    """An event of the organisation whose letters are in its words, with those who could get this one, if any is.

    What is told of a whole series is of no event. Where nobody could, the example reader gets it from the first.
    """
    if occasion in SERIES:
        return None, services.list_readers(organisation, occasion)
    events = [one for one in queries.list_events_without(organisation.id, occasion) if _is_mine(one)]
    for event in events:
        if readers := queries.list_readers(event, occasion, place_news.true_while(occasion)):
            return event, readers
    return (events[0], examples.or_example([])) if events else (None, [])


def _is_mine(event: Event) -> bool:
    return may_manage_registrations(g.actor, event)


def _reading(scope: Event | Organisation, occasion: str, readers: Readers) -> dict[str, object]:
    """What a page needs to show how a letter reads, with the words as they are and with ours."""
    event = scope if isinstance(scope, Event) else None

    def data_for(who_id: UUID) -> dict[str, Any]:
        return services.sample_data(scope, occasion, who_id)

    shown = previews.read_by(occasion, event, readers, data_for)
    ours = {one: _ours(event, occasion, data_for, UUID(shown["who"]), one) for one in LOCALES} if shown["who"] else {}
    return {**shown, "ours": ours}


def _test(scope: Event | Organisation, occasion: str, readers: Readers) -> dict[str, object]:
    """Send the letter to whoever asks, and say as whom and in which language they see it."""
    return previews.tested(readers, partial(services.send_test, g.actor, scope, occasion))


def _known(occasion: str, *, is_of_event: bool = True) -> str:
    if occasion not in OCCASIONS and (is_of_event or occasion not in SERIES):
        raise NotFound
    return occasion


def _ours(
    event: Event | None, occasion: str, data_for: Callable[[UUID], dict[str, Any]], who_id: UUID, lang: str
) -> tuple[str, str] | None:
    """Subject and text in our words, as far as others can stand in their place."""
    draft = previews.drawn(occasion, lang, event, {**data_for(who_id), OURS: "yes"}, who_id)
    return (draft.subject, "\n\n".join(one for one in draft.blocks if isinstance(one, Said))) if draft else None
