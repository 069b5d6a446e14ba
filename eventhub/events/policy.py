"""Who may see and do what with events and series."""

from __future__ import annotations

from uuid import UUID

from eventhub.foundation.actor import Actor

from .models import Event, Series

EDITORS = ("administrator", "organiser")
STAFF = ("administrator", "organiser", "translator", "check_in", "viewer")


def runs(actor: Actor, event: Event, roles: tuple[str, ...]) -> bool:
    """Whether the actor holds one of the roles in an organisation that runs the event, or in the event itself."""
    if answers_for(actor, event, roles):
        return True
    return any(
        partner.part == "co_organiser" and actor.has_role(partner.organisation_id, *roles) for partner in event.partners
    )


def answers_for(actor: Actor, event: Event, roles: tuple[str, ...]) -> bool:
    """Whether the actor holds one of the roles in the event's own organisation, or in the event itself.

    Whoever describes themself to an event tells its organiser; an organisation that runs it with them is told only
    what each person agrees to.
    """
    return actor.is_system or actor.has_role(event.id, *roles) or actor.has_role(event.organisation_id, *roles)


def is_shown(event: Event) -> bool:
    """Whether the public may open the event by its address."""
    return event.status != "draft" and event.visibility != "invitation"


def may_see_event(actor: Actor, event: Event) -> bool:
    """Everybody sees what is shown; those who run it see its draft as well."""
    return is_shown(event) or runs(actor, event, STAFF)


def may_find_event(actor: Actor, event: Event) -> bool:
    """Whether a page may lead there: an unlisted event is for those who have its address from elsewhere."""
    return (event.visibility == "public" and event.status != "draft") or runs(actor, event, STAFF)


def may_add_event(actor: Actor, organisation_id: UUID) -> bool:
    """An organisation's organisers add its events."""
    return actor.is_system or actor.has_role(organisation_id, *EDITORS)


def may_open_desk(actor: Actor, event: Event) -> bool:
    """Whoever has any part in running the event."""
    return runs(actor, event, STAFF)


def may_edit_event(actor: Actor, event: Event) -> bool:
    """The organisers of the organisations that run it."""
    return runs(actor, event, EDITORS)


def may_translate_event(actor: Actor, event: Event) -> bool:
    """Its organisers and its translators."""
    return runs(actor, event, (*EDITORS, "translator"))


def may_see_series(actor: Actor, series: Series) -> bool:
    """Everybody sees a public or unlisted series; its organisation sees its own."""
    return series.visibility != "invitation" or may_edit_series(actor, series)


def may_find_series(actor: Actor, series: Series) -> bool:
    """Whether a page may lead there, as with events."""
    return series.visibility == "public" or may_edit_series(actor, series)


def may_edit_series(actor: Actor, series: Series) -> bool:
    """The organisers of the series' organisation."""
    return actor.is_system or actor.has_role(series.organisation_id, *EDITORS)
