"""docs/commands.md shows what the commands really print; UPDATE_DOCS=1 writes it anew."""

import io
import json
import os
import re
import shlex
from contextlib import redirect_stderr, redirect_stdout
from itertools import zip_longest
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command

from comicmaintainer.models import ApiToken
from tests.library.comics import make_comic

DOCUMENT = Path(__file__).resolve().parent.parent / "docs" / "commands.md"
SESSION = re.compile(r"(?<=```console\n).*?(?=```)", re.DOTALL)
SHOWN = "/srv/comics"
IDS = re.compile(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b|\b[0-9a-f]{8}\b(?!-)")
VARYING = [
    (re.compile(r"\d{4}-\d\d-\d\d(?:T[\d:.]+(?:Z|\+00:00)?)?"), "2026-03-01"),
    (re.compile(r'("revision"|"duration_ms"): \d+'), r"\1: 7"),
]


@pytest.fixture
def comics(django_db_reset_sequences: None, admin: User, tmp_path: Path, settings: Any) -> Path:
    settings.WORKERS = 1  # so that the order is always the same
    folder = tmp_path / "comics"
    for number in (1, 2):
        make_comic(folder / "Bone" / f"Bone {number:02}.cbz", Series="Bone", Number=f"{number}")
    (folder / "Bone" / "Bone 03.cbz").write_bytes(b"no comic")
    ApiToken.objects.issue(admin, "phone")
    return folder


def run(line: str, folder: Path, ids: dict[str, str]) -> str:
    """What a command prints, and its exit code where that is not 0."""
    for shown, real in ids.items():
        line = line.replace(shown, real)
    out = io.StringIO()
    code = 0
    words = shlex.split(line.replace(SHOWN, str(folder)))
    with redirect_stdout(out), redirect_stderr(io.StringIO()):
        try:
            call_command(*words, stdout=out)
        except CommandError as error:
            code = error.returncode
            out.write(f"CommandError: {error}\n")
        except SystemExit as ended:
            code = int(ended.code or 0)
    text = out.getvalue().replace(str(folder), SHOWN)
    return text + (f"[exit code {code}]\n" if code else "")


def as_shown(text: str, ids: dict[str, str]) -> str:
    """With times that do not vary, and with the ids of the document in the place of real ones."""
    for pattern, constant in VARYING:
        text = pattern.sub(constant, text)

    def named(found: re.Match[str]) -> str:
        real = found[0]
        head = real[:8]
        known = {whole[:8]: shown for shown, whole in ids.items()}
        shown = known.setdefault(head, f"{0x6F1C7A52 + len(known):08x}")
        ids.setdefault(shown, head)
        return shown + (real[8:] and "-0d0e-4f0e-9d5e-0c6b1f2a3b4c")

    return IDS.sub(named, text)


def test_what_is_shown_is_what_is_printed(comics: Path) -> None:
    document = DOCUMENT.read_text()
    ids: dict[str, str] = {}

    def play(session: re.Match[str]) -> str:
        played = ""
        for line in session[0].splitlines():
            if line.startswith("$ manage.py "):
                printed = run(line.removeprefix("$ manage.py "), comics, ids)
                played += f"{line}\n{as_shown(printed, ids)}"
        return played

    played = SESSION.sub(play, document)
    if os.environ.get("UPDATE_DOCS"):
        DOCUMENT.write_text(played)
    printed = played.splitlines()
    assert [known_part(*pair) for pair in zip_longest(document.splitlines(), printed)] == printed


def known_part(shown: str | None, printed: str | None) -> str | None:
    """A line of JSON may say more than is shown: keys are added, and none is dropped."""
    try:
        both: list[Any] = [json.loads(line or "") for line in (shown, printed)]
    except ValueError:
        return shown
    return printed if both[1] == both[1] | both[0] else shown
