from collections.abc import Mapping
from pathlib import Path

import pytest

from jobs import lifecycle
from jobs.models import Job
from jobs.operations import Outcome
from jobs.worker import Worker
from library.archives import patching
from library.archives.opening import inspect, pages
from library.models import Change, Comic, Library, TrashedFile
from library.registering import register_and_scan
from library.undoing import undo, undo_job
from tests.library.archives.making import FIXTURES, PAGE, zip_bytes
from tests.library.archives.rar_making import rar4_bytes, rar5_bytes, with_pages
from tests.library.archives.test_cbt import tar_bytes
from tests.library.shelving import sha256
from tests.library.test_process_job import snapshot
from tests.waiting import finished

XML = b"<ComicInfo><Title>T</Title><Series>Moss</Series><Number>3</Number></ComicInfo>"
MEMBERS = {"b/10.jpg": PAGE * 9, "b/2.jpg": PAGE, "ComicInfo.xml": XML}


def fixture(name: str) -> bytes:
    data = (FIXTURES / name).read_bytes()
    return with_pages(data) if name.endswith(".rar") else data


CONTAINERS: dict[str, bytes] = {
    "Moss - Chapter 0003.cbr": rar5_bytes(MEMBERS),
    "rar4.cbr": rar4_bytes(MEMBERS),
    "solid rar4.cbr": fixture("rarfile/rar3-solid.rar"),
    "solid rar5.cbr": fixture("rarfile/rar5-solid.rar"),
    "solid.cb7": fixture("made/lzma2.cb7"),
    "not solid.cb7": fixture("made/not-solid.cb7"),
    "plain.cbt": tar_bytes(MEMBERS),
    "packed.cbt": fixture("made/xz.cbt"),
    "rar under a wrong name.cbz": rar5_bytes(MEMBERS),
}


def scanned(folder: Path, files: Mapping[str, bytes]) -> Library:
    for name, data in files.items():
        (folder / name).write_bytes(data)
    library, scan = register_and_scan(str(folder))
    assert finished(scan).status == Job.Status.COMPLETED
    return library


def convert(*, dry_run: bool = False, **options: object) -> Job:
    submitted = lifecycle.submit("convert", {"all": True}, options=options, dry_run=dry_run)
    return finished(submitted)


def digests(path: Path) -> list[tuple[str, bytes]]:
    return sorted((page.name, page.data) for page in pages(path))


def message(job: Job, name: str) -> str:
    return str(job.items.get(path=name).message)


def shown(comic: Comic) -> tuple[object, ...]:
    return (comic.format, comic.verdict, comic.page_count, comic.state, comic.state_reason)


def rows() -> dict[str, tuple[object, ...]]:
    return {comic.path: (*shown(comic), comic.tags) for comic in Comic.objects.all()}


def test_every_container_becomes_a_cbz_with_the_same_pages(worker: Worker, tmp_path: Path) -> None:
    library = scanned(tmp_path, CONTAINERS)
    before = {Path(name).stem: digests(tmp_path / name) for name in CONTAINERS}
    originals = sorted(sha256(tmp_path / name) for name in CONTAINERS)
    job = convert()
    assert (job.status, job.changed, job.errors) == (Job.Status.COMPLETED, len(CONTAINERS), 0)
    assert set(job.items.values_list("message", flat=True)) == {"Converted to .cbz."}
    assert {p.stem: digests(p) for p in tmp_path.glob("*.cbz")} == before
    assert [p.name for p in tmp_path.iterdir() if p.suffix != ".cbz"] == [".comicmaintainer"]
    assert sorted(map(sha256, tmp_path.glob(".comicmaintainer/trash/*"))) == originals
    assert TrashedFile.objects.count() == len(CONTAINERS)
    assert not Change.objects.exclude(patch=None).exists()
    follow = rows()
    assert follow["Moss - Chapter 0003.cbz"][:4] == ("cbz", "ok", 2, Comic.State.CLEAN)
    assert follow["rar4.cbz"][3:5] == (Comic.State.NEEDS_WORK, "Name does not follow the template")
    finished(lifecycle.submit("scan", {"library": library.pk}, options={"reread": True}))
    assert rows() == follow
    assert convert().unchanged == len(CONTAINERS)


