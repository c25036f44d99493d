import os
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from pytest_django import DjangoAssertNumQueries

from jobs import lifecycle, operations
from jobs.models import Job
from jobs.operations import Outcome, Task
from jobs.worker import Worker
from library.models import Change, Comic, Library
from library.registering import register_and_scan
from library.work import grouping
from library.work.verify import BIT_ROT
from tests.library.archives.making import FIXTURES, zip_bytes
from tests.library.archives.rar_making import rar5_bytes
from tests.library.archives.test_cbt import tar_bytes
from tests.library.archives.test_images import image_bytes
from tests.library.test_process_job import snapshot
from tests.waiting import finished

PNG, JPEG = image_bytes("PNG"), image_bytes("JPEG")
PAGES = {"1.png": PNG, "2.jpg": JPEG}
XML = {"ComicInfo.xml": b"<ComicInfo><Series>Moss</Series></ComicInfo>"}


def flipped(data: bytes) -> bytes:
    at = data.index(JPEG) + 30
    return data[:at] + bytes([data[at] ^ 4]) + data[at + 1 :]


def scanned(folder: Path, files: dict[str, bytes]) -> Library:
    for name, data in files.items():
        (folder / name).write_bytes(data)
    library, scan = register_and_scan(str(folder))
    assert finished(scan).status == Job.Status.COMPLETED
    return library


def verify(*, dry_run: bool = False, **options: Any) -> Job:
    submitted = lifecycle.submit("verify", {"all": True}, options=options, dry_run=dry_run)
    return finished(submitted)


def results(job: Job) -> dict[str, tuple[str, str]]:
    items = job.items.values_list("path", "outcome", "message")
    return {path: (outcome, message) for path, outcome, message in items}


def rot(path: Path) -> None:
    status = path.stat()
    path.write_bytes(flipped(path.read_bytes()))
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


FILES = {
    "a sound.cbz": zip_bytes(PAGES),
    "b sound.cbr": rar5_bytes({**PAGES, **XML}),
    "c gap.cbt": tar_bytes({"1.png": PNG, "2.png": PNG, "4.png": PNG}),
    "d damaged.cbz": flipped(zip_bytes(PAGES)),
    "e secret.cb7": (FIXTURES / "made/encrypted.cb7").read_bytes(),
    "f odd.cb7": (FIXTURES / "made/bcj2.cb7").read_bytes(),
    "g text.cbz": b"text",
}


def test_every_comic_is_read_through_and_its_row_says_what_was_found(
    worker: Worker, tmp_path: Path
) -> None:
    scanned(tmp_path, FILES)
    before = snapshot(tmp_path)
    job = verify()
    found = results(job)
    assert found["a sound.cbz"] == ("unchanged", "Sound: 2 pages.")
    assert found["b sound.cbr"] == ("unchanged", "Sound: 2 pages.")
    assert found["c gap.cbt"] == ("changed", "Sound: 3 pages. Page numbers are missing: 3.")
    assert found["d damaged.cbz"] == ("failed", "2.jpg in the archive is damaged.")
    assert found["e secret.cb7"] == ("failed", "The archive is protected by a password.")
    assert found["f odd.cb7"][0] == "skipped"
    assert found["g text.cbz"] == ("failed", "The file is not a comic archive.")
    assert snapshot(tmp_path) == before
    rows = {comic.path: comic for comic in Comic.objects.all()}
    assert rows["c gap.cbt"].verdict_reason == "Page numbers are missing: 3."
    assert rows["d damaged.cbz"].verdict == Comic.Verdict.DAMAGED
    assert rows["a sound.cbz"].fingerprint == rows["b sound.cbr"].fingerprint != ""
    assert rows["a sound.cbz"].verified_at
    assert not rows["f odd.cb7"].verified_at
    assert not Change.objects.exists()
    again = verify()
    assert (again.changed, again.unchanged, again.failed) == (0, 3, 3)


