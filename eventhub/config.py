"""What the environment decides: typed settings, and where our own files lie."""

from __future__ import annotations

import os
import re
import secrets
from email.utils import parseaddr
from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import Field, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

PACKAGE = Path(__file__).resolve().parent
LOOPBACK = {"127.0.0.1", "localhost", "::1", "[::1]"}


class SettingsError(Exception):
    """A setting that cannot be used, named as an operator would write it."""


def resource(name: str) -> Path:
    """Where `templates`, `translations` or `migrations` lie, in a checkout and in an installed wheel alike."""
    checkout = PACKAGE.parent / name
    in_checkout = (PACKAGE.parent / "pyproject.toml").exists() and checkout.is_dir()
    return checkout if in_checkout else PACKAGE / name


class Settings(BaseSettings):
    """Everything that can be set, from the environment: with the prefix EVENTHUB_, but for HOST and PORT."""

    model_config = SettingsConfigDict(env_prefix="EVENTHUB_", extra="ignore", ignored_types=(cached_property,))

    host: str = Field(default="127.0.0.1", validation_alias="HOST")
    port: int = Field(default=8000, ge=1, le=65535, validation_alias="PORT")
    secret_key: str = ""
    secret_key_fallbacks: Annotated[list[str], NoDecode] = []
    database_url: str = ""
    redis_url: str = ""
    base_url: str = ""
    calendar_domain: str = ""
    mail_url: str = ""
    mail_from: str = "EventHub <eventhub@example.org>"
    inbox_url: str = ""
    push_key: str = ""
    default_language: Literal["en", "zh"] = "en"
    data_dir: Path = Path("var")
    trusted_proxies: int = Field(default=0, ge=0, le=5)
    rate_limit_factor: float = Field(default=1.0, gt=0)
    proof_of_work: int = Field(default=100_000, ge=0, le=10_000_000)

    @field_validator("secret_key_fallbacks", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return [part for part in value.split(",") if part] if isinstance(value, str) else value

    @field_validator("redis_url")
    @classmethod
    def _known_store(cls, value: str) -> str:
        if value and urlsplit(value).scheme not in {"redis", "rediss", "unix"}:
            raise ValueError("write it as redis://HOST:PORT/NUMBER")
        return value

    @field_validator("calendar_domain")
    @classmethod
    def _domain(cls, value: str) -> str:
        if value and not re.fullmatch(r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?", value):
            raise ValueError("write it as events.example.org")
        return value

    @field_validator("mail_from")
    @classmethod
    def _sender(cls, value: str) -> str:
        if not value.isprintable() or not re.fullmatch(r"[^@\s]+@[^@\s]+", parseaddr(value)[1]):
            raise ValueError("write it as EventHub <eventhub@example.org>")
        return value

    @field_validator("base_url")
    @classmethod
    def _absolute(cls, value: str) -> str:
        if not value:
            return value
        parts = urlsplit(value)
        bare = f"{parts.scheme}://{parts.netloc}"
        if parts.scheme not in {"http", "https"} or not parts.hostname or "@" in bare or value.rstrip("/") != bare:
            raise ValueError("write it as https://events.example.org, without a path")
        return value.rstrip("/")

    @field_validator("mail_url")
    @classmethod
    def _known_mail(cls, value: str) -> str:
        if value and urlsplit(value).scheme not in {"maildir", "smtp", "smtps"}:
            raise ValueError("write it as maildir:FOLDER, smtp://HOST:PORT or smtps://USER:PASSWORD@HOST:PORT")
        return value

    @field_validator("push_key")
    @classmethod
    def _key(cls, value: str) -> str:
        if value and not re.fullmatch(r"[A-Za-z0-9_-]{43}", value):
            raise ValueError("`eventhub push-keys` makes one")
        return value

    @field_validator("inbox_url")
    @classmethod
    def _known_inbox(cls, value: str) -> str:
        parts = urlsplit(value)
        is_folder = parts.scheme == "maildir" and bool(parts.path)
        # Without TLS a password would be read on the way: only on this machine there is none.
        is_server = parts.scheme == "imaps" or (parts.scheme == "imap" and parts.hostname in LOOPBACK)
        if value and not is_folder and not (is_server and parts.hostname and parts.username):
            raise ValueError("write it as imaps://USER:PASSWORD@HOST/INBOX or maildir:FOLDER")
        return value

    @model_validator(mode="after")
    def _complete(self) -> Settings:
        self.data_dir = self.data_dir.resolve()
        self.base_url = self.base_url or f"http://{_as_host(self.host)}:{self.port}"
        self.database_url = self.database_url or f"sqlite:///{self.data_dir / 'eventhub.db'}"
        if self.database_url.startswith(("postgresql://", "postgres://")):
            self.database_url = "postgresql+psycopg://" + self.database_url.split("://", 1)[1]
        if not self.database_url.startswith(("sqlite:///", "postgresql+psycopg://")):
            raise ValueError("DATABASE_URL: write it as sqlite:///FILE or postgresql://USER@HOST/NAME")
        self.mail_url = self.mail_url or f"maildir:{self.data_dir / 'mail'}"
        self.calendar_domain = self.calendar_domain or urlsplit(self.base_url).hostname or "localhost"
        if not self.secret_key:
            if not self.is_local:
                raise ValueError("SECRET_KEY: set a long random one; it is made by itself on a loopback BASE_URL only")
            self.secret_key = _kept_secret(self.data_dir)
        if len(self.secret_key.strip()) < 16:
            raise ValueError("SECRET_KEY: use at least 16 characters")
        return self

    @property
    def is_local(self) -> bool:
        """Whether the site's own address is on this machine, where a newcomer's comforts are safe."""
        return urlsplit(self.base_url).hostname in LOOPBACK

    @property
    def has_mailbox(self) -> bool:
        """Whether letters can be read on the site: on a newcomer's machine, where nobody else reaches it."""
        return self.is_local and self.maildir is not None and self.host in LOOPBACK

    @property
    def is_secure(self) -> bool:
        """Whether the site is reached by TLS, so that cookies may demand it."""
        return self.base_url.startswith("https://")

    @property
    def is_sqlite(self) -> bool:
        """Whether the database is a file in this process's reach."""
        return self.database_url.startswith("sqlite")

    @property
    def maildir(self) -> Path | None:
        """The folder letters are written to, or None where they are sent by SMTP."""
        return Path(self.mail_url.removeprefix("maildir:")) if self.mail_url.startswith("maildir:") else None


def _as_host(host: str) -> str:
    """What the server listens on, as it stands in an address."""
    if host in {"0.0.0.0", "::"}:  # noqa: S104 - compared, never bound
        return "127.0.0.1"
    return f"[{host}]" if ":" in host and not host.startswith("[") else host


def _kept_secret(data_dir: Path) -> str:
    data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    file = data_dir / "secret_key"
    try:
        # Created with its mode and exclusively: two processes that start together agree on one key.
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as new:
            new.write(secrets.token_urlsafe(48))
    except FileExistsError:
        pass
    return file.read_text().strip()


def load_settings(**given: object) -> Settings:
    """Settings from the environment, overridden by what is given.

    Raises SettingsError with one line for each wrong setting, by its name in the environment.
    """
    try:
        return Settings(**given)  # type: ignore[arg-type]  # pydantic checks them itself
    except ValidationError as error:
        lines = []
        for problem in error.errors():
            name = "_".join(str(part) for part in problem["loc"][:1]).upper()
            text = problem["msg"].removeprefix("Value error, ")
            if not name:  # a check over several settings names its own in the text
                name, _, text = text.partition(": ")
            lines.append(f"{name}: {text}" if name in {"HOST", "PORT"} else f"EVENTHUB_{name}: {text}")
        raise SettingsError("\n".join(lines)) from None
