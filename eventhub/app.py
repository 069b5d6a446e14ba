"""The roof: where the floors are put together.

The tables below are the whole wiring: which pages there are, who listens to the floors beneath and in what
order, who carries out the outbox, what runs by the clock, and what higher floors show in pages of lower ones.
"""

from __future__ import annotations

from types import ModuleType

from flask import Blueprint, Flask
from flask_babel import lazy_gettext

from eventhub.accounts import sessions as account_sessions
from eventhub.accounts import views as account_views
from eventhub.attendance import desk as attendance_desk
from eventhub.attendance import policy as attendance_policy
from eventhub.attendance import ticket_views as attendance_tickets
from eventhub.attendance import views as attendance_views
from eventhub.attendance.certificates import desk as certificate_desk  # noqa: F401 - its routes are on the desk of papers
from eventhub.attendance.certificates import views as certificate_views
from eventhub.attendance.papers import desk as paper_desk
from eventhub.calendars import front as calendar_front
from eventhub.calendars import jobs as calendar_jobs
from eventhub.calendars import panels as calendar_panels
from eventhub.calendars import receivers as calendar_receivers
from eventhub.calendars import views as calendar_views
from eventhub.config import Settings, load_settings, resource
from eventhub.events import desk as event_desk
from eventhub.events import jobs as event_jobs
from eventhub.events import panels as event_panels
from eventhub.events import policy as event_policy
from eventhub.events import rooms
from eventhub.events import views as event_views
from eventhub.events.rooms import Room
from eventhub.foundation import (
    db,
    files,
    files_web,
    health,
    jobs,
    links,
    logs,
    marks,
    outbox,
    panels,
    proofs,
    sealing,
    web,
    wechat,
)
from eventhub.foundation.files import Guard
from eventhub.foundation.panels import Panel
from eventhub.foundation.turns import Turns
from eventhub.materials import desk as material_desk
from eventhub.materials import models as material_models
from eventhub.materials import panels as material_panels
from eventhub.materials import queries as material_queries
from eventhub.materials import views as material_views
from eventhub.messaging import carriers as letter_carriers
from eventhub.messaging import desk as letter_desk
from eventhub.messaging import mailbox
from eventhub.messaging import panels as letter_panels
from eventhub.messaging import receivers as letter_receivers
from eventhub.messaging import views as letter_views
from eventhub.messaging.choices import receivers as choice_receivers
from eventhub.messaging.choices import views as choice_views  # noqa: F401 - its route is on the blueprint of `views`
from eventhub.messaging.inbox import desk as inbox_desk
from eventhub.messaging.inbox import jobs as inbox_jobs
from eventhub.messaging.inbox import panels as inbox_panels
from eventhub.messaging.inbox import receivers as inbox_receivers
from eventhub.messaging.notices import carriers as notice_carriers
from eventhub.messaging.notices import desk as notice_desk  # noqa: F401 - its routes are on the letters' desk
from eventhub.messaging.push import carriers as push_carriers
from eventhub.messaging.push import jobs as push_jobs
from eventhub.messaging.push import panels as push_panels
from eventhub.messaging.push import receivers as push_receivers
from eventhub.messaging.push import views as push_views  # noqa: F401 - its route is on the blueprint of `views`
from eventhub.messaging.reminders import carriers as reminder_carriers
from eventhub.messaging.reminders import desk as reminder_desk  # noqa: F401 - its routes are on the letters' desk
from eventhub.messaging.reminders import jobs as reminder_jobs
from eventhub.messaging.reminders import receivers as reminder_receivers
from eventhub.messaging.robots import carriers as robot_carriers
from eventhub.messaging.robots import desk as robot_desk  # noqa: F401 - its routes are on the organisations' desk
from eventhub.messaging.robots import jobs as robot_jobs
from eventhub.messaging.robots import panels as robot_panels
from eventhub.messaging.robots import receivers as robot_receivers
from eventhub.messaging.to_groups import desk as group_letter_desk  # noqa: F401 - its routes are on the letters' desk
from eventhub.messaging.to_groups import receivers as group_letter_receivers
from eventhub.messaging.wordings import desk as wording_desk  # noqa: F401 - as above, and on the organisations' desk
from eventhub.organisations import actors
from eventhub.organisations import desk as organisation_desk
from eventhub.organisations import views as organisation_views
from eventhub.organisations.layouts import desk as layout_desk  # noqa: F401 - its routes are on the organisations' desk
from eventhub.organisations.layouts import models as layout_models
from eventhub.organisations.layouts import services as layouts
from eventhub.pages import blueprint as page_blueprint
from eventhub.pages import desk as page_desk  # noqa: F401 - its route is on the same blueprint as home
from eventhub.pages import history, site
from eventhub.pages import operations as operation_pages  # noqa: F401 - as above
from eventhub.pages import views as page_views  # noqa: F401 - as above
from eventhub.people import services as people
from eventhub.privacy import desk as privacy_desk
from eventhub.privacy import jobs as privacy_jobs
from eventhub.privacy import speaker_desk as privacy_speakers
from eventhub.privacy import views as privacy_views
from eventhub.programme import changes as programme_changes  # noqa: F401 - its routes are on the programme's blueprint
from eventhub.programme import conflict_desk as programme_conflict_desk  # noqa: F401 - on the blueprint of `desk`
from eventhub.programme import desk as programme_desk
from eventhub.programme import editor_desk as programme_editor_desk  # noqa: F401 - its routes are on the desk's blueprint
from eventhub.programme import (
    embed,  # noqa: F401 - as above
    paper_views,  # noqa: F401 - as above
    people_desk,  # noqa: F401 - its routes are on the desk's blueprint
    people_views,
    photo_views,
    photos,
    release_desk,  # noqa: F401 - as above
    settings_desk,  # noqa: F401 - as above
    side_by_side_desk,  # noqa: F401 - its route is on the organisations' desk
    speaker_desk,
    speaker_views,  # noqa: F401 - its routes are on the blueprint of the programme's pages
)
from eventhub.programme import jobs as programme_jobs
from eventhub.programme import panels as programme_panels
from eventhub.programme import receivers as programme_receivers
from eventhub.programme import views as programme_views
from eventhub.programme.exchange import calendar_desk
from eventhub.programme.exchange import desk as exchange_desk  # noqa: F401 - its routes are on the programme's desk
from eventhub.programme.exchange import jobs as exchange_jobs
from eventhub.programme.exchange import series_desk as series_import_desk
from eventhub.programme.exchange import views as exchange_views
from eventhub.registrations import (
    delegation_views,  # noqa: F401 - its routes are on the blueprint of registrations
    group_desk,  # noqa: F401 - its routes are on the desk's blueprint
    group_views,  # noqa: F401 - its routes are on the blueprint of registrations
    invitation_desk,  # noqa: F401 - its routes are on the desk's blueprint
    invitation_views,  # noqa: F401 - its routes are on the blueprint of registrations
    own_views,  # noqa: F401 - its routes are on the blueprint of registrations
    pool_desk,  # noqa: F401 - its routes are on the desk's blueprint
)
from eventhub.registrations import desk as registration_desk
from eventhub.registrations import jobs as registration_jobs
from eventhub.registrations import panels as registration_panels
from eventhub.registrations import policy as registration_policy
from eventhub.registrations import receivers as registration_receivers
from eventhub.registrations import views as registration_views
from eventhub.registrations.consents import desk as consent_desk
from eventhub.registrations.consents import panels as consent_panels
from eventhub.registrations.consents import policy as consent_policy
from eventhub.registrations.consents import views as consent_views  # noqa: F401 - as above
from eventhub.registrations.exchange import desk as list_desk  # noqa: F401 - on the blueprint of that desk
from eventhub.registrations.exchange import export_desk  # noqa: F401 - as above
from eventhub.registrations.exchange import jobs as list_jobs
from eventhub.registrations.exchange import orders as list_orders
from eventhub.registrations.questions import desk as question_desk  # noqa: F401 - as above
from eventhub.registrations.questions import models as question_models
from eventhub.registrations.questions import panels as question_panels
from eventhub.registrations.questions import policy as question_policy
from eventhub.registrations.questions import queries as question_queries
from eventhub.registrations.series import desk as series_desk
from eventhub.registrations.series import own_views as series_own_views  # noqa: F401 - as above
from eventhub.registrations.series import panels as series_panels
from eventhub.registrations.series import views as series_views  # noqa: F401 - as above
from eventhub.registrations.sign_ups import desk as sign_up_desk  # noqa: F401 - its routes are on the registrations' desk
from eventhub.registrations.sign_ups import own_views as sign_up_views  # noqa: F401 - on the blueprint of registrations
from eventhub.registrations.sign_ups import panels as sign_up_panels
from eventhub.registrations.sign_ups import receivers as sign_up_receivers
from eventhub.registrations.visa import desk as visa_desk  # noqa: F401 - as above
from eventhub.registrations.visa import jobs as visa_jobs
from eventhub.registrations.visa import policy as visa_policy
from eventhub.registrations.visa import receivers as visa_receivers
from eventhub.registrations.visa import views as visa_views

