"""Typed readers of the environment; each raises ImproperlyConfigured naming the variable."""

import os
import secrets
from contextlib import suppress
from pathlib import Path
from typing import Any

import dj_database_url
from django.core.exceptions import ImproperlyConfigured


def text(name: str, default: str = "") -> str:
    return os.environ.get(name, "").strip() or default


def integer(name: str, default: int, *, least: int = 0) -> int:
    value = text(name)
    if not value:
        return default
    if not value.isdecimal() or int(value) < least:
        raise ImproperlyConfigured(f"{name} must be a whole number from {least} up, not {value!r}.")
    return int(value)


def words(name: str, default: list[str]) -> list[str]:
    """A list separated by commas."""
    return [word.strip() for word in text(name).split(",") if word.strip()] or default


def path(name: str, default: Path) -> Path:
    return Path(text(name, str(default))).expanduser().absolute()


def database(url: str) -> dict[str, Any]:
    """Django's settings for DATABASE_URL, which names a PostgreSQL database."""
    try:
        parsed = dj_database_url.parse(url)
    except (ValueError, KeyError) as error:
        raise ImproperlyConfigured(f"DATABASE_URL cannot be read: {error}") from error
    if parsed["ENGINE"] != "django.db.backends.postgresql":
        raise ImproperlyConfigured("DATABASE_URL must begin with postgres://, or be absent.")
    return dict(parsed)


def secret_key(data_dir: Path) -> str:
    """SECRET_KEY, else the content of SECRET_KEY_FILE, else a key kept in the data folder.

    Makes that file, readable by its owner alone, where it is absent.
    """
    if key := text("SECRET_KEY"):
        return key
    file = path("SECRET_KEY_FILE", data_dir / "secret-key")
    if not file.exists():
        if text("SECRET_KEY_FILE"):
            raise ImproperlyConfigured(f"SECRET_KEY_FILE names {file}, which does not exist.")
        write_secret(file)
    key = file.read_text().strip()
    if not key:
        raise ImproperlyConfigured(f"{file} is empty. Delete it to have a new key made.")
    return key


def write_secret(file: Path, *, length_bytes: int = 50) -> None:
    """Put a new random key into `file`, unless another process was first."""
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_name(f"{file.name}.{os.getpid()}")
    draft.touch(mode=0o600)
    draft.write_text(secrets.token_urlsafe(length_bytes))
    try:
        with suppress(FileExistsError):
            file.hardlink_to(draft)
    finally:
        draft.unlink()
