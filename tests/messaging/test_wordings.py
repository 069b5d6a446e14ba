"""The words of letters: whose they are, what stands in them, and what stays whatever they say."""

from __future__ import annotations

import email
import re
from datetime import timedelta
from email import policy
from email.message import EmailMessage

import pytest
import sqlalchemy as sa
from flask_babel import force_locale

from eventhub.events import services as event_services
from eventhub.events.models import Event
from eventhub.foundation import clock
from eventhub.foundation.actor import SYSTEM
from eventhub.foundation.db import db
from eventhub.foundation.errors import Conflict, Forbidden, Invalid, NotFound
from eventhub.foundation.i18n import EMPTY, Translated, writing_in
from eventhub.foundation.web import settings
from eventhub.messaging import letters as drawing
from eventhub.messaging import mail, samples
from eventhub.messaging.examples import EXAMPLE
from eventhub.messaging.models import Letter
from eventhub.messaging.placeholders import Prose, fill_line
from eventhub.messaging.wordings import queries, services
from eventhub.messaging.wordings.models import Wording
from eventhub.messaging.wordings.occasions import OCCASIONS, readers_of
from eventhub.organisations.models import Organisation
from eventhub.people.models import Person
from eventhub.people.names import Names
from eventhub.programme import releases
from eventhub.programme import services as programme
from eventhub.programme.models import SessionRole, Speaker
from eventhub.programme.plans import SpeakerPlan
from eventhub.registrations.models import EventInvitation, Pool, Registration
from eventhub.registrations.series.models import SeriesRegistration
from tests.conftest import both, on_sqlite, organisation_of
from tests.queries import count_queries

from .conftest import html, plain


def say(event, occasion: str, subject: Translated = EMPTY, text: Translated = EMPTY) -> None:
    """Give a letter other words, as an organiser of the event does."""
    services.save_wording(SYSTEM, event, occasion, subject, text)


def test_own_words_stand_in_place_of_ours_and_facts_and_link_stay(make_event, register, letters):
    event = make_event(in_person=5)
    say(
        event,
        "confirmed",
        both("Welcome, {name}", "欢迎，{name}"),
        both("We **look forward** to {event}.", "期待{event}。"),
    )
    register(event, "Amina"), register(event, "王芳", language="zh")
    english, chinese = sorted(letters(), key=lambda one: one["Content-Language"])
    assert english["Subject"] == "Welcome, Amina"
    assert "We look forward to Workshop" in plain(english)
    assert "<strong>look forward</strong>" in html(english)
    assert "confirmed: you take part" not in plain(english)
    assert chinese["Subject"] == "欢迎，王芳"
    for fact in ("Conference Hotel", "Beijing time", "/en/registrations/", "09:00"):
        assert fact in plain(english)
    assert re.search(r"(Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day", plain(english))


@pytest.mark.parametrize("occasion", ["confirmed", "speaker_invited"])
@on_sqlite
def test_some_readers_take_as_many_questions_as_one(make_event, register, make_person, save, occasion):
    event, asked = make_event(in_person=9), []
    for number in (1, 3):
        for _ in range(number):
            register(event)
            save(Speaker(event_id=event.id, person_id=make_person().id))
        event_id = event.id
        db.session.remove()
        event = db.session.get(Event, event_id)
        with count_queries() as counted:
            assert queries.list_readers(event, occasion)
        asked.append(len(counted))
    assert asked[0] == asked[1]


@on_sqlite
@pytest.mark.parametrize("occasion", ["confirmed", "guest_invited", "speaker_invited", "series_registered"])
def test_a_test_letter_is_written_as_to_nobody_of_another_event(
    make_event, make_member, make_person, register, save, letters, occasion
):
    until, found = clock.now() + timedelta(days=5), []
    for name in ("own", "other"):
        member = make_member("administrator")
        organisation = db.session.get(Organisation, organisation_of(member))
        series = event_services.add_series(SYSTEM, organisation.id, both("Webinars"), slug=name)
        event = make_event(organisation=organisation, series_id=series.id, in_person=5)
        pool = db.session.scalar(sa.select(Pool).where(Pool.event_id == event.id, Pool.mode == "in_person"))
        typed = {"name": "Reader", "address": "reader@example.org", "typed_address": "reader@example.org"}
        its_reader = {
            "registrants": lambda event, *_: register(event),
            "guests": lambda event, pool, typed, _: save(
                EventInvitation(event_id=event.id, pool_id=pool.id, language="en", answer_by=until, **typed)
            ),
            "speakers": lambda event, *_: save(Speaker(event_id=event.id, person_id=make_person().id)),
            "series": lambda _, __, typed, series: save(
                SeriesRegistration(series_id=series.id, language="en", **typed)
            ),
        }[readers_of(occasion)](event, pool, typed, series)
        found.append((member, organisation if readers_of(occasion) == "series" else event, its_reader.id))
    letters()
    (member, scope, own_id), (_, _, other_id) = found
    for who_id in (other_id, EXAMPLE):
        with pytest.raises(NotFound):
            services.send_test(member, scope, occasion, who_id, "en")
    assert letters() == [], "by an id alone nobody learns who somebody is"
    if occasion != "series_registered":  # registered for no event, they have nothing that it could tell of
        assert services.send_test(member, scope, occasion, own_id, "en")
        return
    with pytest.raises(Conflict, match="nothing now that this letter could tell of"):
        services.send_test(member, scope, occasion, own_id, "en")


