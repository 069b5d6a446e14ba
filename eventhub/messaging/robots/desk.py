"""The room of an organisation in which it has robots speak in its chats."""

from __future__ import annotations

from uuid import UUID

from flask import flash, g, render_template
from flask_babel import gettext
from werkzeug.wrappers import Response

from eventhub.foundation.errors import Conflict
from eventhub.foundation.web import page_number, see_other
from eventhub.organisations import policy
from eventhub.organisations.desk import Answer, bp, organisation_room
from eventhub.organisations.models import Organisation

from . import queries, services, words
from .forms import NewRobotForm, RobotForm
from .models import Robot


@bp.route("/<slug>/robots/", methods=["GET", "POST"])
@organisation_room(policy.may_administer)
def robots(organisation: Organisation) -> Answer:
    """The organisation's robots, and a new one."""
    form = NewRobotForm()

    def save() -> None:
        try:
            robot = services.add_robot(g.actor, organisation.id, form.plan)
        except Conflict as error:
            form.form_errors.append(error.message)
            return
        services.order_test(g.actor, organisation.id, robot.id)

    if form.validate_on_submit() and form.carried_out(save) and not form.form_errors:
        flash(
            gettext("The robot is there, and a test message is on its way. Its log tells whether it was taken."),
            "success",
        )
        return see_other(".robots", slug=organisation.slug)
    return render_template(
        "messaging/organisation_robots.html",
        organisation=organisation,
        robots=queries.list_robots(organisation.id),
        form=form,
        words=words,
    ), form.status


@bp.route("/<slug>/robots/<uuid:robot_id>/", methods=["GET", "POST"])
@organisation_room(policy.may_administer)
def robot(organisation: Organisation, robot_id: UUID) -> Answer:
    """What a robot tells, where it stands, and its log."""
    row = queries.get_robot(organisation.id, robot_id)
    form = RobotForm(row)

    def save() -> None:
        services.change_robot(g.actor, organisation.id, row.id, form.plan, form.version.data)

    def reread() -> tuple[RobotForm, int]:
        newer = queries.get_robot(organisation.id, robot_id)
        return RobotForm(newer, formdata=None), newer.version

    if not form.is_submitted():
        form.begin(row.version)
    elif form.validate() and form.carried_out(save, reread):
        flash(gettext("Saved."), "success")
        return see_other(".robot", slug=organisation.slug, robot_id=row.id)
    return _page(organisation, row, form), form.status


def _page(organisation: Organisation, row: Robot, form: RobotForm) -> str:
    return render_template(
        "messaging/organisation_robot.html",
        organisation=organisation,
        robot=row,
        deliveries=queries.deliveries(row, page_number()),
        form=form,
        words=words,
    )


@bp.post("/<slug>/robots/<uuid:robot_id>/test/")
@organisation_room(policy.may_administer)
def test_robot(organisation: Organisation, robot_id: UUID) -> Response:
    """Have the robot say a word."""
    try:
        services.order_test(g.actor, organisation.id, robot_id)
    except Conflict as error:
        flash(error.message, "attention")
    else:
        flash(gettext("A test message is on its way."), "info")
    return see_other(".robot", slug=organisation.slug, robot_id=robot_id)


@bp.post("/<slug>/robots/<uuid:robot_id>/resume/")
@organisation_room(policy.may_administer)
def resume_robot(organisation: Organisation, robot_id: UUID) -> Response:
    """Have a robot that was paused speak again."""
    services.resume_robot(g.actor, organisation.id, robot_id)
    flash(gettext("The robot speaks again."), "success")
    return see_other(".robot", slug=organisation.slug, robot_id=robot_id)


@bp.post("/<slug>/robots/<uuid:robot_id>/remove/")
@organisation_room(policy.may_administer)
def remove_robot(organisation: Organisation, robot_id: UUID) -> Response:
    """Have the robot gone."""
    services.remove_robot(g.actor, organisation.id, robot_id)
    flash(gettext("The robot is gone, with its address and its log."), "success")
    return see_other(".robots", slug=organisation.slug)