def test_a_dry_run_says_the_same_and_stores_nothing(worker: Worker, tmp_path: Path) -> None:
    scanned(tmp_path, FILES)
    rows = list(Comic.objects.order_by("pk").values())
    dry = verify(dry_run=True)
    assert list(Comic.objects.order_by("pk").values()) == rows
    wet = verify()
    assert results(dry) == results(wet)
    item = wet.items.get(path="d damaged.cbz")
    assert item.changes == [{"field": "verdict", "before": "ok", "after": "damaged"}]


@pytest.mark.parametrize("operation", ["process", "edit_tags", "convert"])
def test_what_was_found_to_be_damaged_is_not_rewritten(
    worker: Worker, tmp_path: Path, operation: str
) -> None:
    name, pack = ("Moss 1.cbt", tar_bytes) if operation == "convert" else ("Moss 1.cbz", zip_bytes)
    text = {"2.jpg": b"no image at all, however its sum is right"}
    library = scanned(tmp_path, {name: pack(PAGES | text)})
    verify()
    before = snapshot(tmp_path)
    options = {"edit_tags": {"tags": {"Title": "T"}}}.get(operation, {})
    for dry_run in (True, False):
        job = lifecycle.submit(operation, {"all": True}, options=options, dry_run=dry_run)
        said = ("failed", "The page “2.jpg” is no image of a known kind.")
        assert results(finished(job)) == {name: said}
    assert snapshot(tmp_path) == before
    # Another file under its name is not what was verified.
    (tmp_path / name).write_bytes(pack(PAGES))
    finished(lifecycle.submit("scan", {"library": library.pk}))
    job = lifecycle.submit(operation, {"all": True}, options=options)
    assert finished(job).errors == 0


def test_what_was_found_to_be_damaged_stays_so_where_it_only_gets_another_name(
    worker: Worker, tmp_path: Path
) -> None:
    scanned(tmp_path, {"Moss 1.cbr": zip_bytes({**PAGES, "2.jpg": b"no image at all"})})
    verify()
    assert finished(lifecycle.submit("convert", {"all": True})).changed == 1
    comic = Comic.objects.get()
    reason = "The page “2.jpg” is no image of a known kind."
    assert (comic.name, comic.verdict, comic.verdict_reason) == ("Moss 1.cbz", "damaged", reason)
    before = snapshot(tmp_path)
    for operation, options in (("process", {}), ("edit_tags", {"tags": {"Title": "T"}})):
        job = finished(lifecycle.submit(operation, {"all": True}, options=options))
        assert results(job) == {"Moss 1.cbz": ("failed", reason)}
    assert snapshot(tmp_path) == before


def test_bit_rot_is_found_after_everything_that_this_program_does(
    worker: Worker, tmp_path: Path
) -> None:
    library = scanned(tmp_path, {"a.cbz": zip_bytes({**PAGES, **XML})})
    verify()
    first = Comic.objects.get().fingerprint
    tags = {"tags": {"Number": "3", "Title": "T"}}
    finished(lifecycle.submit("edit_tags", {"all": True}, options=tags))
    finished(lifecycle.submit("rename", {"all": True}))
    comic = Comic.objects.get()
    assert comic.name == "Moss - Chapter 0003.cbz"
    rot(comic.file)
    job = verify()
    assert results(job)[comic.path] == (
        "failed", f"{BIT_ROT} 2.jpg in the archive is damaged.",
    )  # fmt: skip
    finished(lifecycle.submit("scan", {"library": library.pk}, options={"reread": True}))
    comic.refresh_from_db()
    assert (comic.verdict, comic.fingerprint) == (Comic.Verdict.DAMAGED, first)


def test_a_file_that_was_replaced_is_judged_anew_by_a_scan(worker: Worker, tmp_path: Path) -> None:
    library = scanned(tmp_path, {"a.cbz": flipped(zip_bytes(PAGES))})
    assert verify().failed == 1
    (tmp_path / "a.cbz").write_bytes(zip_bytes(PAGES))
    finished(lifecycle.submit("scan", {"library": library.pk}))
    assert Comic.objects.get().verdict == Comic.Verdict.OK
    assert verify().unchanged == 1


