"""The `eventhub` command."""

from __future__ import annotations

import os
import signal
import sys
from datetime import UTC, datetime
from typing import NoReturn

import click
from flask import Flask

from eventhub.config import SettingsError, resource


def _app() -> Flask:
    from eventhub.app import create_app  # here: `--help` must not need a database

    try:
        return create_app()
    except SettingsError as error:
        raise click.ClickException(str(error)) from None


def _end(*_: object) -> NoReturn:
    """End as Ctrl+C does: what is being answered is answered first."""
    raise SystemExit


@click.group()
@click.version_option(package_name="eventhub")
def main() -> None:
    """EventHub: workshops, webinars and series in two languages."""
    os.umask(0o027)


@main.command()
@click.option("--no-worker", is_flag=True, help="Leave jobs to `eventhub worker`.")
@click.option("--threads", default=8, show_default=True, help="Requests answered at a time.")
def serve(*, no_worker: bool, threads: int) -> None:
    """Serve the site, with the worker in the same process."""
    from eventhub.foundation.memory import loading_for_good

    with loading_for_good():
        from waitress import create_server  # here: only this command needs a server

        from eventhub.foundation import jobs
        from eventhub.foundation.web import settings

        app = _app()
    with app.app_context():
        site = settings()
    host, port = site.host, site.port
    try:
        # Who forwarded a request is read in one place, from as many proxies as are trusted.
        server = create_server(
            app,
            host=host,
            port=port,
            threads=threads,
            ident=None,
            clear_untrusted_proxy_headers=not site.trusted_proxies,
        )
    except OSError as error:
        raise click.ClickException(
            f"cannot listen on {host}:{port}: {error.strerror}. Set PORT to another number."
        ) from None
    consumer = None if no_worker else jobs.start_worker(app)
    click.echo(f"EventHub is at {site.base_url} (end with Ctrl+C)")
    if site.has_mailbox:
        click.echo(f"Letters are kept at {site.base_url}/mailbox/")
    signal.signal(signal.SIGTERM, _end)
    try:
        server.run()
    finally:
        server.task_dispatcher.shutdown()
        if consumer:
            consumer.stop(graceful=True)


@main.command()
@click.option(
    "--concurrency", type=click.IntRange(1, 16), default=2, show_default=True, help="Pieces of work done at a time."
)
def worker(concurrency: int) -> None:
    """Carry out jobs: letters, and what runs by the clock. As many of these as are wanted may run."""
    from eventhub.foundation.memory import loading_for_good

    with loading_for_good():
        from eventhub.foundation import jobs

        app = _app()
    jobs.run_worker(app, concurrency)


@main.command()
@click.option("--if-empty", is_flag=True, help="Only where the site has no organisation yet.")
def demo(*, if_empty: bool) -> None:
    """Load the case study's events, organisations and people."""
    from eventhub.demo import loader
    from eventhub.foundation.actor import SYSTEM

    app = _app()
    with app.app_context():
        try:
            loader.load(SYSTEM, datetime.now(UTC).date(), if_empty=if_empty)
        except loader.NotADemo as error:
            raise click.ClickException(str(error)) from None
        click.echo("Sign in as organiser@example.org or translator@example.org with the password eventhub-demo.")


@main.group("db")
def database() -> None:
    """The database."""


def _app_to_migrate() -> tuple[Flask, str]:
    from eventhub.foundation.db import prepare_migrations

    app = _app()
    return app, prepare_migrations(app, app.extensions["eventhub_settings"])


@database.command("upgrade")
def db_upgrade() -> None:
    """Bring the database to this version."""
    from flask_migrate import upgrade

    app, folder = _app_to_migrate()
    with app.app_context():
        upgrade(folder)


@database.command("check")
def db_check() -> None:
    """Say whether tables and models agree."""
    from flask_migrate import check

    app, folder = _app_to_migrate()
    with app.app_context():
        check(folder)


@database.command("revision", hidden=True)
@click.argument("message")
def db_revision(message: str) -> None:
    """Write a migration for what the models have and the database has not."""
    from flask_migrate import revision

    app, folder = _app_to_migrate()
    with app.app_context():
        revision(folder, message=message, autogenerate=True)


@main.command()
def doctor() -> None:
    """Look at everything the service needs, and say what to do where it is not well."""
    from eventhub.doctor import examine

    is_well = True
    for name, is_good, found in examine(_app()):
        is_well &= is_good
        click.echo(f"{'ok  ' if is_good else 'MEND'} {name}: {found}")
    if not is_well:
        raise SystemExit(1)


