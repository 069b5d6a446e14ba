"""What letters say to people who are invited to an event."""

from __future__ import annotations

from uuid import UUID

from flask_babel import gettext

from eventhub.events.circumstances import Circumstances
from eventhub.foundation import clock, i18n, links
from eventhub.foundation.db import db
from eventhub.foundation.outbox import Refused
from eventhub.foundation.web import address
from eventhub.registrations.models import EventInvitation

from .choices import services as choices
from .comparisons import compared
from .drafts import Block, Draft, Facts, Link, Said, facts_of, found, greet, harmless, way_out
from .models import Letter
from .samples import is_sample


def draft(letter: Letter) -> Draft:
    """The invitation, what reminds of it or changes it; Refused where it was answered or taken back meanwhile."""
    lang = letter.language
    invitation = found(db.session.get(EventInvitation, UUID(letter.data["event_invitation_id"])))
    event = invitation.event
    if (invitation.state != "open" or event.status != "published") and not is_sample(letter):
        raise Refused("the invitation does not wait for an answer any more")
    ending = None if is_sample(letter) else choices.ending_for(event.organisation_id, invitation.address, lang)
    title = str(event.title.in_(lang))
    token = links.make("event_invitation", invitation.id, invitation.link_number)
    until = i18n.format_zoned(clock.wall(invitation.answer_by, event.zone), event.zone)
    organiser = harmless(str(event.organisation.name.in_(lang)))
    blocks: list[Block] = [Said(_news(letter.kind, organiser))]
    if was := letter.data.get("was"):
        blocks.append(Facts(compared(Circumstances.from_json(was), Circumstances.of(event), lang)))
    elif words := invitation.words.in_(lang):
        blocks.append(str(words))
    blocks += [
        facts_of(event, lang, is_online=invitation.pool.mode == "online"),
        gettext("Please answer by %(moment)s: come, say no, or send a colleague in your stead.", moment=until),
        Link(gettext("My invitation"), address("registrations.invited", lang, token=token)),
        gettext("The link is yours alone. Whoever has it can answer for you."),
        *way_out(ending),
    ]
    return Draft(
        _subject(letter.kind, title),
        greet(invitation.name),
        blocks,
        sender=str(event.organisation.name.in_(lang)),
        reply_to=event.contact_address,
        ending=ending,
    )


def _subject(kind: str, title: str) -> str:
    if kind == "guest_reminded":
        return str(gettext("Reminder: %(title)s", title=title))
    if kind == "guest_changed":
        return str(gettext("Changed: %(title)s", title=title))
    return str(gettext("Invitation: %(title)s", title=title))


def _news(kind: str, organiser: str) -> str:
    if kind == "guest_changed":
        return str(gettext("The time, place or form of this event has changed."))
    if kind == "guest_reminded":
        return str(gettext("We have not heard from you yet: you are invited to this event."))
    if organiser:
        return i18n.spaced(gettext("%(organiser)s invites you to this event.", organiser=organiser), organiser)
    return str(gettext("You are invited to this event."))
