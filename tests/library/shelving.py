"""A library of real comics with rows, and changes of them without a job."""

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path

from library.archives.building import build as archive_build
from library.archives.building import build_all
from library.archives.constructions import BuiltFile, Workplace
from library.archives.copying import copied
from library.archives.rewriting import rewrite, rewritten
from library.changing import carry_out, carry_out_all
from library.exceptions import ComicError
from library.files import FileIdentity
from library.foldering import count_missing
from library.journal import Intent
from library.models import Change, Comic, ComicWords, Library, TrashedFile, columns_of
from library.searching import store_words
from library.trash import removed
from tests.library.archives.making import comic_bytes

XML = b"<ComicInfo><Series>Brass Harbour</Series></ComicInfo>"
TAGS = {"Series": "Brass Harbour"}


def clear() -> None:
    """No comics, no changes. In thousands of cases a delete that collects nothing saves a third of
    the time."""
    for model in (TrashedFile, Change, ComicWords, Comic):
        model.objects.all()._raw_delete("default")


def identity(path: Path) -> FileIdentity:
    return FileIdentity.of(path.lstat())


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


class Shelf:
    def __init__(self, root: Path) -> None:
        root.mkdir(parents=True, exist_ok=True)
        self.root = root
        self.library, _made = Library.objects.get_or_create(
            path=str(root), defaults={"name": str(root)[-100:]}
        )

    def comic(
        self, path: str = "Ash/old.cbz", *, pages: int = 2, data: bytes | None = None
    ) -> Comic:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data or comic_bytes({"Series": "Ash"}, pages=pages))
        status = file.stat()
        row = Comic.objects.create(
            library=self.library,
            path=path,
            folder=str(Path(path).parent),
            name=file.name,
            format="cbz",
            size_bytes=status.st_size,
            mtime_ns=status.st_mtime_ns,
            **columns_of({"Series": "Ash"}),
        )
        store_words([row])
        return row

    def change(
        self,
        comic: Comic,
        *,
        rewrites: bool = True,
        new_name: str = "",
        new_folder: str | None = None,
        crosses: bool = False,
        keeps_original: bool = False,
        during: Callable[[], None] = lambda: None,
        xml: bytes = XML,
        position: int | None = None,
        job: str | None = None,
        expected: FileIdentity | None = None,
    ) -> Change:
        file = comic.file
        expected = expected or identity(file)

        def build(place: Workplace) -> BuiltFile | None:
            built = None
            if rewrites:
                built = rewrite(file, xml, expected=expected, place=place)
            elif crosses:
                built = archive_build(copied(file, expected=expected, place=place))
            during()
            return built

        intent = Intent(
            comic,
            "test",
            expected,
            new_name=new_name,
            new_folder=new_folder,
            makes=count_missing(str(self.root), new_folder) if new_folder else 0,
            crosses=crosses,
            before={"Series": "Ash"},
            after=TAGS if rewrites else {"Series": "Ash"},
            job=job,
            position=position,
        )
        return carry_out(intent, build, keeps_original=keeps_original)

    def remove(self, comic: Comic, *, expected: FileIdentity | None = None) -> Change:
        """To the trash."""
        expected = expected or identity(comic.file)
        intent = Intent(comic, "trash", expected, before=comic.tags, after=comic.tags)
        return carry_out(
            intent, lambda place: removed(str(self.root), comic.folder, comic.name, expected)
        )

    def change_all(
        self, new_names: dict[Comic, str], expected: dict[Comic, FileIdentity]
    ) -> dict[Comic, Change | ComicError]:
        """Give each comic other tags and the name that is given, if any, all in one go."""
        intents = [
            Intent(
                comic,
                "test",
                expected[comic],
                new_name=new_name,
                before={"Series": "Ash"},
                after=TAGS,
            )
            for comic, new_name in new_names.items()
        ]

        def build(places: Sequence[Workplace]) -> Sequence[BuiltFile | ComicError]:
            return build_all(
                [
                    rewritten(intent.comic.file, XML, expected=intent.expected, place=place)
                    for intent, place in zip(intents, places, strict=True)
                ]
            )

        return dict(zip(new_names, carry_out_all(intents, build), strict=True))

    def names(self) -> list[str]:
        """Every file of the library but those in its trash, relative to it."""
        return sorted(
            str(file.relative_to(self.root))
            for file in self.root.rglob("*")
            if not file.is_dir() and ".comicmaintainer" not in file.parts
        )

    def trash(self) -> list[str]:
        return [sha256(file) for file in sorted(self.root.glob(".comicmaintainer/trash/*"))]
