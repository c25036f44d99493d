import pytest

from jobs.differences import MOST_WORDS, Part, marked


def shown(parts: list[Part]) -> str:
    return "".join(f"<{part.text}>" if part.differs else part.text for part in parts)


@pytest.mark.parametrize(
    ("before", "after", "old", "new"),
    [
        ("Ash #1.cbz", "Ash - Chapter 0001.cbz", "Ash <#1>.cbz", "Ash <- Chapter 0001>.cbz"),
        ("", "Ash", "", "<Ash>"),
        ("Ash", "", "<Ash>", ""),
        ("Ash", "Ash", "Ash", "Ash"),
        ("Ash Ember", "Ash & Ember", "Ash Ember", "Ash <& >Ember"),
        ("Über 1 alle", "Über 2 alle", "Über <1> alle", "Über <2> alle"),
        ("one two end", "1 2 end", "<one two> end", "<1 2> end"),
    ],
)
def test_differing_words_are_marked(before: str, after: str, old: str, new: str) -> None:
    assert tuple(map(shown, marked(before, after))) == (old, new)


@pytest.mark.parametrize("middle", ["", "x", "x y z"])
def test_long_texts_are_compared_from_their_ends(middle: str) -> None:
    start, end = "a b " * MOST_WORDS, " y z" * MOST_WORDS
    before, after = f"{start}old{end}", f"{start}{middle}{end}"
    for side, text in zip(marked(before, after), (before, after), strict=True):
        assert "".join(part.text for part in side) == text
        assert side[0].text.startswith("a b a b") and not side[0].differs
        assert side[-1].text.endswith("y z") and not side[-1].differs