BLUEPRINTS: list[Blueprint] = [
    site.bp,
    files_web.bp,
    page_blueprint.bp,
    event_views.bp,
    programme_views.bp,
    registration_views.bp,
    people_views.bp,
    account_views.bp,
    organisation_views.bp,
    organisation_desk.bp,
    calendar_views.bp,
    event_desk.bp,
    programme_desk.bp,
    calendar_desk.bp,
    series_import_desk.bp,
    registration_desk.bp,
    consent_desk.bp,
    series_desk.bp,
    attendance_views.bp,
    attendance_desk.bp,
    paper_desk.bp,
    material_desk.bp,
    material_views.bp,
    letter_desk.bp,
    letter_desk.series_bp,
    letter_views.bp,
    inbox_desk.bp,
    privacy_views.bp,
    privacy_desk.bp,
    privacy_speakers.bp,
]
RECEIVERS: list[ModuleType] = [
    programme_receivers,
    registration_receivers,
    sign_up_receivers,
    visa_receivers,
    list_orders,
    calendar_receivers,
    letter_receivers,
    group_letter_receivers,
    reminder_receivers,
    inbox_receivers,
    choice_receivers,
    robot_receivers,
    push_receivers,
]
CARRIERS: list[ModuleType] = [
    list_orders,
    letter_carriers,
    reminder_carriers,
    notice_carriers,
    robot_carriers,
    push_carriers,
]
JOBS: list[ModuleType] = [
    outbox,
    files,
    proofs,
    event_jobs,
    programme_jobs,
    exchange_jobs,
    registration_jobs,
    list_jobs,
    visa_jobs,
    calendar_jobs,
    inbox_jobs,
    reminder_jobs,
    robot_jobs,
    push_jobs,
    privacy_jobs,
]
PANELS: dict[str, list[Panel]] = {
    "account.aside": [calendar_panels.account_panel],
    "page.head": [calendar_panels.alternates],
    "home.aside": [calendar_panels.site_panel],
    "organisation.clashes": [registration_panels.shared],
    "organisation.below": [event_panels.of_organisation],
    "event.facts": [registration_panels.places_left],
    "event.actions": [registration_panels.way_in, consent_panels.way],
    "event.below": [programme_panels.of_event],
    "person.below": [programme_panels.of_person, calendar_panels.person_panel],
    "event.aside": [calendar_panels.event_panel],
    "programme.aside": [calendar_panels.programme_panel, exchange_views.panel],
    "session.facts": [sign_up_panels.of_session],
    "session.notices": [sign_up_panels.way],
    "session.below": [material_panels.of_session],
    "session.aside": [calendar_panels.session_panel],
    "series.actions": [series_panels.way_in],
    "series.aside": [calendar_panels.series_panel],
    "desk.registration": [inbox_panels.of_registration, sign_up_panels.at_the_desk],
    "desk.registrations": [inbox_panels.of_registrations],
    "registered.steps": [sign_up_panels.step],
    "registration.series": [series_panels.of_registration],
    "registration.sessions": [sign_up_panels.of_registration],
    "registration.actions": [calendar_panels.answered, attendance_tickets.way, certificate_views.way],
    "registration.aside": [
        attendance_tickets.panel,
        certificate_views.panel,
        visa_views.panel,
        calendar_panels.registration_panel,
        push_panels.of_registration,
    ],
    "series_registration.aside": [calendar_panels.series_registration_panel],
    "speaker.desk": [certificate_views.of_speaker, material_panels.of_speaker, photo_views.of_speaker],
    "speaker.aside": [calendar_panels.speaker_panel],
    "desk.attention": [
        programme_desk.attention,
        calendar_desk.attention,
        speaker_desk.attention,
        registration_panels.attention,
        question_panels.attention,
        consent_panels.attention,
        material_panels.attention,
        letter_panels.attention,
        robot_panels.attention,
    ],
    "desk.series": [letter_panels.of_series],
    "desk.below": [calendar_panels.desk_panel],
    "desk.holidays": [event_panels.holidays_of_place, registration_panels.holidays_of_registrants],
    "desk.overview": [registration_panels.overview, calendar_panels.text_for_groups],
    "desk.more": [history.way],
    "desk.steps": [programme_desk.steps, registration_panels.steps],
    "desk.telling": [letter_panels.telling],
    "desk.waiting": [letter_panels.waiting],
}
# Who may open a file, by what it is for.
GUARDS: dict[str, Guard] = {
    people.PHOTO: photos.may_see_photo,
    material_models.FILE: material_queries.may_open_file,
    question_models.FILE: question_queries.may_open_file,
    layout_models.LOGO: layouts.may_open_picture,
    layout_models.SIGNATURE: layouts.may_open_picture,
}
# The rooms of an event's desk, in the order of their tabs.
ROOMS: list[Room] = [
    Room("event_desk.overview", lazy_gettext("Overview"), event_policy.may_open_desk),
    Room("programme_desk.programme", lazy_gettext("Programme"), event_policy.may_open_desk),
    Room("programme_desk.speakers", lazy_gettext("People"), event_policy.may_open_desk),
    Room("registrations_desk.index", lazy_gettext("Registrations"), registration_policy.may_see_registrations),
    Room("participants_desk.index", lazy_gettext("Participants"), consent_policy.may_see_participants),
    Room("attendance_desk.index", lazy_gettext("Door"), attendance_policy.may_run_doors),
    Room("papers_desk.index", lazy_gettext("Documents"), attendance_policy.may_make_papers),
    Room("materials_desk.index", lazy_gettext("Materials"), event_policy.may_open_desk),
    Room("messaging_desk.letters", lazy_gettext("Letters"), registration_policy.may_manage_registrations),
    Room("event_desk.settings", lazy_gettext("Settings"), event_policy.may_edit_event),
]
# The pages of the room for registrations: those who come, then what is set for them.
REGISTRATION_ROOMS: list[Room] = [
    Room("registrations_desk.index", lazy_gettext("All registrations"), registration_policy.may_see_registrations),
    Room("registrations_desk.guests", lazy_gettext("Invitations"), registration_policy.may_manage_registrations),
    Room("registrations_desk.places", lazy_gettext("Places and pools"), registration_policy.may_manage_registrations),
    Room("registrations_desk.form", lazy_gettext("Form"), question_policy.may_edit_form),
    Room("registrations_desk.consents", lazy_gettext("Consents"), registration_policy.may_manage_registrations),
    Room("privacy_desk.keeping", lazy_gettext("How long data is kept"), registration_policy.may_manage_registrations),
    Room(
        "registrations_desk.rights_page",
        lazy_gettext("What registrants may do"),
        registration_policy.may_manage_registrations,
    ),
    Room(
        "registrations_desk.sessions", lazy_gettext("Sessions with sign-up"), registration_policy.may_see_registrations
    ),
    Room("registrations_desk.visa", lazy_gettext("Letters for a visa"), visa_policy.may_issue_letters),
]
# The pages of the room for letters.
LETTER_ROOMS: list[Room] = [
    Room("messaging_desk.letters", lazy_gettext("All letters"), registration_policy.may_manage_registrations),
    Room("messaging_desk.groups", lazy_gettext("Letters to groups"), registration_policy.may_manage_registrations),
    Room("messaging_desk.reminders", lazy_gettext("Reminders"), registration_policy.may_manage_registrations),
    Room("messaging_desk.notices", lazy_gettext("Changes"), registration_policy.may_manage_registrations),
    Room("messaging_desk.wordings", lazy_gettext("Words of letters"), registration_policy.may_manage_registrations),
]


