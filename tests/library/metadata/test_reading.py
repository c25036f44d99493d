import json

import pytest

from library.archives.base import TagDocument
from library.metadata import comet, comicbookinfo, metroninfo
from library.metadata.exceptions import MetadataError
from library.metadata.pagetags import read_pages
from library.metadata.reading import read_tags

METRON = """<?xml version="1.0" encoding="utf-8"?>
<MetronInfo xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
  <IDS><ID source="Metron" primary="true">290431</ID></IDS>
  <Publisher id="12345"><Name>Lantern Press</Name><Imprint id="1">Wick</Imprint></Publisher>
  <Series lang="en" id="65478"><Name>Moss &amp; Fern</Name><SortName>Moss</SortName>
    <Volume>3</Volume><Format>Limited Series</Format><StartYear>2019</StartYear></Series>
  <CollectionTitle/>
  <Number>1.10</Number>
  <Stories><Story>Roots</Story><Story>Leaves</Story></Stories>
  <Summary>It grows.</Summary>
  <CoverDate>2020-05-01</CoverDate>
  <StoreDate>2020-04-01</StoreDate>
  <PageCount>20</PageCount>
  <Genres><Genre>Fantasy</Genre><Genre>Horror</Genre></Genres>
  <Tags><Tag>green</Tag></Tags>
  <Arcs><Arc><Name>Spring</Name><Number>2</Number></Arc></Arcs>
  <Characters><Character id="1">Ivy</Character><Character>Oak</Character></Characters>
  <GTIN><UPC>76194134182705111</UPC></GTIN>
  <AgeRating>Teen Plus</AgeRating>
  <URLs><URL>https://b.example/</URL><URL primary="true">https://a.example/</URL></URLs>
  <Credits>
    <Credit><Creator>Ann</Creator><Roles><Role>Writer</Role><Role>Artist</Role></Roles></Credit>
    <Credit><Creator>Bob</Creator><Roles><Role>Writer</Role><Role>Driver</Role></Roles></Credit>
  </Credits>
</MetronInfo>"""

COMET = """<?xml version="1.0" encoding="UTF-8"?>
<comet xmlns="http://www.denvog.com/comet/">
  <title>Roots</title><series>Moss</series><issue>½</issue><volume>2</volume>
  <date>2020-05-17</date><genre>Fantasy</genre><genre>Horror</genre>
  <character>Ivy</character><writer>Ann</writer><writer>Bob</writer>
  <coverDesigner>Cleo</coverDesigner><readingDirection>rtl</readingDirection>
</comet>"""

BOOK = {
    "appID": "ComicTagger/1.0.0",
    "ComicBookInfo/1.0": {
        "series": "Moss",
        "issue": 1.0,
        "volume": -1,
        "publicationYear": 2020,
        "publicationMonth": "5",
        "language": "English",
        "tags": ["green", 7, None],
        "title": "Roots\x00",
        "rating": True,
        "credits": [{"person": "Ann", "role": "Writer", "primary": True}, "nonsense", {}],
    },
}


def test_metroninfo_is_read_under_comicinfos_names() -> None:
    assert metroninfo.read(METRON.encode()) == {
        "Series": "Moss & Fern",
        "Number": "1.10",
        "Title": "Roots; Leaves",
        "Volume": "3",
        "Format": "Limited Series",
        "Summary": "It grows.",
        "Publisher": "Lantern Press",
        "Imprint": "Wick",
        "GTIN": "76194134182705111",
        "Genre": "Fantasy, Horror",
        "Tags": "green",
        "Characters": "Ivy, Oak",
        "StoryArc": "Spring",
        "StoryArcNumber": "2",
        "Year": "2020",
        "Month": "5",
        "Day": "1",
        "Writer": "Ann, Bob",
        "Penciller": "Ann",
        "Inker": "Ann",
        "AgeRating": "MA15+",
        "Web": "https://a.example/ https://b.example/",
        "LanguageISO": "en",
    }


