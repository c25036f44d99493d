"""The documents say what the code says."""

import re
from pathlib import Path

import pytest
from django.core.management import get_commands

from jobs import operations
from library.template_fields import FIELDS, FILTERS

ROOT = Path(__file__).resolve().parent.parent


def read(name: str) -> str:
    return (ROOT / name).read_text()


def test_every_setting_is_documented_and_no_other() -> None:
    sources = read("comicmaintainer/settings.py") + read("comicmaintainer/env.py")
    readers = r"\b(?:text|integers?|count|flag|choice|words|hosts|networks|path|base_path|folder)"
    used = set(re.findall(rf'{readers}\(\s*"([A-Z_]+)"', sources))
    documented = set(re.findall(r"^\| `([A-Z_]+)`", read("docs/settings.md"), re.M))
    assert documented == used


def test_every_system_check_is_documented_and_no_other() -> None:
    sources = [file for package in ("jobs", "library") for file in (ROOT / package).rglob("*.py")]
    said = set(re.findall(r"\b\w+\.[EW]\d{3}\b", "".join(file.read_text() for file in sources)))
    documented = set(re.findall(r"^\| `(\w+\.[EW]\d{3})`", read("docs/settings.md"), re.M))
    assert documented == said


def test_nothing_but_the_settings_reads_the_environment() -> None:
    readers = [
        str(file.relative_to(ROOT))
        for package in ("comicmaintainer", "jobs", "library")
        for file in (ROOT / package).rglob("*.py")
        if re.search(r"os\.environ(?!\.setdefault\(\"DJANGO_SETTINGS)|getenv", file.read_text())
    ]
    between_processes = {"jobs/pool.py", "jobs/preloaded.py"}  # what one tells another, no setting
    assert {*readers} - between_processes == {"comicmaintainer/env.py"}


def test_every_operation_is_documented() -> None:
    text = read("docs/operations.md")
    ours = [o for o in operations.registered() if type(o).__module__.startswith("library.")]
    assert ours
    for operation in ours:
        row = re.search(rf"^\| `{operation.name}` \|(.*)$", text, re.M)
        assert row, operation.name
        assert set(re.findall(r"`(\w+)`", row[1])) == set(operation.form().fields)
        assert str(operation.summary) in row[1]


def test_every_field_and_filter_of_templates_is_documented_and_no_other() -> None:
    text = read("docs/operations.md").partition("### The template")[2].partition("## normalize")[0]
    rows = re.findall(r"^\| (`\{.*?) \|", text.partition("| field |")[2], re.M)
    assert set(re.findall(r"`\{(\w+)\}`", " ".join(rows))) == set(FIELDS)
    filters = re.search(r"a field through a filter: (.*?);", text)
    assert filters
    assert set(re.findall(r"`(\w+)`", text[filters.start() :].splitlines()[0])) == set(FILTERS)


def test_every_command_is_documented() -> None:
    ours = {
        name
        for name, app in get_commands().items()
        if str(app).split(".")[0] in ("comicmaintainer", "jobs", "library")
    }
    text = read("docs/commands.md")
    assert ours
    for name in ours:
        assert f"`manage.py {name}" in text, name


@pytest.mark.parametrize(
    "name", ["README.md", "CONTRIBUTING.md", *map(str, Path("docs").glob("*.md"))]
)
def test_links_lead_somewhere(name: str) -> None:
    folder = (ROOT / name).parent
    for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", read(name)):
        assert (folder / target).exists(), target