def create_app(settings: Settings | None = None) -> Flask:
    """The whole service as a WSGI application.

    Raises SettingsError where the environment says something that cannot be.
    """
    settings = settings or load_settings()
    logs.configure(readable=settings.is_local)
    app = Flask("eventhub", template_folder=str(resource("templates")), static_folder=None)
    app.extensions["eventhub_settings"] = settings
    app.config["TRANSLATIONS"] = str(resource("translations"))

    db.init_app(app, settings)
    links.init_app(app, settings)
    sealing.init_app(app, settings)
    marks.init_app(app, settings)
    jobs.init_app(app, settings)
    files.init_app(app, settings, GUARDS)
    files_web.init_app(app)
    web.init_app(app, settings, actors.actor_of_session)
    wechat.init_app(app)
    account_sessions.init_app(app)
    health.init_app(app)
    panels.init_app(app, PANELS)
    proofs.init_app(app, settings)
    rooms.init_app(app, ROOMS, registrations=REGISTRATION_ROOMS, letters=LETTER_ROOMS)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    if settings.has_mailbox:
        app.register_blueprint(mailbox.bp)

    db.listen(RECEIVERS)
    outbox.employ(CARRIERS)
    jobs.employ(app, JOBS)
    calendar_front.init_app(app)
    app.wsgi_app = Turns(app.wsgi_app)  # type: ignore[method-assign]
    app.wsgi_app = web.StaticFiles(app.wsgi_app, settings)  # type: ignore[method-assign]
    return app
