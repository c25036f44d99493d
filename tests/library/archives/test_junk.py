import pytest

from library.archives.junk import credits_among, dropped

PAGES = [f"Ash 01/{n:03}.jpg" for n in range(1, 23)]


@pytest.mark.parametrize(
    "name",
    [
        "zz-scanner.jpg", "zzzNahga-DCP.jpg", "z_tag.jpg", "Z Minutemen.jpg", "credits.jpg",
        "zz.png", "Scanned by me.jpg", "999-credit.jpg", "cp-tag.jpg",
    ],
)  # fmt: skip
def test_a_page_of_scanners_at_the_end_is_known_by_its_name(name: str) -> None:
    assert credits_among([*PAGES, f"Ash 01/{name}"]) == [f"Ash 01/{name}"]


@pytest.mark.parametrize(
    "name", ["zebra.jpg", "023.jpg", "stage.jpg", "accreditation.jpg", "back.jpg"]
)
def test_other_pages_stay(name: str) -> None:
    assert credits_among([*PAGES, f"Ash 01/{name}"]) == []


def test_a_page_in_the_middle_stays() -> None:
    middle = "Ash 01/010 scanner darkly.jpg"
    assert credits_among([*PAGES, middle]) == []


def test_where_many_pages_are_called_so_it_is_how_they_are_named() -> None:
    assert credits_among([f"scanned {n:02}.jpg" for n in range(20)]) == []
    assert credits_among(["credits.jpg"]) == []
    assert credits_among(["1.jpg", "zz1.jpg", "zz2.jpg"]) == []


def test_texts_of_scanners_are_known_too() -> None:
    names = ["release.nfo", "file_id.diz", "Scanner info.txt", "notes.txt", "ComicInfo.xml"]
    assert credits_among([*PAGES, *names]) == names[:3]


def test_only_what_is_asked_for_is_dropped() -> None:
    names = [*PAGES, "zz-scanner.jpg", "Thumbs.db"]
    assert dropped(names, junk=True, credits=False) == ["Thumbs.db"]
    assert dropped(names, junk=False, credits=True) == ["zz-scanner.jpg"]
    assert dropped(names, junk=False, credits=False) == []
