from pathlib import Path

from library.work.sources import Source, sources
from tests.library.archives.making import PAGE, zip_bytes


def said(root: Path, path: str, members: dict[str, bytes] | bytes) -> tuple[list[Source], str]:
    file = root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(members if isinstance(members, bytes) else zip_bytes(members))
    parent = "" if file.parent == root else str(file.parent.relative_to(root))
    found = sources({"root": str(root), "folder": parent, "name": file.name})
    return list(found.found), found.problem


def test_each_says_its_own_and_those_that_count_first_come_first(tmp_path: Path) -> None:
    members = {
        "1.jpg": PAGE,
        "CoMet.xml": b"<comet><title>Low Tide</title></comet>",
        "ComicInfo.xml": b"<ComicInfo><Series>Ash</Series><Odd>1</Odd></ComicInfo>",
    }
    found, problem = said(tmp_path, "Moss v3 (1990)/Fern 007 (1999).cbz", members)
    assert problem == ""
    assert [source.kind for source in found] == ["comicinfo", "comet", "name", "folder"]
    assert found[0].tags == {"Series": "Ash", "Odd": "1"}
    assert found[1].tags == {"Title": "Low Tide"}
    assert found[2].tags == {"Series": "Fern", "Number": "7", "Year": "1999"}
    assert found[3].tags == {"Series": "Moss", "Volume": "3"}


def test_the_librarys_own_folder_says_nothing(tmp_path: Path) -> None:
    found, _problem = said(tmp_path, "Fern 7.cbz", {"1.jpg": PAGE})
    assert [source.kind for source in found] == ["name"]


def test_one_that_cannot_be_read_says_why_and_hinders_no_other(tmp_path: Path) -> None:
    members = {"1.jpg": PAGE, "ComicInfo.xml": b"<ComicInfo><Series>"}
    found, problem = said(tmp_path, "Ash/Fern 7.cbz", members)
    assert problem == ""
    assert (found[0].kind, found[0].tags) == ("comicinfo", {})
    assert "not sound XML" in found[0].problem
    assert found[1].tags["Series"] == "Fern"


def test_names_speak_where_the_file_cannot_be_read(tmp_path: Path) -> None:
    found, problem = said(tmp_path, "Ash/Fern 7.cbz", b"text")
    assert problem == "The file is not a comic archive."
    assert [source.kind for source in found] == ["name", "folder"]