def test_undo_brings_every_original_back_under_its_name(worker: Worker, tmp_path: Path) -> None:
    scanned(tmp_path, CONTAINERS)
    before = {name: sha256(tmp_path / name) for name in CONTAINERS}
    formats = dict(Comic.objects.values_list("path", "format"))
    job = convert()
    assert [each.problem for each in undo_job(job.pk)] == [None] * len(CONTAINERS)
    files = [p for p in tmp_path.iterdir() if p.is_file()]
    assert {p.name: sha256(p) for p in files} == before
    assert dict(Comic.objects.values_list("path", "format")) == formats
    assert all(comic.file.stat().st_size == comic.size_bytes for comic in Comic.objects.all())


def test_an_undo_that_is_undone_is_the_cbz_again(worker: Worker, tmp_path: Path) -> None:
    scanned(tmp_path, {"x.cbr": rar5_bytes(MEMBERS)})
    convert()
    converted = sha256(tmp_path / "x.cbz")
    undone = undo(Change.objects.get())
    assert Comic.objects.get().format == "cbr"
    undo(undone)
    assert Comic.objects.get().format == "cbz"
    assert sha256(tmp_path / "x.cbz") == converted


def test_an_original_goes_to_the_trash_however_small_a_patch_were(
    worker: Worker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patching, "MAX_PACKED_BYTES", 2**30)
    scanned(tmp_path, {"x.cbr": rar5_bytes(MEMBERS)})
    convert()
    assert Change.objects.get().keeps_original
    assert TrashedFile.objects.get().path == "x.cbr"


DAMAGED = rar5_bytes(MEMBERS).replace(b"nobody", b"somebo", 1)
BAD = {
    "damaged.cbr": (DAMAGED, Outcome.FAILED, "damaged"),
    "cut off.cbr": (rar5_bytes(MEMBERS)[:-40], Outcome.FAILED, "ends too early"),
    "secret.cb7": (fixture("made/encrypted.cb7"), Outcome.FAILED, "by a password"),
    "secret.cbr": (fixture("rarfile/rar5-psw.rar"), Outcome.FAILED, "by a password"),
    "odd.cb7": (fixture("made/bcj2.cb7"), Outcome.SKIPPED, "cannot be read"),
    "text.cbt": (b"no archive", Outcome.FAILED, "not a comic archive"),
}


def test_what_cannot_be_converted_is_said_and_left_alone(worker: Worker, tmp_path: Path) -> None:
    scanned(tmp_path, {name: data for name, (data, *_rest) in BAD.items()})
    before = snapshot(tmp_path)
    job = convert()
    for name, (_data, outcome, why) in BAD.items():
        assert job.items.get(path=name).outcome == outcome, name
        assert why in message(job, name)
    assert snapshot(tmp_path) == before
    assert not Change.objects.open().exists()


def test_a_dry_run_says_what_would_be_and_touches_nothing(worker: Worker, tmp_path: Path) -> None:
    scanned(tmp_path, CONTAINERS)
    before, said = snapshot(tmp_path), rows()
    dry = convert(dry_run=True)
    assert (dry.changed, snapshot(tmp_path), rows()) == (len(CONTAINERS), before, said)
    assert not Change.objects.exists()
    changes = dry.items.get(path="rar4.cbr").changes
    assert changes == convert().items.get(path="rar4.cbr").changes
    assert changes[0] == {"field": "format", "before": "CBR", "after": "CBZ"}


