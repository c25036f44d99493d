"""Typed readers of the environment; each raises ImproperlyConfigured naming the variable."""

import os
import re
import secrets
from contextlib import suppress
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Any

import dj_database_url
from django.core.exceptions import ImproperlyConfigured

_YES = ("yes", "true", "on", "1")
_NO = ("no", "false", "off", "0")


def text(name: str, default: str = "") -> str:
    return os.environ.get(name, "").strip() or default


def integer(name: str, default: int, *, least: int = 0, most: int | None = None) -> int:
    value = text(name)
    return _whole(name, value, least, most) if value else default


def integers(name: str, *, least: int = 0, most: int | None = None) -> dict[str, int]:
    """Named numbers separated by commas, such as "verify=600,scan=60"."""
    found = {}
    for pair in words(name, []):
        key, equals, value = (part.strip() for part in pair.partition("="))
        if not (key and equals):
            raise ImproperlyConfigured(f"{name} must be like verify=600,scan=60, not {pair!r}.")
        found[key] = _whole(f"{name} ({key})", value, least, most)
    return found


def _whole(name: str, value: str, least: int, most: int | None) -> int:
    number = int(value) if value.isdecimal() else -1
    if number < least or (most is not None and number > most):
        upto = "up" if most is None else f"to {most}"
        text = f"{name} must be a whole number from {least} {upto}, not {value!r}."
        raise ImproperlyConfigured(text)
    return number


def choice(name: str, words: list[str]) -> str:
    """One of these words, the first one by default."""
    value = text(name, words[0]).lower()
    if value not in words:
        raise ImproperlyConfigured(f"{name} must be one of {', '.join(words)}, not {value!r}.")
    return value


def flag(name: str) -> bool:
    value = text(name, "no").lower()
    if value not in (*_YES, *_NO):
        raise ImproperlyConfigured(f"{name} must be yes or no, not {value!r}.")
    return value in _YES


def count(name: str) -> int:
    """A small number; "yes" is 1 and "no" is 0."""
    value = text(name, "no").lower()
    return int(flag(name)) if value in (*_YES, *_NO) else _whole(name, value, 0, 10)


def base_path(name: str) -> str:
    """Such as "/comics", without a slash at its end; empty for the root."""
    parts = text(name).strip("/").split("/")
    if parts == [""]:
        return ""
    if not all(re.fullmatch(r"[\w.~-]+", part, re.ASCII) and part.strip(".") for part in parts):
        raise ImproperlyConfigured(f"{name} must be a path like /comics, not {text(name)!r}.")
    return "/" + "/".join(parts)


def words(name: str, default: list[str]) -> list[str]:
    """A list separated by commas."""
    return [word.strip() for word in text(name).split(",") if word.strip()] or default


def networks(name: str) -> list[IPv4Network | IPv6Network]:
    """Networks separated by commas, such as "192.168.1.0/24,127.0.0.1"."""
    try:
        return [ip_network(word, strict=False) for word in words(name, [])]
    except ValueError as error:
        raise ImproperlyConfigured(f"{name} must be networks: {error}.") from error


def hosts(name: str, default: list[str]) -> list[str]:
    """Host names; "*" would let a page of any other site talk to ours under its own name."""
    found = words(name, default)
    if "*" in found:
        raise ImproperlyConfigured(
            f"{name} must name hosts, not “*”. “.example.com” is all of one."
        )
    return found


def path(name: str, default: Path) -> Path:
    return Path(text(name, str(default))).expanduser().absolute()


def folder(name: str, default: Path) -> Path:
    """A folder; made, for its owner alone, where it is absent."""
    found = path(name, default)
    try:
        found.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        text = f"{name}: the folder {found} cannot be made ({error.strerror})."
        raise ImproperlyConfigured(text) from error
    return found


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
    try:
        if not file.exists():
            if text("SECRET_KEY_FILE"):
                raise ImproperlyConfigured(f"SECRET_KEY_FILE names {file}, which does not exist.")
            write_secret(file)
        key = file.read_text().strip()
    except OSError as error:
        why = f"{file}, the file of the key, cannot be read or made ({error.strerror})."
        raise ImproperlyConfigured(why) from error
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
