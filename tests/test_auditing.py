"""A package with a known hole fails `make lint`; one that nobody could look up is named."""

from typing import Any

from tests.auditing import judged

SAFE = {"name": "django", "version": "5.2.19", "vulns": []}
HOLE = {"name": "old", "version": "1", "vulns": [{"id": "PYSEC-1", "fix_versions": ["2"]}]}
UNKNOWN = {"name": "odd", "skip_reason": "not found"}


def audit(*packages: Any) -> dict[str, Any]:
    return {"dependencies": list(packages)}


def test_a_known_hole_is_told_with_its_remedy_and_fails() -> None:
    lines, is_bad = judged([audit(SAFE), audit(HOLE)])
    assert is_bad
    assert lines == ["2 packages checked, 1 known holes.", "old 1: PYSEC-1, mended in ['2']"]


def test_what_could_not_be_looked_up_is_named() -> None:
    lines, is_bad = judged([audit(SAFE, UNKNOWN)])
    assert not is_bad
    assert lines == ["1 packages checked, 0 known holes.", "NOT CHECKED: odd"]


def test_silence_is_not_taken_for_safety() -> None:
    for answers in ([None], [audit(UNKNOWN)], [audit(SAFE), None]):
        assert judged(answers)[0] == ["NOT CHECKED: no service that knows of holes answers here."]
