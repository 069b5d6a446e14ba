"""What administrators say of a robot."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _
from wtforms import PasswordField, RadioField, StringField
from wtforms.validators import InputRequired, Length

from eventhub.foundation.forms import EditForm, TickList, choices, tidy
from eventhub.foundation.i18n import LOCALES, language

from . import words
from .models import Robot
from .services import RobotPlan


class RobotForm(EditForm):
    """A robot: address and secret are never shown again, and kept where their fields stay empty."""

    name = StringField(_("Name of the group"), [InputRequired(), Length(max=80)], filters=[tidy])
    kind = RadioField(_("Chat"), [InputRequired()], choices=choices(words.KINDS), default="wecom")
    address = PasswordField(_("Address (webhook)"), [Length(max=2000)])
    secret = PasswordField(_("Secret for signatures"), [Length(max=500)])
    language = RadioField(_("Language"), [InputRequired()], choices=choices(LOCALES), default=language)
    occasions = TickList(_("What it tells"), choices=choices(words.OCCASIONS), default=["published", "released"])

    def __init__(self, robot: Robot | None = None, **options: Any) -> None:
        if robot:
            told = ("name", "kind", "language", "occasions")
            options["data"] = {name: getattr(robot, name) for name in told}
        super().__init__(**options)

    @property
    def plan(self) -> RobotPlan:
        """What was said."""
        return RobotPlan(
            self.name.data or "",
            self.kind.data,
            self.language.data,
            self.occasions.data or [],
            (self.address.data or "").strip(),
            (self.secret.data or "").strip(),
        )


class NewRobotForm(RobotForm):
    """A robot that is not there yet: without an address it could say nothing."""

    address = PasswordField(_("Address (webhook)"), [InputRequired(), Length(max=2000)])