def test_a_name_that_is_taken_is_a_conflict(worker: Worker, tmp_path: Path) -> None:
    files = {"x.cbr": rar5_bytes(MEMBERS), "x.cbz": zip_bytes(MEMBERS)}
    scanned(tmp_path, files)
    before = snapshot(tmp_path)
    for job in (convert(dry_run=True), convert()):
        assert (job.conflict, job.unchanged) == (1, 1)
        assert message(job, "x.cbr") == "“x.cbz” exists already."
    assert snapshot(tmp_path) == before


def test_of_two_that_want_one_name_exactly_one_gets_it(worker: Worker, tmp_path: Path) -> None:
    files = {"x.cbr": rar5_bytes(MEMBERS), "x.cbt": tar_bytes(MEMBERS)}
    scanned(tmp_path, files)
    job = convert()
    assert (job.changed, job.conflict) == (1, 1)
    assert sorted(p.suffix for p in tmp_path.iterdir() if p.is_file()) in (
        [".cbr", ".cbz"],
        [".cbt", ".cbz"],
    )


def test_one_of_a_group_that_is_damaged_concerns_no_other(worker: Worker, tmp_path: Path) -> None:
    files = {f"{n:02}.cbr": rar5_bytes(MEMBERS) for n in range(12)} | {"05.cbr": DAMAGED}
    scanned(tmp_path, files)
    job = convert()
    assert (job.changed, job.failed) == (11, 1)
    assert all(inspect(p).verdict == "ok" for p in tmp_path.glob("*.cbz"))
    assert (tmp_path / "05.cbr").read_bytes() == DAMAGED


def test_a_zip_under_another_suffix_only_gets_its_name(worker: Worker, tmp_path: Path) -> None:
    scanned(tmp_path, {"x.cbr": zip_bytes(MEMBERS)})
    before = sha256(tmp_path / "x.cbr")
    job = convert()
    assert message(job, "x.cbr") == "Renamed to “x.cbz”."
    assert sha256(tmp_path / "x.cbz") == before
    assert Comic.objects.get().verdict == Comic.Verdict.OK
    assert not TrashedFile.objects.exists()


def test_a_cbz_that_is_right_stays_what_it_is(worker: Worker, tmp_path: Path) -> None:
    scanned(tmp_path, {"x.cbz": zip_bytes({**MEMBERS, "Thumbs.db": b"t"})})
    Comic.objects.update(state=Comic.State.DUPLICATE)
    before = snapshot(tmp_path)
    assert convert(drop_junk=True).unchanged == 1
    assert snapshot(tmp_path) == before
    assert Comic.objects.get().state == Comic.State.DUPLICATE


def test_what_systems_left_behind_is_left_out(worker: Worker, tmp_path: Path) -> None:
    scanned(tmp_path, {"x.cbr": rar5_bytes({"Thumbs.db": b"t", **MEMBERS})})
    before = digests(tmp_path / "x.cbr")
    assert convert(drop_junk=True).changed == 1
    assert digests(tmp_path / "x.cbz") == before
    assert b"Thumbs.db" not in (tmp_path / "x.cbz").read_bytes()


def test_a_duplicate_stays_one(worker: Worker, tmp_path: Path) -> None:
    scanned(tmp_path, {"x.cbr": rar5_bytes(MEMBERS)})
    Comic.objects.update(state=Comic.State.DUPLICATE, state_reason="Another has its name")
    assert convert().changed == 1
    comic = Comic.objects.get()
    assert (comic.format, comic.state, comic.state_reason) == (
        "cbz", "duplicate", "Another has its name",
    )  # fmt: skip


