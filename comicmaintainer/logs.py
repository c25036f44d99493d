"""Log lines: plain or JSON, one line an event, without control characters and without secrets."""

import json
import logging
import re
import traceback
from datetime import UTC, datetime
from typing import Any

HIDDEN = "***"
_LEAST_LETTERS = 6
"""A shorter secret is hidden by the patterns alone: it may well be a common word."""
_PATTERNS = (
    # https://name:password@host
    re.compile(r"(?P<kept>://[^/\s:@]*:)[^/\s@]+(?=@)"),
    re.compile(r"(?i)(?P<kept>\bauthorization['\"]?[:=]\s*['\"]?(?:\w+\s+)?)[^\s'\",]+"),
    re.compile(
        r"(?i)(?P<kept>\b(?:token|bearer|password|passwd|secret|api_?key)['\"]?[:=]\s*['\"]?)[^\s'\",&]+"
    ),
    re.compile(r"(?P<kept>whsec_)[A-Za-z0-9+/=]+"),
)
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")


class _Formatter(logging.Formatter):
    def __init__(self, secrets: list[str] | None = None) -> None:
        super().__init__()
        self._secrets = [secret for secret in secrets or [] if len(secret) >= _LEAST_LETTERS]

    def _clean(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, HIDDEN)
        for pattern in _PATTERNS:
            text = pattern.sub(rf"\g<kept>{HIDDEN}", text)
        return _CONTROL.sub(lambda found: _escape(found[0]), text)

    def _traceback(self, record: logging.LogRecord) -> list[str]:
        if not record.exc_info or record.exc_info[0] is None:
            return []
        text = "".join(traceback.format_exception(*record.exc_info))
        return [self._clean(line) for line in text.rstrip("\n").split("\n")]


class PlainFormatter(_Formatter):
    """Lines of a traceback are set in, so that nothing in them looks like an event of its own."""

    def format(self, record: logging.LogRecord) -> str:
        first = f"{record.levelname} {record.name}: {self._clean(record.getMessage())}"
        return "\n".join([first, *(f"  {line}" for line in self._traceback(record))])


class JsonFormatter(_Formatter):
    def format(self, record: logging.LogRecord) -> str:
        event: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": self._clean(record.getMessage()),
        }
        if lines := self._traceback(record):
            event["exception"] = "\n".join(lines)
        return json.dumps(event)


class WithoutTraceback(logging.Filter):
    """For what a stranger can cause at will, and where the code is not at fault."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.exc_info = None
        return True


def _escape(letter: str) -> str:
    return letter.encode("unicode_escape").decode()


def configuration(*, form: str, level: str, secrets: list[str]) -> dict[str, Any]:
    """Django's LOGGING. Other packages are heard from warnings on: they are louder."""
    number = logging.getLevelNamesMapping()[level]
    formatter = JsonFormatter if form == "json" else PlainFormatter
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"chosen": {"()": formatter, "secrets": secrets}},
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "chosen"}},
        "root": {"handlers": ["console"], "level": max(number, logging.WARNING)},
        "filters": {"without_traceback": {"()": WithoutTraceback}},
        "loggers": {
            **{name: {"level": level} for name in ("comicmaintainer", "jobs", "library")},
            "django.security.DisallowedHost": {"filters": ["without_traceback"]},
        },
    }
