import json
import logging
import sys
from typing import Any

import pytest

from comicmaintainer.logs import JsonFormatter, PlainFormatter, configuration

SECRETS = ["correct-horse-battery"]


def record(message: str, *args: Any, error: BaseException | None = None) -> logging.LogRecord:
    info = (type(error), error, error.__traceback__) if error else None
    return logging.LogRecord("jobs.pool", logging.WARNING, "f", 1, message, args, info)  # type: ignore[arg-type]


def test_a_plain_event_is_one_line() -> None:
    text = PlainFormatter().format(
        record("item failed path=%s", "a\nERROR jobs: forged\x1b[2J\u202e")
    )
    assert text == (r"WARNING jobs.pool: item failed path=a\nERROR jobs: forged\x1b[2J\u202e")


def test_nothing_in_a_traceback_looks_like_an_event() -> None:
    try:
        raise ValueError("bad\nERROR jobs: forged\r")
    except ValueError as error:
        text = PlainFormatter().format(record("it broke", error=error))
    first, *rest = text.split("\n")
    assert first == "WARNING jobs.pool: it broke"
    assert rest and all(line.startswith("  ") for line in rest)
    assert rest[-1] == "  ERROR jobs: forged\\r"


def test_a_json_event_is_one_object_on_one_line() -> None:
    try:
        raise OSError("the disk\nis gone")
    except OSError as error:
        text = JsonFormatter().format(record("it broke at %s", "Ü\u2028", error=error))
    assert "\n" not in text and text.isascii()
    event = json.loads(text)
    assert event["level"] == "warning" and event["logger"] == "jobs.pool"
    assert event["message"] == "it broke at Ü\\u2028"
    assert event["time"].endswith("+00:00")
    assert "OSError: the disk\nis gone" in event["exception"]


@pytest.mark.parametrize(
    ("said", "secret"),
    [
        ("connect to postgres://comics:hunter2@db/comics", "hunter2"),
        ("redis://:hunter2@redis:6379/0 is away", "hunter2"),
        ("headers {'Authorization': 'Token abcdef123'}", "abcdef123"),
        ("Authorization: Bearer abcdef123", "abcdef123"),
        ("GET /x?token=abcdef123&a=b", "abcdef123"),
        ("password: hunter2", "hunter2"),
        ('{"password": "hunter2"}', "hunter2"),
        ("key whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "MfKQ9r8GKY"),
        ("it is correct-horse-battery", "correct-horse-battery"),
    ],
)
@pytest.mark.parametrize("formatter", [PlainFormatter(SECRETS), JsonFormatter(SECRETS)])
def test_secrets_are_hidden(formatter: logging.Formatter, said: str, secret: str) -> None:
    error = RuntimeError(said)
    text = formatter.format(record("%s", said, error=error))
    assert secret not in text
    assert "***" in text


def test_the_level_is_ours_and_others_stay_quiet() -> None:
    chosen = configuration(form="json", level="DEBUG", secrets=[])
    assert chosen["loggers"]["jobs"]["level"] == "DEBUG"
    assert chosen["root"]["level"] == logging.WARNING
    assert configuration(form="plain", level="ERROR", secrets=[])["root"]["level"] == logging.ERROR


def test_the_formatters_work_as_logging_is_set_up_with_them(
    capsys: pytest.CaptureFixture[str],
) -> None:
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter(SECRETS))
    logger = logging.Logger("library")
    logger.addHandler(handler)
    logger.error("100%% of %d", 3)
    assert json.loads(capsys.readouterr().err)["message"] == "100% of 3"