def test_the_original_can_stay_beside_the_new_file(worker: Worker, tmp_path: Path) -> None:
    scanned(tmp_path, {"Moss - Chapter 0003.cbr": rar5_bytes(MEMBERS)})
    before, original = rows(), sha256(tmp_path / "Moss - Chapter 0003.cbr")
    dry = convert(original="keep", dry_run=True)
    assert (dry.changed, rows()) == (1, before)
    job = convert(original="keep")
    assert message(job, "Moss - Chapter 0003.cbr") == "Converted to .cbz; the original stays."
    new = Comic.objects.get(format="cbz")
    assert (new.path, new.present, new.page_count) == ("Moss - Chapter 0003.cbz", True, 2)
    assert (new.state, new.series, new.size_bytes) == ("clean", "Moss", new.file.stat().st_size)
    assert digests(new.file) == digests(tmp_path / "Moss - Chapter 0003.cbr")
    assert sha256(tmp_path / "Moss - Chapter 0003.cbr") == original
    assert rows() == before | {new.path: rows()[new.path]}
    assert not TrashedFile.objects.exists()
    again = convert(original="keep")
    assert (again.conflict, again.unchanged) == (1, 1)
    assert [each.problem for each in undo_job(job.pk)] == [None]
    new.refresh_from_db()
    assert not new.present
    assert not new.file.exists()
    assert sha256(tmp_path / "Moss - Chapter 0003.cbr") == original


def test_one_that_has_the_new_name_itself_cannot_stay(worker: Worker, tmp_path: Path) -> None:
    scanned(tmp_path, {"x.cbz": rar5_bytes(MEMBERS)})
    job = convert(original="keep")
    assert job.skipped == 1
    assert "cannot stay" in message(job, "x.cbz")


def test_no_row_is_left_of_a_new_file_that_could_not_be_made(
    worker: Worker, tmp_path: Path
) -> None:
    scanned(tmp_path, {"x.cbr": DAMAGED})
    Comic.objects.update(verdict="ok")
    assert convert(original="keep").failed == 1
    assert Comic.objects.get().path == "x.cbr"
    assert [p.name for p in tmp_path.iterdir() if p.is_file()] == ["x.cbr"]


def test_a_wrong_suffix_is_left_as_it_is_where_that_is_asked(
    worker: Worker, tmp_path: Path
) -> None:
    scanned(tmp_path, {"x.cbr": zip_bytes(MEMBERS)})
    assert convert(fix_suffixes=False).unchanged == 1
    assert convert().changed == 1


def test_a_suffix_that_stays_takes_no_name_from_another(worker: Worker, tmp_path: Path) -> None:
    scanned(tmp_path, {"x.cbr": zip_bytes(MEMBERS), "x.cbt": tar_bytes(MEMBERS)})
    job = convert(fix_suffixes=False)
    assert (job.conflict, job.unchanged, job.changed) == (0, 1, 1)
    assert sorted(path.name for path in tmp_path.glob("x.*")) == ["x.cbr", "x.cbz"]


def test_credits_of_scanners_are_left_out_and_come_back_with_undo(
    worker: Worker, tmp_path: Path
) -> None:
    credits = {"b/zz-scanner.jpg": PAGE * 3, "release.nfo": b"we did it"}
    counted = XML.replace(b"</Number>", b"</Number><PageCount>3</PageCount>")
    scanned(tmp_path, {"x.cbr": rar5_bytes({**MEMBERS, **credits, "ComicInfo.xml": counted})})
    finished(lifecycle.submit("verify", {"all": True}, options={"depth": "container"}))
    assert Comic.objects.get().fingerprint
    job = convert(drop_credits=True)
    item = job.items.get()
    assert item.message == "Converted to .cbz. 2 files left out."
    assert {
        "field": "files",
        "before": "b/zz-scanner.jpg, release.nfo",
        "after": "",
    } in item.changes
    assert {"field": "PageCount", "before": "3", "after": "2"} in item.changes
    comic = Comic.objects.get()
    assert (comic.page_count, comic.fingerprint, comic.verified_at) == (2, "", None)
    assert (comic.tags["PageCount"], inspect(comic.file).comicinfo) == (
        "2",
        counted.replace(b"<PageCount>3<", b"<PageCount>2<"),
    )
    assert [name for name, _data in digests(comic.file)] == ["b/10.jpg", "b/2.jpg"]
    assert [each.problem for each in undo_job(job.pk)] == [None]
    comic.refresh_from_db()
    assert (comic.page_count, comic.format, comic.tags["PageCount"]) == (3, "cbr", "3")
