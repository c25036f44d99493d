"""comicbox: the library of Codex."""

from pathlib import Path
from xml.sax.saxutils import escape

from comicbox.box import Comicbox
from comicbox.config import get_config
from comicbox.formats import MetadataFormats
from loguru import logger

from benchmarks.peers.serving import Tags, serve

_READ = get_config({"comicbox": {}})
_WRITE = get_config({"comicbox": {"write": {"formats": ["cix"]}}})
_CONVERT = get_config({"comicbox": {"convert": {"cbz": True}}})


def read(path: Path, _: Tags) -> object:
    with Comicbox(path, config=_READ) as box:
        return box.get_page_filenames(), box.get_internal_metadata()


def write(path: Path, tags: Tags) -> None:
    elements = "".join(f"<{name}>{escape(text)}</{name}>" for name, text in tags.items())
    xml = f"<ComicInfo>{elements}</ComicInfo>"
    with Comicbox(path, config=_WRITE, metadata=xml, fmt=MetadataFormats.COMIC_INFO) as box:
        box.dump()


def convert(path: Path, _: Tags) -> None:
    with Comicbox(path, config=_CONVERT) as box:
        box.dump()


if __name__ == "__main__":
    logger.remove()
    serve(add=write, replace=write, read=read, convert=convert)