@on_sqlite
def test_a_test_letter_that_could_not_be_written_is_refused_in_words(make_event, make_member, sign_in, letters):
    event = make_event()
    browser = sign_in(make_member(organisation=event.organisation))
    db.session.execute(sa.delete(Pool).where(Pool.event_id == event.id))
    db.session.commit()
    room = f"/en/organise/events/{event.slug}/messages/words/confirmed/"
    assert f"{room}test/" not in browser.get(room).text
    answer = browser.submit(f"{room}test/", {"who": str(EXAMPLE), "language": "en"}, form_at=room)
    said = "Nothing was sent: there is nothing now that this letter could tell of."
    assert (answer.status_code, said in browser.get(answer.location).text) == (303, True)
    assert letters() == []
    assert not db.session.scalars(sa.select(Letter)).all()


def test_the_event_s_words_before_the_organisation_s_and_ours_where_a_language_has_none(make_event, register, letters):
    event = make_event(in_person=5)
    organisation = db.session.get(Organisation, event.organisation_id)
    services.save_wording(SYSTEM, organisation, "confirmed", both("Theirs", "机构"), Translated.of(en="Of the network"))
    register(event)
    assert "Of the network" in plain(letters()[0])
    say(event, "confirmed", text=Translated.of(en="Of the event"))
    register(event), register(event, language="zh")
    english, chinese = sorted(letters(), key=lambda one: one["Content-Language"])
    assert english["Subject"] == "Theirs"
    assert "Of the event" in plain(english)
    assert chinese["Subject"] == "机构"
    assert "您的报名已确认" in plain(chinese) or "确认" in plain(chinese)
    services.reset_wording(SYSTEM, event, "confirmed")
    services.reset_wording(SYSTEM, event, "confirmed")
    register(event)
    assert "Of the network" in plain(letters()[0])


@pytest.mark.parametrize(
    ("text", "is_greeting"),
    [
        ("Dear {name},\n\nWe look forward to it.", True),
        ("**Dear Professor {name}**:\nWelcome.", True),
        ("尊敬的{name}老师：\n\n欢迎。", True),
        ("{name}，您好！", True),
        ("Welcome, {name}.\n\nWe look forward to it.", False),
        ("Dear {name}, we look forward to it.", False),
        ("We look forward to it.\n\nDear {name},", False),
    ],
)
def test_words_that_greet_are_not_greeted_by_ours_as_well(make_event, register, letters, text, is_greeting):
    event = make_event(in_person=5)
    say(event, "confirmed", text=both(text, text))
    register(event, "Amina")
    letter = letters()[0]
    for part in (plain(letter), html(letter)):
        assert part.count("Amina") == 1 + (not is_greeting)
    assert plain(letter).splitlines()[0]


def test_what_must_be_told_stays_beside_own_words(make_event, register, letters):
    """How somebody stands in the queue, and that an event is off, are no matter of taste."""
    event = make_event(in_person=1)
    for occasion in ("waitlisted", "cancelled"):
        say(event, occasion, both("Hello"), Translated.of(en="Thank you for your patience."))
    register(event), register(event)
    waiting = next(one for one in letters() if one["Subject"] == "Hello")
    assert "You are number 1 on the waitlist" in plain(waiting)
    assert plain(waiting).index("patience") < plain(waiting).index("number 1")


