import pytest

from library.archives.pagenumbers import missing_numbers, told


def pages(*numbers: int, form: str = "{:03}.jpg") -> list[str]:
    return [form.format(number) for number in numbers]


@pytest.mark.parametrize(
    ("names", "gaps"),
    [
        (pages(1, 2, 3), []),
        (pages(1, 2, 4), ["3"]),
        (pages(3, 4, 5), []),
        (pages(1, 2, 5, 6, 7, 9), ["3-4", "8"]),
        (pages(1, 2, 4, form="Moss 012 - p{:02} [x3].jpg"), []),
        (pages(1, 2, 4, form="Moss 012 - p{:02} (scan).jpg"), ["3"]),
        (["cover.jpg", *pages(1, 2, 4)], ["3"]),
        ([*pages(1, 2, 3, 6), "004-005.jpg"], []),
        ([*pages(1, 2, 3, 7, 8), "004-005.jpg"], ["6"]),
        (pages(1, 4, 5, 6, form="Moss_001-{:03}.jpg"), ["2-3"]),
        (pages(2, 1, 4, 3, 6, form="Page{}.png"), ["5"]),
        (pages(10, 20, 30, 40), []),
        (pages(7, 193, 88213, form="{}f.jpg"), []),
        (["a/1.jpg", "a/2.jpg", "a/3.jpg", "b/5.jpg", "b/6.jpg", "b/8.jpg"], ["7"]),
        (["a\\1.jpg", "a\\2.jpg", "a\\4.jpg"], ["3"]),
        (pages(1, 3), []),
        (["9" * 5000 + ".jpg", "1.jpg", "2.jpg", "4.jpg"], ["3"]),
        (["001a.jpg", "001b.jpg", "002.jpg", "004.jpg"], ["3"]),
        (["a.jpg", "b.jpg"], []),
        ([], []),
    ],
)
def test_the_gaps_in_numbered_names_are_found(names: list[str], gaps: list[str]) -> None:
    assert missing_numbers(names) == gaps


def test_many_gaps_are_told_shortly() -> None:
    assert told(["3", "5-7"]) == "Page numbers are missing: 3, 5-7."
    assert told(list("1234567")) == "Page numbers are missing: 1, 2, 3, 4, 5 and 2 more."