def test_comet_is_read_under_comicinfos_names() -> None:
    assert comet.read(COMET.encode()) == {
        "Title": "Roots",
        "Series": "Moss",
        "Number": "½",
        "Volume": "2",
        "Genre": "Fantasy, Horror",
        "Characters": "Ivy",
        "Writer": "Ann, Bob",
        "CoverArtist": "Cleo",
        "Year": "2020",
        "Month": "5",
        "Day": "17",
        "Manga": "YesAndRightToLeft",
    }


def test_comicbookinfo_is_read_under_comicinfos_names() -> None:
    assert comicbookinfo.read(json.dumps(BOOK).encode()) == {
        "Series": "Moss",
        "Title": "Roots\x00",
        "Number": "1",
        "Volume": "-1",
        "Year": "2020",
        "Month": "5",
        "Tags": "green, 7",
        "LanguageISO": "en",
        "Writer": "Ann",
    }


def test_comicinfo_counts_first_then_metroninfo_comet_and_comicbookinfo() -> None:
    documents = [
        TagDocument("comicbookinfo", json.dumps(BOOK).encode()),
        TagDocument("comet", COMET.encode()),
        TagDocument("metroninfo", METRON.encode()),
    ]
    xml = b"<ComicInfo><Series>Mine</Series><Volume>-1</Volume></ComicInfo>"
    found = read_tags(xml, documents)
    assert found.comicinfo == {"Series": "Mine", "Volume": "-1"}
    wanted = {"Series": "Mine", "Number": "1.10", "Volume": "3", "CoverArtist": "Cleo"}
    assert {name: found.merged[name] for name in wanted} == wanted


def test_what_xml_cannot_hold_is_left_out() -> None:
    book = TagDocument("comicbookinfo", json.dumps(BOOK).encode())
    assert read_tags(None, [book]).merged["Title"] == "Roots"


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        ("comicbookinfo", b"ComicBookInfo/1.0"),
        ("comicbookinfo", b"[" * 60_000),
        ("comicbookinfo", b'{"ComicBookInfo/1.0": 7}'),
        ("comicbookinfo", b'{"ComicBookInfo/1.0": {"issue": ' + b"9" * 5000 + b"}}"),
        ("metroninfo", b"<MetronInfo>"),
        ("metroninfo", b"<!DOCTYPE x><MetronInfo/>"),
        ("metroninfo", b"<MetronInfo>" + b"<a>" * 40 + b"</a>" * 40 + b"</MetronInfo>"),
        ("comet", b"<comet>" + b"<a/>" * 20_001 + b"</comet>"),
        ("comet", b"<other/>"),
    ],
)
def test_tags_that_cannot_be_read_are_remarked_and_the_rest_counts(kind: str, data: bytes) -> None:
    found = read_tags(b"<ComicInfo><Series>A</Series></ComicInfo>", [TagDocument(kind, data)])  # type: ignore[arg-type]
    assert found.merged == {"Series": "A"}
    assert found.remark.endswith(".")


def test_a_comicinfo_that_cannot_be_read_is_an_error_all_the_same() -> None:
    with pytest.raises(MetadataError):
        read_tags(b"<ComicInfo>", [TagDocument("metroninfo", METRON.encode())])


def test_pages_are_read_with_all_their_attributes() -> None:
    xml = b"""<ComicInfo><Pages>
      <Page Image="0" Type="FrontCover" ImageSize="1234" ImageWidth="800" ImageHeight="1200"/>
      <Page Image="x" DoublePage="true" Key="k" Bookmark="Here" Mine="1"/>
    </Pages></ComicInfo>"""
    first, second = read_pages(xml)
    assert (first.image, first.attributes["Type"]) == (0, "FrontCover")
    assert second.image is None
    assert second.attributes == {
        "Image": "x", "DoublePage": "true", "Key": "k", "Bookmark": "Here", "Mine": "1",
    }  # fmt: skip
