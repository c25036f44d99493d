from typing import Any

import pytest

from library.keeping import Copy, suggestion

USUAL: dict[str, Any] = {
    "verdict": "ok",
    "problem": "",
    "format": "cbz",
    "page_count": 24,
    "width": 1600,
    "height": 2400,
    "tag_count": 5,
    "size_bytes": 10_000_000,
}


def copies(*differences: dict[str, Any]) -> list[Copy]:
    return [Copy(comic=n, path=f"{n}.cbz", **(USUAL | each)) for n, each in enumerate(differences)]


@pytest.mark.parametrize(
    ("worse", "better", "reason"),
    [
        ({"verdict": "damaged", "page_count": 90}, {}, "The archive is sound."),
        ({"problem": "Page 3 is cut off.", "width": 9999}, {}, "The archive is sound."),
        ({"verdict": "unread"}, {}, "The archive is sound."),
        ({}, {"page_count": 36}, "More pages."),
        ({"page_count": 25}, {"width": 3200, "height": 4800}, "Larger images."),
        ({}, {"page_count": 25}, "More pages."),
        ({}, {"tag_count": 9}, "Better tags."),
        ({"size_bytes": 99_000_000, "format": "cbr"}, {}, "It is a .cbz."),
        ({"verdict": "warn"}, {}, "No remark on its archive."),
        ({}, {"size_bytes": 11_000_000}, "The larger file."),
    ],
)
def test_the_better_one_is_kept_with_the_reason(
    worse: dict[str, Any], better: dict[str, Any], reason: str
) -> None:
    keeper, said = suggestion(copies(worse, better))
    assert (keeper.comic, said) == (1, reason)


def test_a_damaged_one_never_wins_over_a_sound_one() -> None:
    best = {"page_count": 99, "width": 9999, "tag_count": 40, "size_bytes": 10**9}
    for bad in ("damaged", "encrypted", "refused", "not_a_comic"):
        assert suggestion(copies(best | {"verdict": bad}, {}))[0].comic == 1


def test_of_two_that_are_alike_in_all_the_first_by_name_is_kept() -> None:
    assert suggestion(copies({}, {}))[0].comic == 0


def test_the_size_of_images_decides_only_where_all_were_looked_at() -> None:
    assert suggestion(copies({"width": 0, "height": 0, "tag_count": 9}, {}))[0].comic == 0
