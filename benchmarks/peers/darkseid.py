"""darkseid: the library of Metron-Tagger."""

from datetime import date
from pathlib import Path

from darkseid.comic import Comic, MetadataFormat
from darkseid.metadata import Basic, Publisher, Series

from benchmarks.peers.serving import Tags, serve

_FORMAT = MetadataFormat.COMIC_INFO


def read(path: Path, _: Tags) -> object:
    comic = Comic(path)
    return comic.get_page_name_list(), comic.read_metadata(_FORMAT)


def write(path: Path, tags: Tags) -> None:
    comic = Comic(path)
    metadata = comic.read_metadata(_FORMAT)
    metadata.series = Series(name=tags["Series"])
    metadata.issue = tags["Number"]
    metadata.stories = [Basic(tags["Title"])]
    metadata.publisher = Publisher(tags["Publisher"])
    metadata.cover_date = date(int(tags["Year"]), 1, 1)
    metadata.comments = tags["Summary"]
    if not comic.write_metadata(metadata, _FORMAT):
        raise OSError("the tags were not written")


def convert(path: Path, _: Tags) -> None:
    if not Comic(path).export_as_zip(path.with_suffix(".cbz")):
        raise OSError("nothing was exported")


if __name__ == "__main__":
    serve(add=write, replace=write, read=read, convert=convert)
