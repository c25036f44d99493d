"""comicapi, and ComicTagger's library, which has the same names: the environment decides."""

from pathlib import Path

from comicapi.comicarchive import ComicArchive, MetaDataStyle

from benchmarks.peers.serving import Tags, serve

_CIX = MetaDataStyle.CIX
_FIELDS = {
    "Series": "series",
    "Number": "issue",
    "Title": "title",
    "Publisher": "publisher",
    "Summary": "comments",
}


def read(path: Path, _: Tags) -> object:
    archive = ComicArchive(path)
    return archive.get_page_name_list(), archive.read_metadata(_CIX)


def write(path: Path, tags: Tags) -> None:
    archive = ComicArchive(path)
    metadata = archive.read_metadata(_CIX)
    for element, attribute in _FIELDS.items():
        setattr(metadata, attribute, tags[element])
    metadata.year = int(tags["Year"])
    metadata.is_empty = False
    if not archive.write_metadata(metadata, _CIX):
        raise OSError("the tags were not written")


def convert(path: Path, _: Tags) -> None:
    if not ComicArchive(path).export_as_zip(path.with_suffix(".cbz")):
        raise OSError("nothing was exported")


if __name__ == "__main__":
    serve(add=write, replace=write, read=read, convert=convert)
