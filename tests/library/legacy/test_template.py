import pytest

from library.legacy.template import translate
from library.naming import render

TAGS = {"Series": "Bone", "Number": "7.5", "Title": "Out", "Year": "1991", "Volume": "2"}


@pytest.mark.parametrize(
    ("old", "padding", "new"),
    [
        ("{series} - Chapter {issue}", 4, "{series} - Chapter {issue:4}"),
        ("{series} - Chapter {issue}", 0, "{series} - Chapter {issue}"),
        ("{series} {issue_no_pad}.cbz", 4, "{series} {issue}"),
        ("{series} ({year}) #{issue}", 3, "{series}[ ({year})] #{issue:3}"),
        ("{series} v{volume} {issue} {title}", 2, "{series} v[{volume}] {issue:2} [{title}]"),
        ("[{publisher}] {series} {issue}", 4, r"\[[{publisher}]\] {series} {issue:4}"),
    ],
)
def test_the_old_format_becomes_a_template(old: str, padding: int, new: str) -> None:
    assert translate(old, padding).template == new
    assert translate(old, padding).remarks == []


def test_names_come_out_as_before() -> None:
    template = translate("{series} ({year}) - Chapter {issue} {title}", 4).template
    assert render(template, TAGS, ".cbz") == "Bone (1991) - Chapter 0007.5 Out.cbz"
    assert render(template, {"Series": "Bone", "Number": "7"}, ".cbz") == "Bone - Chapter 0007.cbz"


def test_an_unknown_field_is_left_out_and_named() -> None:
    translated = translate("{series} {mood} {issue}", 4)
    assert translated.template == "{series}  {issue:4}"
    assert "{mood}" in translated.remarks[0]


def test_too_many_digits_are_named() -> None:
    translated = translate("{series} {issue}", 12)
    assert translated.template == "{series} {issue:9}"
    assert "9 digits instead of 12" in translated.remarks[0]


@pytest.mark.parametrize("old", ["{series}/{issue}", "Chapter", ""])
def test_what_is_no_template_here_is_said(old: str) -> None:
    translated = translate(old, 4)
    assert translated.template == ""
    assert old in translated.remarks[0]
