"""The room of letters to groups: writing one, looking at it, letting it go, and what became of it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import partial
from uuid import UUID

from flask import flash, g, render_template, request
from flask_babel import gettext, ngettext
from werkzeug.wrappers import Response

from eventhub.events.models import Event
from eventhub.events.rooms import event_room
from eventhub.foundation import clock
from eventhub.foundation.errors import Conflict, NotFound
from eventhub.foundation.i18n import LOCALES
from eventhub.foundation.web import page_number, see_other
from eventhub.messaging import previews, words
from eventhub.messaging.desk import bp
from eventhub.messaging.examples import EXAMPLE
from eventhub.messaging.placeholders import PLACEHOLDERS
from eventhub.registrations.policy import may_manage_registrations

from . import queries, services
from . import words as group_words
from .forms import GroupLetterForm, ReleaseForm
from .groups import Found, Group
from .models import GroupLetter

Answer = Response | str | tuple[str, int]
# So many of those who would get a letter are named on its page; all of them stand in the list that can be turned over.
_SHOWN = 50
# So many seconds after it was shown, a page that tells how far a letter has come tells it anew.
_LOOKS_AGAIN = "15"


@bp.get("/groups/")
@event_room(may_manage_registrations)
def groups(event: Event) -> str:
    """The letters to groups: drafts, those that wait for a second look, and those that went out."""
    rows = queries.list_of(event)
    return render_template(
        "messaging/desk_groups.html",
        event=event,
        rows=rows,
        outcomes=queries.count_outcomes([row.id for row in rows]),
        words=group_words,
    )


@bp.route("/groups/new/", methods=["GET", "POST"])
@event_room(may_manage_registrations)
def new_group_letter(event: Event) -> Answer:
    """Write a letter to a group."""
    form = GroupLetterForm(event)
    made: list[GroupLetter] = []

    def save() -> None:
        made.append(services.add_letter(g.actor, event.id, form.plan))

    if form.validate_on_submit() and form.carried_out(save):
        return see_other(".group_letter", slug=event.slug, letter_id=made[0].id)
    return _form(event, form, None), form.status


@bp.route("/groups/<uuid:letter_id>/edit/", methods=["GET", "POST"])
@event_room(may_manage_registrations)
def edit_group_letter(event: Event, letter_id: UUID) -> Answer:
    """Other words, another group or another hour, as long as the letter has not been released."""
    letter = queries.get_of_event(event, letter_id)
    form = GroupLetterForm(event, letter)

    def save() -> None:
        services.change_letter(g.actor, letter.id, form.plan, form.version.data)

    def reread() -> tuple[GroupLetterForm, int]:
        return GroupLetterForm(event, letter, formdata=None), letter.version

    if not form.is_submitted():
        form.begin(letter.version)
    elif form.validate() and form.carried_out(save, reread):
        return see_other(".group_letter", slug=event.slug, letter_id=letter.id)
    return _form(event, form, letter), form.status


def _form(event: Event, form: GroupLetterForm, letter: GroupLetter | None) -> str:
    return render_template(
        "messaging/desk_group_edit.html", event=event, form=form, letter=letter, placeholders=PLACEHOLDERS
    )


@bp.get("/groups/<uuid:letter_id>/")
@event_room(may_manage_registrations)
def group_letter(event: Event, letter_id: UUID) -> Answer:
    """One letter: whom it would reach and how it reads, or how far it has come and who did not get it."""
    return _page(event, queries.get_of_event(event, letter_id))


@bp.post("/groups/<uuid:letter_id>/release/")
@event_room(may_manage_registrations)
def release_group_letter(event: Event, letter_id: UUID) -> Answer:
    """Let the letter go, after a second look at it."""
    letter, form = queries.get_of_event(event, letter_id), ReleaseForm()
    if not form.validate_on_submit():
        return _page(event, letter, form, 422)
    try:
        services.release(g.actor, letter.id, form.people.data or 0, form.version.data, fate=form.fate.data or "")
    except Conflict as refusal:
        form = ReleaseForm(formdata=None)
        form.form_errors.append(refusal.message)
        return _page(event, letter, form, refusal.status)
    is_early = group_words.state_of(letter) == "scheduled"
    flash(gettext("The letter goes out at its hour.") if is_early else gettext("The letter is released."), "success")
    return see_other(".group_letter", slug=event.slug, letter_id=letter.id)


@bp.post("/groups/<uuid:letter_id>/<any(ready, remove, stop, on, again):deed>/")
@event_room(may_manage_registrations)
def act_on_group_letter(event: Event, letter_id: UUID, deed: str) -> Answer:
    """Call a draft ready, throw it away, stop a letter that goes out, let it go on, or try once more what failed."""
    letter, fate = queries.get_of_event(event, letter_id), request.form.get("fate", "")
    here = {"outcome": request.args.get("outcome")}
    try:
        if deed == "remove":
            services.remove_letter(g.actor, letter.id)
            flash(gettext("The letter is thrown away."), "success")
            return see_other(".groups", slug=event.slug)
        if deed == "ready":
            services.make_ready(g.actor, letter.id)
        elif deed == "stop":
            number = services.stop(g.actor, letter.id)
            told = ngettext(
                "Stopped: %(num)s person does not get it.", "Stopped: %(num)s people do not get it.", number
            )
            flash(told, "info")
        elif deed == "on":
            number = services.take_up(g.actor, letter.id, fate=fate)
            told = ngettext("%(num)s person gets it after all.", "%(num)s people get it after all.", number)
            flash(told, "info")
        else:
            number = services.send_again(g.actor, letter.id, fate=fate)
            told = ngettext("%(num)s letter is on its way again.", "%(num)s letters are on their way again.", number)
            flash(told, "info")
    except Conflict as refusal:
        flash(refusal.message, "attention")
        here = {**here, "refused": deed, "_anchor": "refused"}
    return see_other(".group_letter", slug=event.slug, letter_id=letter.id, **here)


@bp.post("/groups/<uuid:letter_id>/test/")
@event_room(may_manage_registrations)
def test_group_letter(event: Event, letter_id: UUID) -> Answer:
    """The letter to oneself, as the one who is shown would get it."""
    letter = queries.get_of_event(event, letter_id)
    lang, who_id = previews.language(), _id_of(request.form.get("who", ""))
    if who_id is None:
        raise NotFound
    previews.tell_of_test(partial(services.send_test, g.actor, letter.id, who_id, lang))
    return see_other(".group_letter", slug=event.slug, letter_id=letter.id, who=who_id, language=lang)


@dataclass(frozen=True, slots=True)
class Warnings:
    """What is to be known before a letter goes: how many read another language than its words are in."""

    missing: Counter[str]
    stale: list[str]


def _page(event: Event, letter: GroupLetter, form: ReleaseForm | None = None, status: int = 200) -> Response:
    is_out = letter.state in {"released", "stopped"}
    values = _outcomes(event, letter) if is_out else _review(event, letter, form)
    said = group_words.told(event, Group.from_json(letter.group))
    page = render_template(
        "messaging/desk_group.html", event=event, letter=letter, told=said, words=group_words, reason=words.reason,
        is_out=is_out, fate=services.overtaken_by(letter), refused=request.args.get("refused", ""), **values,
    )  # fmt: skip
    answer = Response(page, status, mimetype="text/html")
    if letter.state == "released" and values["moving"] and letter.due_at and letter.due_at <= clock.now():
        answer.headers["Refresh"] = _LOOKS_AGAIN
    return answer


def _outcomes(event: Event, letter: GroupLetter) -> dict[str, object]:
    wanted = request.args.get("outcome", "")
    wanted = wanted if wanted in queries.OUTCOMES else ""
    counts = queries.count_outcomes([letter.id])[letter.id]
    pages, rows = queries.list_recipients(letter, wanted, page_number(), counts)
    moving = counts["waiting"] + counts["queued"] + counts["again"]
    return {"counts": counts, "outcome": wanted, "pages": pages, "rows": rows, "moving": moving, "now": clock.now()}


def _review(event: Event, letter: GroupLetter, form: ReleaseForm | None) -> dict[str, object]:
    found = services.found_for(letter)
    number = page_number()
    start = (number - 1) * _SHOWN
    readers = services.shown_as(letter, found)
    who = next((one for one in readers if str(one.who_id) == request.args.get("who")), readers[0])
    lang = previews.language(who.language)
    draft = previews.drawn(services.KIND, lang, event, services.sample_data(letter, who.who_id), who.who_id)
    if letter.state == "ready":
        refused = form.form_errors if form else []
        if form is None or refused:
            seen = {"people": len(found.members), "version": letter.version, "fate": services.overtaken_by(letter)}
            form = ReleaseForm(formdata=None, data=seen)
            form.form_errors = refused
    return {
        "found": found,
        "form": form,
        "members": found.members[start : start + _SHOWN],
        "start": start,
        "next_page": number + 1 if start + _SHOWN < len(found.members) else None,
        "previous_page": number - 1 if number > 1 else None,
        "who": who,
        "is_example": who.who_id == EXAMPLE,
        "language": lang,
        "draft": draft,
        "plain": previews.plain(draft, lang),
        "warnings": _warnings(letter, found),
    }


def _warnings(letter: GroupLetter, found: Found) -> Warnings:
    readers = Counter(one.language for one in found.members)
    gaps = [lang for lang in LOCALES if not (letter.subject.texts.get(lang) and letter.text.texts.get(lang))]
    stale = [lang for lang in LOCALES if "stale" in {letter.subject.freshness(lang), letter.text.freshness(lang)}]
    return Warnings(Counter({lang: readers[lang] for lang in gaps if readers[lang] or not found.members}), stale)


def _id_of(written: str) -> UUID | None:
    try:
        return UUID(written)
    except ValueError:
        return None
