"""Schemathesis: whatever is sent to the API, each answer is one that the schema tells of.

The cases come from the schema itself: right ones, odd ones and wrong ones. All of schemathesis'
checks look at each answer. `API_CASES` says how many (`make fault`: 10,000).
"""

import os
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from django.contrib.auth.models import User
from schemathesis import engine
from schemathesis.engine import events

from comicmaintainer import first_run
from comicmaintainer.models import ApiToken
from jobs.models import Job
from library import tag_editing
from tests.library.shelving import Shelf

CASES = int(os.environ.get("API_CASES", 300))
OPERATIONS = 25
"""About so many calls the schema has; a test below counts them."""
STREAM = "/api/events/stream"
"""No part of Django; tests/jobs/test_stream_application.py has its own wrong requests."""


@pytest.fixture
def site_schema(
    live_server: Any, admin: User, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> Any:
    first_run._done = True
    settings.API_CALLS_PER_MINUTE = 0
    # No worker is there to wait for.
    monkeypatch.setattr(tag_editing, "WAIT_SECONDS", 0)
    Shelf(tmp_path).comic()
    Job.objects.create(operation="scan", status="completed", total=0, revision=1)
    key = ApiToken.objects.issue(admin, "cases")
    headers = {"Authorization": f"Token {key}"}
    address = f"{live_server.url}/api/schema/"
    found = schemathesis.openapi.from_url(address, headers=headers, config=configuration(headers))
    return found.exclude(path=STREAM)


def configuration(headers: dict[str, str]) -> Any:
    is_long = CASES > 1000
    return schemathesis.Config.from_dict(
        {
            "headers": headers,
            "cache": {"enabled": False},
            "seed": 1,
            "continue-on-failure": True,
            "generation": {"deterministic": not is_long, "max-examples": CASES // OPERATIONS},
            "phases": {
                "coverage": {"enabled": is_long},
                # Of its own accord it would make five times as many as all others together.
                "stateful": {
                    "enabled": is_long,
                    "max-steps": 10,
                    "generation": {"max-examples": max(1, CASES // 100)},
                },
            },
            # It would try each part of each operation's schema against all others, for hours.
            "operations": [
                {"include-name": "POST /api/jobs/", "phases": {"coverage": {"enabled": False}}}
            ],
            "checks": {
                # What a request names must exist, which no schema can tell: that is a 400 too.
                "negative_data_rejection": {"expected-statuses": ["4xx"]},
                "positive_data_acceptance": {
                    "expected-statuses": ["2xx", "304", "400", "401", "403", "404", "409", "412"]
                },
            },
        }
    )


def test_each_answer_is_as_the_schema_says(site_schema: Any) -> None:
    wrong: dict[str, str] = {}
    cases = 0
    for event in engine.from_schema(site_schema).execute():
        if isinstance(event, events.NonFatalError | events.FatalError):
            wrong[str(getattr(event, "value", event))] = ""
        if not isinstance(event, events.ScenarioFinished):
            continue
        cases += len(event.recorder.cases)
        for case_id, checks in event.recorder.checks.items():
            case = event.recorder.cases[case_id].value
            for check in checks:
                if check.failure_info is not None and not _is_about_empty(case, check):
                    label = f"{case.operation.label}: {check.failure_info.failure.title}"
                    wrong.setdefault(
                        label, str(check.failure_info.failure) + case.as_curl_command()
                    )
    assert not wrong, "\n\n".join(f"{label}\n{what}" for label, what in wrong.items())
    assert cases >= CASES


def _is_about_empty(case: Any, check: Any) -> bool:
    """A query key without a value, as forms send it, is as if it were not there."""
    is_about_values = check.name == "negative_data_rejection"
    given = (case.query or {}).values()
    last = [each[-1] if isinstance(each, list) and each else each for each in given]
    return is_about_values and any(each in ("", None) for each in last)
