"""What letters say to people who are invited to an event."""

from __future__ import annotations

from uuid import UUID

from flask_babel import gettext

from eventhub.foundation import clock, i18n, links
from eventhub.foundation.db import db
from eventhub.foundation.outbox import Refused
from eventhub.foundation.web import address
from eventhub.registrations.models import EventInvitation

from . import event_news
from .choices import services as choices
from .drafts import Block, Draft, Link, Said, changes_told, facts_of, found, greet, harmless, plain_or_marked, way_out
from .models import Letter
from .samples import is_sample
from .wordings.occasions import GUESTS


def draft(letter: Letter) -> Draft:
    """The invitation, what reminds of it or changes it; Refused where it was answered or taken back meanwhile."""
    lang = letter.language
    invitation = found(db.session.get(EventInvitation, UUID(letter.data["event_invitation_id"])))
    event = invitation.event
    kind, is_on = letter.kind, letter.kind not in {"event_postponed", "event_cancelled"}
    if not ((invitation.state == "open" and event_news.is_true(kind, event)) or is_sample(letter)):
        raise Refused("the invitation does not wait for an answer any more")
    ending = None if is_sample(letter) else choices.ending_for(event.organisation_id, invitation.address, lang)
    title = str(event.title.in_(lang))
    until = i18n.format_zoned(clock.wall(invitation.answer_by, event.zone), event.zone)
    organiser = harmless(str(event.organisation.name.in_(lang)))
    subject, news = _news(kind, title, organiser)
    # What organisers say of an event to its registrants in words of their own is not said to guests in these.
    blocks: list[Block] = [Said(news) if kind in GUESTS else news]
    is_online = invitation.pool.mode == "online"
    if letter.data.get("was"):
        blocks += changes_told(letter, event, is_online=is_online)
    elif not is_on and (notice := event.notice.in_(lang)):
        blocks.append(plain_or_marked(notice))
    elif kind in GUESTS and (words := invitation.words.in_(lang)):
        blocks.append(str(words))
    blocks.append(facts_of(event, lang, kind, is_online=is_online))
    if is_on:
        blocks += [
            gettext("Please answer by %(moment)s: come, say no, or send a colleague in your stead.", moment=until),
            Link(gettext("My invitation"), way_to(invitation, lang)),
            gettext("The link is yours alone. Whoever has it can answer for you."),
        ]
    blocks += way_out(ending)
    return Draft(
        subject,
        greet(invitation.name),
        blocks,
        sender=str(event.organisation.name.in_(lang)),
        reply_to=event.contact_address,
        ending=ending,
    )


def way_to(invitation: EventInvitation, lang: str) -> str:
    """Where a guest answers, by their private link."""
    token = links.make("event_invitation", invitation.id, invitation.link_number)
    return address("registrations.invited", lang, token=token)


def _news(kind: str, title: str, organiser: str) -> tuple[str, str]:
    """The subject, and what its reader hears first."""
    match kind:
        case "event_postponed":
            news = gettext("This event is postponed. You need not answer now: we write when there is a new date.")
            return event_news.subject(kind, title), news
        case "guest_reminded":
            news = gettext("We have not heard from you yet: you are invited to this event.")
            return gettext("Reminder: %(title)s", title=title), news
        case "guest_invited" if organiser:
            news = i18n.spaced(gettext("%(organiser)s invites you to this event.", organiser=organiser), organiser)
            return gettext("Invitation: %(title)s", title=title), news
        case "guest_invited":
            return gettext("Invitation: %(title)s", title=title), gettext("You are invited to this event.")
    return event_news.subject(kind, title), event_news.sentence(kind)
