import re

import pytest

from library.globs import regular_expression


@pytest.mark.parametrize(
    ("pattern", "matching", "other"),
    [
        ("*.cbz", "Ash/Ash 1.cbz", "Ash/Ash 1.cbz.part"),
        ("Ash/*", "Ash/2001/Ash 1.cbz", "Ashes/1.cbz"),
        ("Ash ?.cbz", "Ash 1.cbz", "Ash 10.cbz"),
        ("[AB]*", "Bone", "Cage"),
        ("[!A]*", "Bone", "Ash"),
        ("[]]*", "]x", "x"),
        ("[", "[", "x"),
        ("a+(b).cbz", "a+(b).cbz", "aab.cbz"),
        ("[\\]", "\\", "x"),
        ("*\n*", "a\nb", "ab"),
    ],
)
def test_a_pattern_is_translated(pattern: str, matching: str, other: str) -> None:
    expression = re.compile(regular_expression(pattern), re.DOTALL)
    assert expression.match(matching)
    assert not expression.match(other)
