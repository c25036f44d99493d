"""Damaged and hostile files of every kind, each with the verdict that it must get."""

from tests.library.archives.hostile.base import Kind
from tests.library.archives.hostile.odds import images, no_archives, no_files
from tests.library.archives.hostile.rars import rars
from tests.library.archives.hostile.sevenzips import seven_zips
from tests.library.archives.hostile.tars import tars
from tests.library.archives.hostile.xmls import xml
from tests.library.archives.hostile.zips import zip_bombs, zip_names, zips


def kinds() -> list[Kind]:
    found = [
        *no_archives(), *zips(), *zip_names(), *zip_bombs(), *xml(), *tars(),
        *seven_zips(), *rars(), *images(), *no_files(),
    ]  # fmt: skip
    assert len({kind.name for kind in found}) == len(found)
    return found
