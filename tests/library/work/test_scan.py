import json
import subprocess
import sys
from pathlib import Path

from library.work.scan import examine
from tests.library.archives.making import make_comic, zip_bytes

CLEAN = {"Series": "Moss", "Number": "3", "Title": "Roots"}


def test_a_clean_comic_is_told_in_full(tmp_path: Path) -> None:
    path = make_comic(tmp_path / "Moss - Chapter 0003.cbz", CLEAN, pages=5)
    found = examine({"path": str(path)})
    status = path.stat()
    assert found == {
        "path": str(path),
        "identity": {
            "device": status.st_dev,
            "inode": status.st_ino,
            "size": status.st_size,
            "mtime_ns": status.st_mtime_ns,
        },
        "format": "cbz",
        "verdict": "ok",
        "reason": "",
        "page_count": 5,
        "tags": CLEAN,
        "state": "clean",
        "state_reason": "",
    }
    assert json.loads(json.dumps(found)) == found


def test_the_rules_decide_on_the_state(tmp_path: Path) -> None:
    path = make_comic(tmp_path / "Moss - Chapter 0003.cbz", CLEAN)
    found = examine({"path": str(path), "template": "{series} {issue}", "strict": None})
    assert (found["state"], found["state_reason"]) == (
        "needs_work",
        "Name does not follow the template",
    )


def test_tags_that_cannot_be_read_are_a_warning_and_the_pages_count(tmp_path: Path) -> None:
    path = tmp_path / "x.cbz"
    path.write_bytes(zip_bytes({"1.jpg": b"x", "ComicInfo.xml": b"<!DOCTYPE x><ComicInfo/>"}))
    found = examine({"path": str(path)})
    assert (found["verdict"], found["page_count"]) == ("warn", 1)
    assert found["reason"] == "ComicInfo.xml is refused: it holds a document type."
    assert found["state"] == "needs_work"


def test_a_file_that_cannot_be_read_says_why(tmp_path: Path) -> None:
    found = examine({"path": str(tmp_path / "gone.cbz")})
    assert found["identity"] is None
    assert found["state_reason"] == found["reason"] == "The file is no longer there."


def test_neither_tagged_nor_untagged_files_need_comicapi(tmp_path: Path) -> None:
    tagged = make_comic(tmp_path / "Moss 3.cbz", CLEAN)
    untagged = make_comic(tmp_path / "Moss 4.cbz")
    code = (
        "import sys; from library.work.scan import examine\n"
        f"for path in {[str(tagged), str(untagged)]}: examine({{'path': path}})\n"
        "sys.exit('comicapi' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
