"""What visitors want to see of a programme."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from flask_babel import lazy_gettext as _l
from wtforms import Form, SelectField

from eventhub.foundation.forms import choices
from eventhub.foundation.i18n import LOCALES, language

from .public import PublicSession, PublicState

LANGUAGES = {"en": _l("English"), "zh": _l("Chinese")}


@dataclass(frozen=True, slots=True)
class Wish:
    """A choice among the sessions: those of a track, in a language, or with somebody who speaks from afar."""

    track: str = ""
    language: str = ""
    is_remote: bool = False

    def picks(self, session: PublicSession) -> bool:
        """Whether the session is wanted; one that is interpreted into a language can be followed in it."""
        if self.track and (session.track is None or session.track.slug != self.track):
            return False
        if self.language and self.language not in (session.language, *session.interpretation):
            return False
        return session.has_remote or not self.is_remote

    def of(self, sessions: Iterable[PublicSession]) -> tuple[PublicSession, ...]:
        """The wanted ones among the sessions."""
        return tuple(session for session in sessions if self.picks(session))


EVERYTHING = Wish()


class ProgrammeForm(Form):
    """Filters of a programme, as its address carries them; only those that tell its sessions apart are offered."""

    track = SelectField(_l("Track"))
    language = SelectField(_l("Language"), choices=choices({"": _l("All languages")} | LANGUAGES))
    remote = SelectField(
        _l("How speakers take part"), choices=choices({"": _l("All sessions"), "1": _l("With remote speakers")})
    )

    def offer(self, state: PublicState) -> None:
        """Fill the list of tracks, and leave out what would make no difference."""
        self.track.choices = choices({"": _l("All tracks"), **{t.slug: t.name.in_(language()) for t in state.tracks}})
        languages = {code for s in state.sessions for code in (s.language, *s.interpretation) if code}
        if not state.tracks:
            del self.track
        if len(languages & LOCALES.keys()) < 2:
            del self.language
        if not any(session.has_remote for session in state.sessions):
            del self.remote

    def wish(self) -> Wish:
        """What is wanted; a value that is no choice changes nothing."""
        chosen = {
            field.name: field.data
            for field in self
            if isinstance(field, SelectField) and field.data in {value for value, *_ in field.iter_choices()}
        }
        return Wish(chosen.get("track", ""), chosen.get("language", ""), chosen.get("remote") == "1")
