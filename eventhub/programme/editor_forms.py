"""What the editor asks without its grid: another place for a session, and by how much what follows is shifted."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from flask_babel import lazy_gettext as _l
from wtforms import IntegerField, SelectField
from wtforms.validators import InputRequired, NumberRange

from eventhub.foundation import clock
from eventhub.foundation.forms import EditForm, choices
from eventhub.foundation.hours import WallClockField

from .editor import FARTHEST, Placement
from .forms import named
from .models import ProgrammeSession, Room

SCOPES = {
    "room": _l("This and all that follow in its room"),
    "day": _l("This and all that follow on its day, in every room"),
}
MINUTES = FARTHEST // timedelta(minutes=1)


class PlaceForm(EditForm):
    """Hours and a room for a session; without hours it waits in the tray."""

    starts = WallClockField(_l("Start"))
    ends = WallClockField(_l("End"), day_of="starts")
    room_id = SelectField(_l("Room"))

    def offer(self, rooms: Sequence[Room]) -> None:
        """Fill the list of rooms to choose from."""
        self.room_id.choices = named(rooms)

    def placement(self, session: ProgrammeSession) -> Placement:
        """What the form says; a session whose end is not said, or left as it was, stays as long as it was."""
        starts, ends = self.starts.data, self.ends.data
        is_moved = not clock.is_same(starts, session.starts)
        if starts and (not ends or (clock.is_same(ends, session.ends) and is_moved)):
            ends = clock.later(starts, session.length, self.zone_of_hours())
        return Placement(
            starts, ends, UUID(self.room_id.data) if self.room_id.data else None, version=self.version.data
        )


class ShiftForm(EditForm):
    """By how many minutes a session and what follows it are shifted."""

    minutes = IntegerField(
        _l("Minutes"),
        [
            InputRequired(_l("Write a number of minutes up to a day, such as 15 or -10.")),
            NumberRange(-MINUTES, MINUTES, _l("Write a number of minutes up to a day, such as 15 or -10.")),
        ],
    )
    scope = SelectField(_l("What is shifted"), choices=choices(SCOPES))
