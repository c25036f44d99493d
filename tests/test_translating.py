"""makemessages finds every text: it does not look into f-strings."""

import ast

import pytest

from tests.serving import ROOT

PACKAGES = ("comicmaintainer", "jobs", "library")
FINDERS = ("_", "gettext", "gettext_lazy", "ngettext", "ngettext_lazy", "pgettext")


def hidden_in(source: str) -> list[int]:
    """The lines of texts that are marked within an f-string."""
    strings = (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.JoinedStr))
    calls = (call for each in strings for call in ast.walk(each) if isinstance(call, ast.Call))
    return [
        call.lineno for call in calls if isinstance(call.func, ast.Name) and call.func.id in FINDERS
    ]


def test_a_text_in_an_f_string_is_noticed() -> None:
    assert hidden_in("a = 1\nb = f\"{_('Finished.')} {a}\"") == [2]


@pytest.mark.parametrize("package", PACKAGES)
def test_no_text_is_hidden_in_an_f_string(package: str) -> None:
    found = {path.name: hidden_in(path.read_text()) for path in (ROOT / package).rglob("*.py")}
    assert {name: lines for name, lines in found.items() if lines} == {}
