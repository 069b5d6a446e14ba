"""What is asked of somebody who registers for a series.

An event's questions are asked in a second step on the same page, once it is chosen: whoever takes two of sixty webinars
answers for those two alone, everything is typed once, and all of it is kept, or refused, in one go. Only an event whose
questions were on the page can be refused for want of an answer.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import fields
from types import MappingProxyType
from typing import Any, ClassVar
from uuid import UUID

from flask_babel import lazy_gettext as _
from flask_babel import ngettext
from flask_wtf import FlaskForm
from wtforms import BooleanField, HiddenField, RadioField, StringField
from wtforms.validators import DataRequired, InputRequired

from eventhub.events.models import Event
from eventhub.foundation.forms import EditForm, InOurWords, TickList, ZoneField, choices
from eventhub.foundation.i18n import language
from eventhub.people.forms import AddressField
from eventhub.registrations.agreements import Agreement, Description, Details
from eventhub.registrations.consents.fields import SendingAbroad, with_transfers
from eventhub.registrations.consents.queries import Ask
from eventhub.registrations.forms import BLANK, POOL_MISSING, DescriptionFields, offered
from eventhub.registrations.questions import fields as question_fields
from eventhub.registrations.questions.fields import Asked, Counts
from eventhub.registrations.questions.models import Question

from .models import SeriesRegistration
from .queries import Choice
from .services import WORDING, Wish

ALL, SOME = "all", "some"


def pool_field(event: Event) -> str:
    """The name of the field in which the pool at an event is chosen."""
    return f"pool-{event.id.hex}"


class SeriesForm(DescriptionFields, Asked, SendingAbroad, FlaskForm):
    """A registration for a series. Nothing is ticked before somebody ticks it."""

    Meta = InOurWords
    among: ClassVar[Sequence[Choice]] = ()

    extent = RadioField(_("What would you like to take part in?"), [DataRequired(message=_("Please choose."))])
    events = TickList(_("Events"), validate_choice=False)
    asked_for = HiddenField()
    address = AddressField(
        validators=[InputRequired(message=_("Please write your e-mail address: our letters go there."))],
        render_kw={"autocomplete": "email"},
    )
    consent = BooleanField(
        _(
            "I agree that the organisers of the events I choose use what I write here to prepare and run them, "
            "and to write to me about them."
        ),
        [InputRequired(message=_("Without your agreement nothing can be kept, and nobody be registered."))],
    )
    # People do not see this field; programs that fill in every field do.
    homepage = StringField(_("Please leave this empty"), render_kw={"autocomplete": "off", "tabindex": "-1"})

    @classmethod
    def over(
        cls,
        among: Sequence[Choice],
        questions: Iterable[Question],
        counted: Counts,
        known: Mapping[str, str],
        transfers: Mapping[UUID, Ask] = MappingProxyType({}),
    ) -> SeriesForm:
        """The form for what is open, with what the chosen events ask, and what is known of its reader."""
        several = {pool_field(one.event): _pools(one) for one in among if len(one.seats) > 1}
        form_class: Any = type(cls.__name__, (cls,), {**several, "among": among})
        form_class = with_transfers(question_fields.with_questions(form_class, questions, counted), transfers)
        form: SeriesForm = form_class(data={**BLANK, "language": language(), **known})
        # Who ticks some events has said enough.
        form.extent.data = form.extent.data or (SOME if form.events.data else None)
        number = len(among)
        whole = ngettext("The whole series: the event that is open now", "The whole series: all %(num)s events that "
                         "are open now", number)  # fmt: skip
        form.extent.choices = choices({ALL: whole, SOME: _("Only the events that I tick below")})
        form.events.choices = choices({str(one.event.id): one.event.title.in_(language()) for one in among})
        return form

    @property
    def chosen(self) -> list[Choice]:
        """What was chosen of what is open."""
        if self.extent.data == ALL:
            return list(self.among)
        ticked = set(self.events.data or ()) if self.extent.data == SOME else set()
        return [one for one in self.among if str(one.event.id) in ticked]

    def validate(self, extra_validators: Any = None) -> bool:
        """Whether all is as it must be; a pool has to be chosen only where the event is."""
        is_good = bool(super().validate(extra_validators))
        if self.extent.data == SOME and not self.chosen:
            self.events.errors = [*self.events.errors, str(_("Please tick at least one event."))]
            is_good = False
        for one in self.chosen:
            field = self.pool_of(one.event)
            if field is not None and not field.data:
                field.errors = [str(POOL_MISSING)]
        is_good &= self.blame_transfers((one.event.id for one in self.chosen), self.country.data)
        return is_good and not self.errors

    def spare(self, questions: Collection[Question]) -> None:
        """Blame nobody for questions that they see now for the first time."""
        for question in questions:
            self[question.field_name].errors = []

    def pool_of(self, event: Event) -> Any:
        """The field in which the pool at an event is chosen, where there are several."""
        return self._fields.get(pool_field(event))

    def questions_of(self, event: Event) -> list[tuple[Question, Any]]:
        """The questions of one event with their fields."""
        return [(question, field) for question, field in self.question_fields if question.event_id == event.id]

    @property
    def has_seen(self) -> set[str]:
        """The events whose questions were on the page that was sent."""
        return set((self.asked_for.data or "").split())

    @property
    def wishes(self) -> list[Wish]:
        """The events that were chosen, each with its pool."""
        return [
            Wish(one.event.id, field.data if (field := self.pool_of(one.event)) is not None else one.seats[0].pool.key)
            for one in self.chosen
        ]

    @property
    def wants_all(self) -> bool:
        """Whether what is added later is wanted too."""
        return bool(self.extent.data == ALL)

    def details(self, answers: Mapping[UUID, Any]) -> Details:
        """What was said and agreed to."""
        agreement = Agreement(purpose="event", wording=WORDING, language=language())
        agreements = [agreement, *self.agreed_transfers()]
        return Details(**self.described(), address=self.address.data, agreements=agreements, answers=answers)

    def blame(self, field_name: str, message: str) -> None:
        """Show a refusal beside the field that it is about, or above the form."""
        field = self._fields.get(field_name)
        if field is None:
            self.form_errors.append(message)
        else:
            field.errors = [*field.errors, message]


def _pools(choice: Choice) -> RadioField:
    return RadioField(
        _("How do you take part?"), choices=choices(offered(choice.seats)), validate_choice=False, default=None
    )


class SeriesDescriptionForm(DescriptionFields, EditForm):
    """How somebody describes themself for all their events, and whether they want to hear of more."""

    zone = ZoneField(_("Time zone"), nothing=_("That of my country"))
    wants_all = BooleanField(_("Ask me by letter when events are added to the series"))

    @classmethod
    def of(cls, registration: SeriesRegistration, **options: Any) -> SeriesDescriptionForm:
        """The form over what the registration says now."""
        data = {field.name: getattr(registration, field.name) or "" for field in fields(Description)}
        return cls(data={**data, "wants_all": registration.wants_all, "zone": registration.zone or ""}, **options)

    @property
    def description(self) -> Description:
        """What was said."""
        return Description(**self.described())


class TakeForm(Asked, SendingAbroad, EditForm):
    """One more event of the series: the pool, and what is asked of those who register for it."""

    pool = RadioField(_("How do you take part?"), [InputRequired(message=POOL_MISSING)])
    person_country: str | None = None

    @classmethod
    def over(
        cls,
        choice: Choice,
        questions: Iterable[Question],
        counted: Counts,
        transfers: Mapping[UUID, Ask],
        country: str | None,
    ) -> TakeForm:
        """The form for an event that is open, to somebody of a country."""
        pools = offered(choice.seats)
        form_class = with_transfers(question_fields.with_questions(cls, questions, counted), transfers)
        form: TakeForm = form_class(data={"pool": next(iter(pools)) if len(pools) == 1 else None})
        form.pool.choices = choices(pools)
        form.person_country = country
        return form

    @property
    def dialled_in(self) -> str:
        """The country whose telephone numbers need no code here: theirs, as they told it once for the whole series."""
        return self.person_country or ""

    def validate(self, extra_validators: Any = None) -> bool:
        """Whether all is as it must be, what the law of the person's country asks for too."""
        is_good = bool(super().validate(extra_validators))
        return self.blame_transfers(self.transfers, self.person_country) and is_good