@main.command("push-keys")
@click.option("--again", is_flag=True, help="Though there is one: whatever people have turned on ends.")
def push_keys(*, again: bool) -> None:
    """Make the key by which notices are shown on people's devices; the line it prints goes to the other settings."""
    from eventhub.config import load_settings
    from eventhub.messaging.push.envelopes import new_key

    try:
        has_one = bool(load_settings().push_key)
    except SettingsError as error:
        raise click.ClickException(str(error)) from None
    if has_one and not again:
        raise click.ClickException("EVENTHUB_PUSH_KEY is set; with another, what people have turned on ends: --again")
    click.echo(f"EVENTHUB_PUSH_KEY={new_key()}")
    click.echo("Keep this line with the other settings, for web and workers alike, and start them anew.", err=True)


@main.group()
def translations() -> None:
    """The interface in its languages."""


@translations.command("check")
def translations_check() -> None:
    """Say what is missing or wrong in the Chinese catalogue of a checkout."""
    from eventhub.catalogue import problems

    found = list(problems(resource("translations").parent))
    for problem in found:
        click.echo(problem)
    if found:
        raise SystemExit(1)


@main.group()
def organisation() -> None:
    """Organisations that organise events here."""


@organisation.command("add")
@click.argument("name_en")
@click.argument("name_zh")
@click.option("--type", "stakeholder_type", default="international_ngo", show_default=True, help="Its kind.")
@click.option("--country", help="Its country, by two letters.")
@click.option("--administrator", required=True, help="The address that is invited to administer it.")
def organisation_add(
    name_en: str, name_zh: str, stakeholder_type: str, country: str | None, administrator: str
) -> None:
    """Add an organisation, and invite its first administrator by letter."""
    from eventhub.foundation.actor import SYSTEM
    from eventhub.foundation.i18n import Translated
    from eventhub.organisations import services
    from eventhub.organisations.models import STAKEHOLDER_TYPES

    if stakeholder_type not in STAKEHOLDER_TYPES:
        raise click.BadParameter(f"one of {', '.join(STAKEHOLDER_TYPES)}", param_hint="--type")
    app, address = _app(), _address(administrator)
    details = services.Details(Translated.of(en=name_en, zh=name_zh), stakeholder_type, country)
    with app.app_context():
        new = services.add_organisation(SYSTEM, details)
        services.invite_member(SYSTEM, new.id, address, "administrator", "en")
        click.echo(f"{new.slug} is there; the invitation is on its way to {address}.")


@main.group()
def operator() -> None:
    """Those who may create organisations."""


@operator.command("add")
@click.argument("email")
def operator_add(email: str) -> None:
    """Let the account of an address create organisations."""
    from eventhub.accounts import services
    from eventhub.foundation.actor import SYSTEM

    app, address = _app(), _address(email)
    with app.app_context():
        if services.appoint_operator(SYSTEM, address) is None:
            raise click.ClickException(f"{address} has no account yet: `eventhub user add {address}` makes one.")
        click.echo(f"{address} may create organisations.")


@main.group()
def user() -> None:
    """Accounts."""


@user.command("add")
@click.argument("email")
@click.option("--name", default="", help="The person's name; they can write it themselves later.")
def user_add(email: str, name: str) -> None:
    """Make an account that is ready at once; its password is asked for, or read from standard input."""
    from eventhub.accounts import passwords, services
    from eventhub.foundation.actor import SYSTEM
    from eventhub.foundation.errors import Conflict
    from eventhub.people.names import names_from

    app, address = _app(), _address(email)
    if sys.stdin.isatty():
        password = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    else:
        password = sys.stdin.readline().rstrip("\n")
    if len(password) < passwords.SHORTEST:
        raise click.ClickException(f"a password has at least {passwords.SHORTEST} characters")
    with app.app_context():
        try:
            services.add_account(SYSTEM, address, password, names=names_from(name))
        except Conflict:
            raise click.ClickException(f"{address} has an account already") from None
        click.echo(f"{address} can sign in.")


def _address(typed: str) -> str:
    from eventhub.people.addresses import normalise

    try:
        return normalise(typed)
    except ValueError as error:
        raise click.ClickException(str(error)) from None


if __name__ == "__main__":
    sys.exit(main())