def test_saving_is_kept_with_who_did_it_and_reset_by_empty_words(make_event, make_member, app):
    member = make_member()
    organisation = db.session.get(Organisation, next(iter(member.organisations("organiser"))))
    event = make_event(organisation=organisation)
    services.save_wording(member, event, "promoted", both("Up", "递补"), EMPTY, 0)
    services.save_wording(member, event, "promoted", EMPTY, EMPTY)
    assert [tuple(one.languages) for one in queries.list_changes(event.id, event.id, "promoted")] == [(), ("en", "zh")]
    names = db.session.get(Person, member.person_id).names
    for lang, name in (("en", names.latin), ("zh", names.han)):
        with app.test_request_context(f"/{lang}/"), writing_in(lang):
            assert {one.name for one in queries.list_changes(event.id, event.id, "promoted")} == {name}
    assert db.session.scalar(sa.select(sa.func.count(Wording.id))) == 0
    with pytest.raises(NotFound):
        services.save_wording(make_member(), event, "promoted", both("x"), EMPTY)
    with pytest.raises((NotFound, Forbidden)):
        services.save_wording(member, organisation, "promoted", both("x"), EMPTY)  # an organiser, no administrator
    with pytest.raises(NotFound):
        services.save_wording(member, event, "reset_password", both("x"), EMPTY)
    with pytest.raises(Invalid, match="A subject has no links"):
        services.save_wording(member, event, "promoted", Translated.of(en="Hi {link}"), EMPTY)


# One of each, in every kind of letter, in both languages.
NASTY = (
    (
        "[Reset](https://evil.example) <a href='//evil.example'>x</a> ![](https://evil.example) evil.example "
        "{event.__class__}{{7*7}}%(x)s{link} **b**\r\nBcc: v@example.org\u2028B\u0085C"
    ),
    "A" * 10_000,
)


@on_sqlite
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_in_every_kind_of_letter_what_people_typed_makes_no_link_no_header_and_no_value(
    app, make_event, register, make_person, make_session, save, lang
):
    event = make_event(in_person=9)
    session = make_session(event)
    for occasion in OCCASIONS:
        say(
            event,
            occasion,
            both("For {name}", "致{name}"),
            both("Dear {name}, see [this]({link}).", "{name}：[见]({link})。"),
        )
    drawn, headers = set(), set()
    for nasty in NASTY:
        db.session.rollback()
        registration = register(event)
        person = make_person(names=Names(family=nasty))
        speaker = save(Speaker(event_id=event.id, person_id=person.id, invited_at=clock.now()))
        save(SessionRole(session_id=session.id, person_id=person.id, role="panellist", state="confirmed"))
        guest = save(
            EventInvitation(
                event_id=event.id, pool_id=register(event).place.pool_id, name=nasty, typed_address="g@example.org",
                address="g@example.org", language=lang, answer_by=clock.now(),
            )
        )  # fmt: skip
        ids = {"registrants": registration.id, "speakers": speaker.id, "guests": guest.id}
        db.session.get(Registration, registration.id).name = nasty  # what no form lets through either
        for occasion in OCCASIONS:
            who_id = ids[readers_of(occasion)]
            with db.session.no_autoflush, force_locale(lang):
                data = services.sample_data(event, occasion, who_id)
                letter = samples.sample(occasion, lang, event.id, data, who_id)
                draft = drawing.preview(letter)
                message = mail.build(draft, letter.id, "reader@example.org", lang, clock.now(), settings())
            parsed = mail_of(message)
            drawn.add(occasion)
            headers.add(frozenset(parsed.keys()))
            assert [str(one) for one in parsed["To"].addresses] == ["reader@example.org"]
            both_parts = plain(parsed) + html(parsed)
            links = re.findall(r'<a [^>]*href="([^"]*)"', html(parsed))
            assert links
            assert html(parsed).count("<a ") == len(links)
            assert all(link.startswith("http://127.0.0.1:8000/") for link in links), links
            assert "<a href='" not in html(parsed)
            assert "evil.example" not in both_parts + parsed["Subject"]
            assert "https://evil" not in both_parts
            assert "49" not in parsed["Subject"]
            if "{event" in nasty:
                assert "{event." in both_parts.replace("\u200c", "")
                assert "__class__" in both_parts
    db.session.rollback()
    assert drawn == set(OCCASIONS)
    # A calendar file changes nothing of a mail's headers either.
    assert len(headers) == 1


@on_sqlite
def test_letters_about_changes_are_shown_with_those_that_were_told_last(
    make_event, make_person, make_session, register, letters, save
):
    event = make_event(in_person=5)
    person = make_person(address="speaker@example.org")
    session = make_session(event, "Panel", speakers=[SpeakerPlan("panellist", person_id=person.id)])
    speaker = save(Speaker(event_id=event.id, person_id=person.id, invited_at=clock.now()))
    registration = register(event)
    letters()
    assert services.sample_data(event, "programme_changed", registration.id) == {"notice_id": str(EXAMPLE)}
    programme.move_session(SYSTEM, session.id, event.starts + timedelta(hours=3))
    releases.release(SYSTEM, event.id)
    letters()
    for occasion, who_id in (("programme_changed", registration.id), ("session_changed", speaker.id)):
        data = services.sample_data(event, occasion, who_id)
        draft = drawing.preview(samples.sample(occasion, "en", event.id, data, who_id))
        assert "Moved on" in " ".join(block for block in draft.blocks if isinstance(block, str)), occasion


