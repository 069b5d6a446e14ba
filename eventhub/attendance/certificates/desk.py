"""The organisers' page for certificates: what they say, who has earned one, and those that were issued."""

from __future__ import annotations

from uuid import UUID

from flask import Response, flash, g, render_template, request, url_for
from flask_babel import force_locale, gettext, ngettext

from eventhub.accounts import sessions
from eventhub.attendance import policy
from eventhub.attendance.papers.desk import Answer, bp
from eventhub.attendance.papers.services import check_number
from eventhub.events.models import Event
from eventhub.events.rooms import event_room
from eventhub.foundation import clock
from eventhub.foundation.documents import as_answer
from eventhub.foundation.errors import Conflict, NotFound
from eventhub.foundation.i18n import LOCALES, spaced
from eventhub.foundation.web import see_other

from . import papers, queries, services, texts
from .forms import PlanForm
from .models import KINDS, CertificatePlan


@bp.route("/certificates/", methods=["GET", "POST"])
@event_room(policy.may_issue_certificates)
def certificates(event: Event) -> Answer:
    """Certificates of the event; a form says what stands on them."""
    plan = queries.find_plan(event)
    form = PlanForm(plan)

    def save() -> None:
        services.change_plan(g.actor, event.id, form.plan, form.version.data)

    def reread() -> tuple[PlanForm, int]:
        newer = queries.find_plan(event)
        return PlanForm(newer, formdata=None), newer.version if newer else 1

    if not form.is_submitted():
        form.begin(plan.version if plan else 1)
    elif form.validate() and form.carried_out(save, reread):
        flash(gettext("Saved."), "success")
        return see_other(".certificates", slug=event.slug)
    issued = queries.list_certificates(event)
    have = {one.whose_id for one in issued}
    good = {one.whose_id for one in issued if one.revoked_at is None}
    usual = CertificatePlan(least_sessions=0, least_share=0)
    earned = [one.registration.id for one in queries.list_earned(event, plan or usual)]
    spoke = [speaker.id for speaker, _ in queries.list_speakers(event)]
    return render_template(
        "attendance/desk_certificates.html",
        event=event,
        form=form,
        issued=issued,
        good=good,
        name_today=services.name_today,
        walk_ins=queries.list_walk_ins(event),
        earned=len(earned),
        spoke=len(spoke),
        to_issue=sum(1 for one in (*earned, *spoke) if one not in have),
        usual=_usual(),
        places=" ".join(f"{{{place}}}" for place in texts.PLACEHOLDERS),
    ), form.status


@bp.post("/certificates/issue/")
@event_room(policy.may_issue_certificates)
def issue(event: Event) -> Answer:
    """Issue a certificate to everybody who has earned one."""
    try:
        number = services.issue_certificates(g.actor, event.id)
    except Conflict as refusal:
        flash(refusal.message, "attention")
    else:
        text = ngettext("One certificate is issued.", "%(num)s certificates are issued.", number)
        flash(text if number else gettext("Everybody who has earned a certificate has one."), "success")
    return see_other(".certificates", slug=event.slug)


@bp.post("/certificates/walk-ins/")
@event_room(policy.may_issue_certificates)
def issue_to_walk_in(event: Event) -> Answer:
    """Issue a certificate to somebody who came without a registration."""
    chosen = next((one for one in queries.list_walk_ins(event) if str(one.id) == request.form.get("walk_in")), None)
    if chosen is None:
        flash(gettext("Choose one from the list."), "attention")
        return see_other(".certificates", slug=event.slug)
    try:
        services.issue_to_walk_in(g.actor, event.id, chosen.id)
        flash(gettext("One certificate is issued. No letter tells of it: please print it, or send it on."), "success")
    except Conflict as refusal:
        flash(refusal.message, "attention")
    return see_other(".certificates", slug=event.slug)


@bp.post("/certificates/<uuid:certificate_id>/print/")
@event_room(policy.may_issue_certificates)
def print_certificate(event: Event, certificate_id: UUID) -> Answer:
    """One certificate as a PDF."""
    certificate = queries.get_certificate(event, certificate_id)
    if certificate.revoked_at is not None:
        raise NotFound
    event_id, slug, values = event.id, event.slug, papers.values_of(event, [certificate])
    response: Response = as_answer(papers.TEMPLATE, values, certificate.created_at, f"{slug}-certificate")
    services.note_printed(g.actor, event_id, 1)
    return response


@bp.post("/certificates/<uuid:certificate_id>/reissue/")
@event_room(policy.may_issue_certificates)
def reissue(event: Event, certificate_id: UUID) -> Answer:
    """Issue a certificate anew, and revoke the old one."""
    try:
        name = services.reissue_certificate(g.actor, queries.get_certificate(event, certificate_id).id).name
        text = gettext("%(name)s has a new certificate, and the old one is revoked. No letter tells of it.", name=name)
        flash(spaced(text, name), "success")
    except Conflict as refusal:
        flash(refusal.message, "attention")
    return see_other(".certificates", slug=event.slug)


@bp.post("/certificates/<uuid:certificate_id>/revoke/")
@event_room(policy.may_issue_certificates)
def revoke(event: Event, certificate_id: UUID) -> Answer:
    """Let a certificate be good no more."""
    name = services.revoke_certificate(g.actor, queries.get_certificate(event, certificate_id).id).name
    flash(spaced(gettext("The certificate of %(name)s is revoked.", name=name), name), "success")
    return see_other(".certificates", slug=event.slug)


@bp.post("/certificates/print/")
@event_room(policy.may_issue_certificates)
def print_certificates(event: Event) -> Answer:
    """All certificates that are good, as one PDF."""
    found = queries.list_certificates(event, only_valid=True)
    try:
        check_number(len(found), papers.MOST)
    except Conflict as refusal:
        flash(refusal.message, "attention")
        return see_other(".certificates", slug=event.slug)
    if asking := sessions.make_sure_first(len(found), url_for(".certificates", slug=event.slug)):
        return asking
    event_id, slug, values = event.id, event.slug, papers.values_of(event, found)
    response: Response = as_answer(papers.TEMPLATE, values, clock.now(), f"{slug}-certificates")
    services.note_printed(g.actor, event_id, len(values["certificates"]))
    return response


def _usual() -> dict[str, dict[str, str]]:
    """What stands where nothing is written, by kind and language."""
    found: dict[str, dict[str, str]] = {}
    for kind in KINDS:
        for lang in LOCALES:
            with force_locale(lang):
                found.setdefault(kind, {})[lang] = texts.usual_text(kind)
    return found
