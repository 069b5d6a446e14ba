"""What the environment decides, and how it is told what is wrong."""

from __future__ import annotations

import stat

import pytest

from eventhub.config import SettingsError, load_settings, resource


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch, tmp_path):
    """No setting of whoever runs the tests."""
    for name in ("HOST", "PORT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("EVENTHUB_DATA_DIR", str(tmp_path / "var"))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("BASE_URL", "events.example.org"),
        ("BASE_URL", "ftp://events.example.org"),
        ("BASE_URL", "https://events.example.org/path"),
        ("BASE_URL", "https://"),
        ("BASE_URL", "https://events.example.org?x=1"),
        ("BASE_URL", "https://user:password@events.example.org"),
        ("DATABASE_URL", "mysql://root@127.0.0.1/eventhub"),
        ("DATABASE_URL", "eventhub.db"),
        ("MAIL_URL", "mailto:somebody@example.org"),
        ("DEFAULT_LANGUAGE", "fr"),
        ("TRUSTED_PROXIES", "many"),
        ("TRUSTED_PROXIES", "-1"),
        ("RATE_LIMIT_FACTOR", "0"),
        ("SECRET_KEY", "short"),
        ("SECRET_KEY", " " * 40),
        ("REDIS_URL", "localhost:6379"),
        ("MAIL_FROM", "EventHub"),
        ("MAIL_FROM", "EventHub <eventhub@>"),
        ("MAIL_FROM", "EventHub <a@example.org>\nBcc: b@example.org"),
        ("CALENDAR_DOMAIN", "https://events.example.org"),
        ("CALENDAR_DOMAIN", "a b"),
    ],
)
def test_a_wrong_setting_is_named(monkeypatch, name, value):
    monkeypatch.setenv(f"EVENTHUB_{name}", value)
    with pytest.raises(SettingsError, match=rf"^EVENTHUB_{name}: \w"):
        load_settings()


@pytest.mark.parametrize("value", ["eighty", "0", "70000"])
def test_a_wrong_port_is_named_as_it_is_set(monkeypatch, value):
    monkeypatch.setenv("PORT", value)
    with pytest.raises(SettingsError, match=r"^PORT: \w"):
        load_settings()


def test_an_address_of_colons_stands_in_brackets(monkeypatch):
    monkeypatch.setenv("HOST", "::1")
    found = load_settings()
    assert (found.base_url, found.is_local, found.host) == ("http://[::1]:8000", True, "::1")


def test_all_wrong_settings_are_named_at_once(monkeypatch):
    monkeypatch.setenv("EVENTHUB_DEFAULT_LANGUAGE", "fr")
    monkeypatch.setenv("EVENTHUB_TRUSTED_PROXIES", "many")
    with pytest.raises(SettingsError) as caught:
        load_settings()
    assert [line.split(":")[0] for line in str(caught.value).splitlines()] == [
        "EVENTHUB_DEFAULT_LANGUAGE",
        "EVENTHUB_TRUSTED_PROXIES",
    ]


def test_a_wrong_secret_is_not_repeated(monkeypatch):
    monkeypatch.setenv("EVENTHUB_SECRET_KEY", "hush-hush")
    monkeypatch.setenv("EVENTHUB_MAIL_URL", "imap://user:hush-hush@127.0.0.1")
    with pytest.raises(SettingsError) as caught:
        load_settings()
    assert "hush" not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "is_right"),
    [
        ("imaps://user:hush@mail.example.org/INBOX", True),
        ("imap://user:hush@127.0.0.1:1143/INBOX", True),
        ("maildir:var/inbox", True),
        ("imap://user:hush@mail.example.org/INBOX", False),
        ("imaps://mail.example.org/INBOX", False),
        ("pop3://user:hush@mail.example.org", False),
        ("maildir:", False),
    ],
)
def test_a_mailbox_is_read_by_tls_or_on_this_machine(url, is_right):
    if is_right:
        assert load_settings(inbox_url=url).inbox_url == url
        return
    with pytest.raises(SettingsError, match=r"^EVENTHUB_INBOX_URL: write it as imaps://") as caught:
        load_settings(inbox_url=url)
    assert "hush" not in str(caught.value)


def test_on_a_loopback_address_a_key_is_made_once_and_kept_to_oneself(tmp_path):
    settings = load_settings()
    file = tmp_path / "var" / "secret_key"
    assert len(settings.secret_key) >= 32
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert load_settings().secret_key == settings.secret_key == file.read_text()


def test_on_a_public_address_the_start_is_refused_without_a_key(monkeypatch, tmp_path):
    monkeypatch.setenv("EVENTHUB_BASE_URL", "https://events.example.org")
    with pytest.raises(SettingsError, match=r"^EVENTHUB_SECRET_KEY: "):
        load_settings()
    assert not (tmp_path / "var").exists()
    monkeypatch.setenv("EVENTHUB_SECRET_KEY", "12345678901234567890")
    assert load_settings().secret_key == "12345678901234567890"


def test_what_is_not_set_follows_from_what_is(monkeypatch, tmp_path):
    monkeypatch.setenv("PORT", "8123")
    local = load_settings()
    assert (local.base_url, local.calendar_domain, local.is_local, local.is_secure) == (
        "http://127.0.0.1:8123",
        "127.0.0.1",
        True,
        False,
    )
    assert (local.is_sqlite, local.database_url) == (True, f"sqlite:///{tmp_path}/var/eventhub.db")
    assert local.maildir == tmp_path / "var" / "mail"
    public = load_settings(
        base_url="https://events.example.org/",
        secret_key="k" * 16,
        database_url="postgresql://user@127.0.0.1/eventhub",
        mail_url="smtp://127.0.0.1:25",
        secret_key_fallbacks="older,oldest",
    )
    assert (public.base_url, public.calendar_domain) == ("https://events.example.org", "events.example.org")
    assert (public.is_local, public.is_secure, public.is_sqlite, public.maildir) == (False, True, False, None)
    assert public.database_url == "postgresql+psycopg://user@127.0.0.1/eventhub"
    assert public.secret_key_fallbacks == ["older", "oldest"]


def test_a_server_that_listens_everywhere_is_shown_at_an_address_that_opens(monkeypatch):
    monkeypatch.setenv("HOST", "0.0.0.0")
    assert load_settings().base_url == "http://127.0.0.1:8000"


@pytest.mark.parametrize("name", ["templates", "translations", "migrations"])
def test_our_own_files_are_where_they_should_be(name):
    assert resource(name).is_dir()