def mail_of(message: EmailMessage) -> EmailMessage:
    """A mail as its reader's program reads it."""
    return email.message_from_bytes(message.as_bytes(), policy=policy.default)


@on_sqlite
def test_the_rooms_of_words_show_them_test_them_and_give_ours_back(make_event, make_member, register, sign_in, letters):
    member = make_member("administrator")
    organisation = db.session.get(Organisation, next(iter(member.organisations("administrator"))))
    event = make_event(organisation=organisation, in_person=5)
    registration = register(event, "Amina")
    letters()
    browser = sign_in(member)
    room = f"/en/organise/events/{event.slug}/messages/words/"
    form = {"subject_en": "Welcome", "text_en": "Glad that you come, {name}.", "version": "0"}
    assert browser.submit(f"{room}confirmed/", form).status_code == 303
    page = browser.get(f"{room}confirmed/?who={registration.id}&language=en").get_data(as_text=True)
    assert "Glad that you come, Amina." in page
    assert "Your registration is confirmed" in page  # ours, to be compared
    wrong = browser.submit(f"{room}confirmed/", {**form, "text_en": "{x}", "version": "1"})
    assert (wrong.status_code, "there is no placeholder {x}" in wrong.get_data(as_text=True)) == (422, True)
    wrong = browser.submit(f"{room}confirmed/", {**form, "text_en": "{x} {y}", "text_zh": "{z}", "version": "1"})
    for told in ("{x} (line 1, character 1), {y} (line 1, character 5).", "there is no placeholder {z}."):
        assert told in wrong.get_data(as_text=True), "all at once"
    stale = browser.submit(f"{room}confirmed/", {**form, "text_en": "Newer", "version": "0"})
    assert stale.status_code in {303, 409}
    browser.submit(
        f"{room}confirmed/test/", {"who": str(registration.id), "language": "en"}, form_at=f"{room}confirmed/"
    )
    [test] = letters()
    assert test["Subject"] == "Test: Welcome"
    assert not any(part.get_content_type() == "text/calendar" for part in test.walk())
    browser.submit(f"{room}confirmed/reset/", form_at=f"{room}confirmed/")
    assert queries.find(event.id, "confirmed") is None
    theirs = f"/en/organise/organisations/{organisation.slug}/letters/"
    assert browser.submit(f"{theirs}promoted/", {**form}).status_code == 303
    for address in (room, f"{room}waitlisted/", theirs, f"{theirs}promoted/", f"{room}guest_invited/"):
        assert browser.get(address).status_code == 200
    assert "Words of the organisation" in browser.get(room).get_data(as_text=True)
    shown = browser.get(f"{theirs}promoted/?who={registration.id}&language=en").get_data(as_text=True)
    assert "<h2>Moved up from the waitlist</h2>" in shown
    assert "Glad that you come, Amina." in shown and "EventHub’s words" in shown and "Workshop" in shown
    browser.submit(
        f"{theirs}promoted/test/", {"who": str(registration.id), "language": "en"}, form_at=f"{theirs}promoted/"
    )
    assert [one["Subject"] for one in letters()] == ["Test: Welcome"]
    say(event, "promoted", both("Ours"))  # whose letters are in other words shows nothing of these
    assert "It cannot be shown yet" in browser.get(f"{theirs}promoted/").get_data(as_text=True)
    stranger = {"who": str(registration.id), "language": "en"}
    assert browser.submit(f"{theirs}promoted/test/", stranger, form_at=f"{theirs}promoted/").status_code == 404
    assert browser.get(f"{room}reset_password/").status_code == 404
    assert sign_in(make_member()).get(f"{room}confirmed/").status_code == 404


def test_words_have_each_style_once_and_no_hole_where_there_is_no_address():
    words = Prose("Questions: {contact}.\n\n1. One\n2. Two", {"organiser": "Network 1", "contact": ""})
    assert words.plain.startswith("Questions: Network 1.")
    assert re.findall(r"<[a-z]+[^>]* style=[^>]* style=", words.html) == []
    assert words.html.count("<p style=") == 1
    assert fill_line("{contact}", {"organiser": "N", "contact": "a@example.org"}) == "a@example.org"
