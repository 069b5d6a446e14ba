"""What a contact fills in to register a delegation: themself, and a row for each of the others."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from flask import request
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, FormField, RadioField, SelectField, StringField
from wtforms.validators import DataRequired, InputRequired, Length, Optional

from eventhub.foundation.errors import Invalid
from eventhub.foundation.focus import focus
from eventhub.foundation.forms import CountryField, RowForm, RowList, choices, line, passage, rows_of, tidy
from eventhub.foundation.i18n import LOCALES, language
from eventhub.people.forms import AddressField

from . import guest_lists
from .agreements import Agreement, Details
from .consents.fields import SendingAbroad, with_transfers
from .consents.queries import Ask
from .delegations import MOST, Member
from .forms import POOL_MISSING, RegisterForm, TypeField, offered
from .models import Pool
from .queries import Seats
from .questions import fields as question_fields
from .questions.fields import Asked, Counts
from .questions.models import Question

# What the words by which a contact speaks for others are known by; other words are another version.
DECLARATION = "2026-11"
ABSENT = "absent"
ROWS = 3


class DelegateRow(Asked, RowForm):
    """One of the delegation. What is left empty of the folded part is as the contact's."""

    told_by = ("name", "address", "organisation")
    contact_country = ""

    name = StringField(
        _l("Name"),
        [
            DataRequired(message=_l("Please write a name or a pseudonym.")),
            Length(max=200, message=_l("This name is too long. Please shorten it to %(most)s characters.", most=200)),
        ],
        filters=[tidy],
        render_kw={"autocomplete": "off"},
    )
    address = AddressField(validators=[Optional()], render_kw={"autocomplete": "off"})
    pool = SelectField(_l("Takes part"))
    organisation = line(_l("Their organisation"))
    stakeholder_type = TypeField(_l("Type of organisation"), nothing=_l("As above"))
    country = CountryField(_l("Country or region"))
    language = SelectField(_l("Language of letters"))
    remove = BooleanField(_l("Remove"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        same = {"": _l("As above")}
        self.language.choices = choices({**same, **LOCALES})
        self.pool.choices = choices(same)
        self.country.nothing = _l("As above")
        # Of a row without a name nothing is wanted, so that no empty one may look as if it were.
        for field in self:
            field.flags.with_name = bool(field.flags.required) and field is not self.name
            field.flags.required = False
        self.name.flags.depends = True

    def validate(self, *args: Any, **kwargs: Any) -> bool:
        """Nothing is asked of a row that says nothing."""
        return self.is_blank() or super().validate(*args, **kwargs)

    @property
    def dialled_in(self) -> str:
        """The country whose telephone numbers need no code here: their own, or that of the contact."""
        return self.country.data or self.contact_country

    @property
    def has_own(self) -> bool:
        """Whether something in the folded part is said, or wrong."""
        folded = (self.organisation, self.stakeholder_type, self.country, self.language, self.pool)
        return any(field.data or field.errors for field in folded)

    def member(self, contact: Details, pool_key: str, agreed: Sequence[Agreement]) -> Member:
        """Who is meant; for somebody without an address the contact has agreed, anybody else does so themself."""
        details = Details(
            name=self.name.data or "",
            address=self.address.data or None,
            organisation=self.organisation.data or contact.organisation,
            stakeholder_type=self.stakeholder_type.data or contact.stakeholder_type,
            country=self.country.data or contact.country,
            language=self.language.data or contact.language,
            agreements=[] if self.address.data else agreed,
            answers={one.id: self.given(one, field) for one, field in self.question_fields},
        )
        return Member(details, self.pool.data or pool_key)


class DelegationForm(SendingAbroad, RegisterForm):
    """The contact, the others, and that they know of it."""

    pool = RadioField(_l("How do they take part?"), [InputRequired(message=POOL_MISSING)])
    own_pool = RadioField(_l("Do you take part yourself?"), [InputRequired(message=_l("Please choose one answer."))])
    rows: RowList
    paste = passage(_l("Or paste a list"), 20_000)
    declares = BooleanField(
        _l("Those whom I name here know of it, and agree that I register them and that the organisers write to them."),
        [InputRequired(message=_l("Please ask them first: nobody is registered without knowing of it."))],
    )

    @classmethod
    def delegating(
        cls, questions: Sequence[Question], counted: Counts, transfers: Mapping[UUID, Ask]
    ) -> type[DelegationForm]:
        """The form of an event that asks these questions: all of the contact, and of the others what they must say."""
        row = question_fields.with_questions(DelegateRow, questions, counted, fields_for=_needed(questions))
        rows = RowList(FormField(row), min_entries=ROWS, max_entries=MOST)
        form_class = with_transfers(question_fields.with_questions(cls, questions, counted), transfers)
        return type("DelegationForm", (form_class,), {"rows": rows})

    @classmethod
    def for_pools(cls, seats: Sequence[Seats], known: Mapping[str, str]) -> DelegationForm:
        """The form for the pools of an event, with what is known of its reader."""
        pools = offered(seats)
        only = next(iter(pools)) if len(pools) == 1 else None
        form = cls(data={"stakeholder_type": "", "country": "", "language": language(), **known, "pool": only})
        form.knows_clock = bool(known.get("zone"))
        form.pool.choices = choices(pools)
        form.own_pool.choices = choices({**pools, ABSENT: _l("No, I only register the others")})
        del form.meanwhile
        del form.companions
        for entry in form.rows:
            entry.form.pool.choices = choices({"": _l("As above"), **pools})
        return form

    def validate(self, *args: Any, **kwargs: Any) -> bool:
        """Whether all is as it must be, what the law of anybody's country asks for too."""
        for entry in self.rows:
            entry.form.contact_country = self.country.data or ""
        is_good = bool(super().validate(*args, **kwargs))
        countries = [row.country.data for row in rows_of(self.rows)]
        return self.blame_transfers(self.transfers, self.country.data, *countries) and is_good

    def applies(self, question: Question) -> bool:
        """Whoever does not take part is asked nothing."""
        return self.own_pool.data not in {None, ABSENT} and super().applies(question)

    @property
    def own_key(self) -> str:
        """The key of the pool in which the contact takes part; nothing where they do not."""
        return "" if self.own_pool.data == ABSENT else self.own_pool.data or ""

    @property
    def contact(self) -> Details:
        """What the contact said of themself and agreed to."""
        declared = Agreement(purpose="delegation", wording=DECLARATION, language=language())
        details = self.details
        return replace(details, agreements=[*details.agreements, declared, *self.agreed_transfers()])

    def contact_with(self, answers: Mapping[UUID, Any]) -> Details:
        """The same with their answers, where they take part."""
        return replace(self.contact, answers=answers if self.own_key else {})

    def members(self) -> list[Member]:
        """The others."""
        contact = self.contact
        agreed = self.agreed_transfers()
        return [row.member(contact, self.pool.data, agreed) for row in rows_of(self.rows)]

    def wants_rows(self, pools: Iterable[Pool]) -> bool:
        """Whether a button asked for more rows, empty or from a list; they are there then, and nothing else is done."""
        if "paste_rows" in request.form:
            self._take_list()
            focus(self.rows[0])
        elif "add_row" in request.form:
            self._add({})
            focus(self.rows[-1])
        else:
            return False
        named = offered([Seats(pool, 0, 0) for pool in pools])
        for entry in self.rows:
            entry.form.pool.choices = choices({"": _l("As above"), **named})
        return True

    def _take_list(self) -> None:
        guests = guest_lists.read(self.paste.data or "", self.language.data or language())
        blank = [entry for entry in self.rows if entry.form.is_blank() and not entry.form.remove.data]
        left = []
        for guest in guests:
            values = {"name": guest.name, "address": guest.address, "organisation": guest.organisation}
            # A list has no column for the language unless somebody writes one: then it is theirs.
            values["language"] = guest.language if guest.language != self.language.data else ""
            if blank:
                row = blank.pop(0).form
                for name, value in values.items():
                    row[name].process_data(value)
            elif not self._add(values):
                left.append(guest)
        lines = (self.paste.data or "").splitlines()
        self.paste.process_data("\n".join(lines[guest.line - 1] for guest in left))
        if left:
            self.paste.errors = [gettext("%(most)s people at most at once.", most=MOST)]

    def _add(self, values: Mapping[str, Any]) -> bool:
        if len(self.rows) >= MOST:
            return False
        self.rows.append_entry(dict(values))
        return True

    def blame_rows(self, refused: Mapping[int | None, Invalid]) -> None:
        """Show what cannot be beside the person whom it is about, and above the form, as what it refuses by itself."""
        rows = rows_of(self.rows)
        for number, refusal in refused.items():
            form = self if number is None else rows[number]
            field = form._fields.get(refusal.field)
            if field is None or field.type == "RowList":
                form.form_errors.append(refusal.message)
            else:
                field.errors = [*field.errors, refusal.message]
        # A list takes up what is wrong in its rows when it validates them, and does not look again by itself.
        self.rows.errors = [entry.errors for entry in self.rows]


def _needed(questions: Sequence[Question]) -> list[Question]:
    """What a contact answers for others: what must be answered, and what that depends on; no file, and no consent."""
    by_id: dict[UUID, Question] = {one.id: one for one in questions if one.kind not in {"file", "consent"}}
    wanted: set[UUID] = set()
    for question in questions:
        one = question if question.is_required and question.id in by_id else None
        while one is not None and one.id not in wanted:
            wanted.add(one.id)
            one = by_id.get(one.condition_id) if one.condition_id else None
    return [one for one in questions if one.id in wanted]
