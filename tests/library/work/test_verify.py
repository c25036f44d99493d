import os
import pickle
from pathlib import Path
from typing import Any

import pytest

from library.exceptions import FileProblem
from library.work.process import Plan
from library.work.verify import BIT_ROT, examine
from tests.library.archives.making import zip_bytes
from tests.library.archives.test_cbt import tar_bytes
from tests.library.archives.test_images import image_bytes

NEVER: dict[str, Any] = {
    "verdict": "ok",
    "verdict_reason": "",
    "fingerprint": "",
    "verified_depth": "",
    "verified_size_bytes": None,
    "verified_mtime_ns": None,
}
PAGES = {"1.png": image_bytes("PNG"), "2.jpg": image_bytes("JPEG")}


class Known:
    """A comic's row, as far as verifying concerns it."""

    def __init__(self, path: Path) -> None:
        self.path, self.row = path, dict(NEVER)

    def verify(self, depth: str = "checksums") -> Plan:
        data = {"path": str(self.path), **self.row}
        plan: Plan = pickle.loads(pickle.dumps(examine(data, {"depth": depth})))
        self.row |= plan.row
        return plan

    def write(self, data: bytes, *, mtime_ns: int = 10**18) -> None:
        self.path.write_bytes(data)
        os.utime(self.path, ns=(mtime_ns, mtime_ns))


def flipped(data: bytes, page: str = "2.jpg") -> bytes:
    at = data.index(PAGES[page]) + 30
    return data[:at] + bytes([data[at] ^ 4]) + data[at + 1 :]


@pytest.fixture
def comic(tmp_path: Path) -> Known:
    known = Known(tmp_path / "a.cbz")
    known.write(zip_bytes(PAGES))
    return known


def test_a_sound_comic_is_known_by_its_pages(comic: Known) -> None:
    plan = comic.verify()
    assert (plan.outcome, plan.message, plan.changes) == ("unchanged", "", ())
    assert len(comic.row["fingerprint"]) == 64
    assert comic.row == {
        "verdict": "ok",
        "verdict_reason": "",
        "page_count": 2,
        "fingerprint": comic.row["fingerprint"],
        "verified_depth": "checksums",
        "verified_size_bytes": comic.path.stat().st_size,
        "verified_mtime_ns": 10**18,
    }


def test_a_verdict_that_is_another_one_is_a_change(comic: Known) -> None:
    comic.row["verdict"] = "unread"
    plan = comic.verify()
    assert plan.outcome == "changed"
    assert plan.changes == ({"field": "verdict", "before": "unread", "after": "ok"},)


def test_a_damaged_comic_fails_with_the_reason(comic: Known) -> None:
    comic.write(flipped(zip_bytes(PAGES)))
    for _again in range(2):
        plan = comic.verify()
        assert (plan.outcome, plan.message) == ("failed", "2.jpg in the archive is damaged.")
        assert (comic.row["verdict"], comic.row["fingerprint"]) == ("damaged", "")


@pytest.mark.parametrize("before", ["checksums", "pages"])
def test_other_pages_under_the_same_date_are_bit_rot_until_they_are_back(
    comic: Known, before: str
) -> None:
    comic.verify(before)
    sound = dict(comic.row)
    comic.write(flipped(zip_bytes(PAGES)))
    for depth in ("checksums", "pages"):
        plan = comic.verify(depth)
        assert plan.outcome == "failed"
        assert plan.message == f"{BIT_ROT} 2.jpg in the archive is damaged."
        assert (comic.row["verdict"], comic.row["fingerprint"]) == ("damaged", sound["fingerprint"])
    comic.write(zip_bytes(PAGES))
    assert comic.verify("container").outcome == "failed"
    assert comic.verify().outcome == "changed"
    assert comic.row == sound


def test_bit_rot_is_found_where_the_container_has_no_sums(comic: Known) -> None:
    comic.write(tar_bytes(PAGES))
    comic.row["verdict"] = "warn"
    assert comic.verify().outcome == "unchanged"
    comic.write(flipped(tar_bytes(PAGES)))
    plan = comic.verify()
    assert (plan.outcome, plan.message) == ("failed", BIT_ROT)


def test_bit_rot_in_the_table_of_contents_is_found_too(comic: Known) -> None:
    comic.verify("pages")
    data = zip_bytes(PAGES)
    comic.write(data[:-60] + bytes(60))
    assert BIT_ROT in comic.verify("container").message


def test_a_file_with_another_date_is_another_file(comic: Known) -> None:
    comic.verify()
    comic.write(flipped(zip_bytes(PAGES)), mtime_ns=2 * 10**18)
    assert comic.verify().message == "2.jpg in the archive is damaged."
    comic.write(zip_bytes({"1.png": PAGES["1.png"]}), mtime_ns=3 * 10**18)
    assert comic.verify().outcome == "changed"
    assert comic.row["page_count"] == 1


def test_damage_that_may_have_been_there_before_is_no_rot(comic: Known) -> None:
    comic.write(flipped(zip_bytes(PAGES)))
    assert comic.verify("container").outcome == "unchanged"
    assert comic.row["fingerprint"]
    for _again in range(2):
        assert comic.verify().message == "2.jpg in the archive is damaged."


def test_a_look_that_goes_less_deep_takes_nothing_back(comic: Known) -> None:
    png = bytearray(PAGES["1.png"])
    at = png.index(b"IDAT") + 8
    png[at : at + 20] = bytes(20)
    comic.write(zip_bytes({"1.png": bytes(png)}))
    comic.verify("pages")
    found = dict(comic.row)
    assert found["verdict"] == "damaged"
    for depth in ("checksums", "container"):
        assert comic.verify(depth).outcome == "failed"
        assert comic.row == found


def test_what_cannot_be_read_says_nothing_of_the_pages(comic: Known) -> None:
    comic.path.unlink()
    plan = comic.verify()
    assert (plan.outcome, plan.message) == ("failed", "The file is no longer there.")
    assert comic.row == NEVER
    comic.path.mkdir()
    assert comic.verify().message == "It is a folder, not a file."


def test_one_that_goes_away_while_it_is_read_is_no_verdict(
    comic: Known, monkeypatch: pytest.MonkeyPatch
) -> None:
    from library.archives import verifying

    def inspect_and_remove(path: Path) -> Any:
        found = inspect(path)
        path.unlink()
        return found

    inspect = verifying.inspect
    monkeypatch.setattr(verifying, "inspect", inspect_and_remove)
    with pytest.raises(FileProblem):
        comic.verify()