def test_what_was_refused_is_looked_at_again_unless_no_path_leads_to_it(
    worker: Worker, tmp_path: Path
) -> None:
    scanned(tmp_path, {"a.cbz": zip_bytes(PAGES), "caf\udce9.cbz": zip_bytes(PAGES)})
    Comic.objects.update(verdict=Comic.Verdict.REFUSED, verdict_reason="Too slow.")
    assert sorted(results(verify()).values()) == [
        ("changed", "Sound: 2 pages."),
        ("skipped", "Too slow."),
    ]


def test_a_page_that_no_program_can_show_is_found_by_decoding(
    worker: Worker, tmp_path: Path
) -> None:
    at = PNG.index(b"IDAT") + 8
    broken = PNG[:at] + bytes(20) + PNG[at + 20 :]
    scanned(tmp_path, {"a.cbz": zip_bytes({"1.png": broken})})
    assert verify(depth="container").unchanged == 1
    assert verify(depth="checksums").unchanged == 1
    assert results(verify(depth="pages")) == {
        "a.cbz": ("failed", "The page “1.png” cannot be decoded.")
    }
    assert Comic.objects.get().verified_depth == "pages"


@pytest.mark.django_db
def test_a_group_costs_as_many_queries_as_one(
    tmp_path: Path, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    library = Library.objects.create(name="L", path=str(tmp_path))
    comics = []
    for n in range(20):
        (tmp_path / f"{n}.cbz").write_bytes(zip_bytes(PAGES))
        comics.append(
            Comic.objects.create(library=library, path=f"{n}.cbz", name=f"{n}.cbz", verdict="ok")
        )
    tasks = [
        Task("6f9619ff-8b86-d011-b42d-00c04fc964ff", n, str(comic.pk), comic.path,
             {"depth": "checksums"}, dry_run=False)
        for n, comic in enumerate(comics)
    ]  # fmt: skip

    def child(function: str, /, *args: Any) -> Any:
        return getattr(grouping, function.partition(":")[2])(*args)

    # Each row's values go in one statement for all.
    with django_assert_max_num_queries(4):
        found = operations.get("verify").perform_group(tasks, child)
    assert {result.outcome for result in found} == {Outcome.UNCHANGED}
    assert not Comic.objects.filter(verified_at=None).exists()


def test_the_depth_has_to_be_one_of_three() -> None:
    operation = operations.get("verify")
    assert lifecycle.clean_options(operation, {}) == {"depth": "checksums"}
    assert operation.timeout_seconds == 600
    with pytest.raises(ValidationError, match="depth: Select a valid choice"):
        lifecycle.clean_options(operation, {"depth": "deep"})


def test_remarks_leave_a_comic_readable_and_stand_in_the_list(
    worker: Worker, tmp_path: Path
) -> None:
    remarks = {
        "gap.cbz": ({"1.png": PNG, "2.png": PNG, "4.png": PNG}, "Page numbers are missing: 3."),
        "empty.cbz": ({"1.png": PNG, "2.png": b""}, "The page “2.png” is empty."),
        "type.cbz": ({"1.jpg": PNG}, "The page “1.jpg” is really a PNG image."),
    }
    scanned(tmp_path, {name: zip_bytes(pages) for name, (pages, _remark) in remarks.items()})
    job = verify()
    assert (job.changed, job.errors) == (3, 0)
    for name, (_pages, remark) in remarks.items():
        comic = Comic.objects.get(path=name)
        assert (comic.verdict, comic.verdict_reason) == (Comic.Verdict.WARN, remark)
        assert results(job)[name][1].endswith(remark)
    assert verify().unchanged == 3


def test_bit_rot_is_found_where_a_container_has_no_sums(worker: Worker, tmp_path: Path) -> None:
    scanned(tmp_path, {"a.cbt": tar_bytes(PAGES)})
    verify()
    path = tmp_path / "a.cbt"
    status = path.stat()
    data = path.read_bytes()
    at = data.index(JPEG) + len(JPEG) - 8
    path.write_bytes(data[:at] + bytes([data[at] ^ 4]) + data[at + 1 :])
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert results(verify())["a.cbt"][0] == "failed"
    assert Comic.objects.get().verdict_reason.startswith(BIT_ROT)
