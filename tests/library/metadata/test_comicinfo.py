import pytest
from hypothesis import given
from hypothesis import strategies as st

from library.metadata.comicinfo import patch, read
from library.metadata.exceptions import MetadataError
from library.metadata.model import ELEMENTS

WINDOWS = (
    "\ufeff<?xml version='1.0' encoding=\"utf-8\"?>\r\n"
    '<ComicInfo xmlns:m="urn:mine">\r\n'
    '\t<Series m:by="a>b">A &#x26; B</Series>\r\n'
    "\t<!-- <Title>no</Title> -->\r\n"
    "\t<m:Title>mine</m:Title>\r\n"
    "\t<Number />\r\n"
    "\t<Invented  kept = 'yes'>1 &lt; 2</Invented>\r\n"
    '\t<Pages><Page Image="0"/></Pages>\r\n'
    "</ComicInfo>\r\n"
).encode()

texts = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"))
elements = st.sampled_from([name for name in ELEMENTS if name != "Pages"])
changes = st.dictionaries(elements, texts | st.none(), max_size=8)
documents = st.builds(
    lambda children, space: f"<ComicInfo>{space}{space.join(children)}{space}</ComicInfo>".encode(),
    st.lists(
        st.one_of(
            elements.map(lambda name: f"<{name}>old &amp; <![CDATA[<kept>]]></{name}>"),
            elements.map(lambda name: f"<{name}\t/>"),
            st.just("<!-- <Title> -->"),
            st.just("<Mine><Title>not the comic's</Title></Mine>"),
            st.just("<?tool keep='this'?>"),
        ),
        max_size=8,
    ),
    st.sampled_from(["", "\n  ", "\r\n\t"]),
)


def test_texts_are_read_under_their_elements_names() -> None:
    assert read(WINDOWS) == {"Series": "A & B", "Invented": "1 < 2"}


def test_a_patch_touches_nothing_but_what_is_meant() -> None:
    patched = patch(WINDOWS, {"Series": "C", "Number": "½", "Title": "<T>", "Year": "2016"})
    assert patched == (
        WINDOWS.replace(b"A &#x26; B", b"C")
        .replace(b"<Number />", "<Number>½</Number>\r\n\t<Year>2016</Year>".encode())
        .replace(b"\t<Series", b"\t<Title>&lt;T&gt;</Title>\r\n\t<Series")
    )


def test_the_very_same_bytes_come_back_when_nothing_changes() -> None:
    assert patch(WINDOWS, {"Series": " A & B ", "Title": None, "Number": ""}) is WINDOWS


def test_an_element_is_removed_with_its_line() -> None:
    assert patch(WINDOWS, {"Number": "1", "Series": None}) == WINDOWS.replace(
        b'\t<Series m:by="a>b">A &#x26; B</Series>\r\n', b""
    ).replace(b"<Number />", b"<Number>1</Number>")


def test_new_elements_stand_in_the_schemas_order() -> None:
    patched = patch(None, {"Year": "2016", "GTIN": "1", "Series": "Moss", "Title": "Roots"})
    assert patched.decode() == (
        '<?xml version="1.0" encoding="utf-8"?>\n<ComicInfo>\n'
        "  <Title>Roots</Title>\n  <Series>Moss</Series>\n  <Year>2016</Year>\n"
        "  <GTIN>1</GTIN>\n</ComicInfo>\n"
    )


@given(documents, changes)
def test_what_was_written_is_read_and_all_else_stays(
    document: bytes, wanted: dict[str, str | None]
) -> None:
    before = read(document)
    patched = patch(document, wanted)
    expected = before | {name: (text or "").strip() for name, text in wanted.items()}
    assert read(patched) == {name: text for name, text in expected.items() if text}
    assert patch(patched, wanted) is patched
    for kept in (b"<!-- <Title> -->", b"<Mine><Title>not the comic's</Title></Mine>", b"<?tool"):
        assert patched.count(kept) == document.count(kept)


@given(documents, elements)
def test_an_insertion_taken_out_again_gives_the_old_bytes(document: bytes, name: str) -> None:
    assume_absent = f"<{name}".encode() not in document and b"</ComicInfo>" in document
    if assume_absent and b"</" in document[:-12]:
        assert patch(patch(document, {name: "x"}), {name: None}) == document


def test_the_namespace_prefix_of_the_root_is_kept() -> None:
    xml = b'<c:ComicInfo xmlns:c="urn:c"><c:Series>A</c:Series></c:ComicInfo>'
    assert read(xml) == {"Series": "A"}
    assert b"<c:Title>T</c:Title><c:Series>" in patch(xml, {"Title": "T"})


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf_16_stays_utf_16(encoding: str) -> None:
    text = '\ufeff<?xml version="1.0" encoding="utf-16"?><ComicInfo></ComicInfo>'
    patched = patch(text.encode(encoding), {"Series": "Böse 猫"})
    assert "<Series>Böse 猫</Series>" in patched.decode(encoding)
    assert patched.decode(encoding).startswith("\ufeff<?xml")


def test_what_a_narrow_encoding_lacks_becomes_a_reference() -> None:
    xml = '<?xml version="1.0" encoding="ISO-8859-1"?><ComicInfo><Notes>é</Notes></ComicInfo>'
    patched = patch(xml.encode("latin-1"), {"Series": "é猫"})
    assert b"<Series>\xe9&#29483;</Series>" in patched
    assert read(patched) == {"Series": "é猫", "Notes": "é"}


def test_of_elements_that_stand_twice_the_first_counts_and_a_change_leaves_one() -> None:
    xml = b"<ComicInfo><Series>A</Series><Series>B</Series></ComicInfo>"
    assert read(xml) == {"Series": "A"}
    assert patch(xml, {"Series": "A"}) is xml
    assert patch(xml, {"Series": "C"}) == b"<ComicInfo><Series>C</Series></ComicInfo>"


@pytest.mark.parametrize("value", ["a\x00b", "a\x0bb", "\ud800", "\uffff"])
def test_a_value_that_xml_cannot_hold_is_an_error(value: str) -> None:
    with pytest.raises(MetadataError, match="Series holds a character"):
        patch(WINDOWS, {"Series": value})


@pytest.mark.parametrize("name", ["Invented2", "a><b", "", "Pages"])
def test_a_name_that_comicinfo_does_not_know_is_an_error(name: str) -> None:
    with pytest.raises(MetadataError):
        patch(WINDOWS, {name: "x"})


@pytest.mark.parametrize(
    "xml",
    [
        b"",
        b"not xml",
        b"<ComicInfo>",
        b"<Other/>",
        b"<ComicInfo>&undefined;</ComicInfo>",
        b"<ComicInfo>\xff</ComicInfo>",
        "<ComicInfo/>".encode("utf-16-le"),
        b'<?xml version="1.0" encoding="idna"?><ComicInfo/>',
        b'<?xml version="1.0" encoding="utf-16"?><ComicInfo/>',
        b"<!DOCTYPE ComicInfo><ComicInfo/>",
        b'<!DOCTYPE x [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]><ComicInfo>&b;</ComicInfo>',
        b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><ComicInfo>&a;</ComicInfo>',
        "<!DOCTYPE x><ComicInfo/>".encode("utf-16"),
        b"<ComicInfo>" + b"<a>" * 40 + b"</a>" * 40 + b"</ComicInfo>",
        b"<ComicInfo>" + b"<a/>" * 20_001 + b"</ComicInfo>",
        b"<ComicInfo>" + b" " * 2**21 + b"</ComicInfo>",
    ],
)
def test_what_cannot_be_read_is_never_replaced(xml: bytes) -> None:
    with pytest.raises(MetadataError):
        read(xml)
    with pytest.raises(MetadataError):
        patch(xml, {"Series": "A"})


def test_a_document_that_is_full_takes_no_further_element() -> None:
    xml = b"<ComicInfo><Title>A</Title>" + b"<a/>" * 19_998 + b"</ComicInfo>"
    assert read(patch(xml, {"Title": "B"})) == {"Title": "B"}
    with pytest.raises(MetadataError, match="too large"):
        patch(xml, {"Series": "C"})


def test_an_element_goes_while_another_comes_in_its_place() -> None:
    xml = b"<ComicInfo>\n  <Number>1</Number>\n</ComicInfo>"
    patched = patch(xml, {"Title": "T", "Number": None})
    assert patched == b"<ComicInfo>\n  <Title>T</Title>\n</ComicInfo>"
    assert patch(xml, {"Title": "T", "Number": None, "Series": "S"}).count(b"Number") == 0


def test_an_element_without_the_roots_prefix_is_read_and_set() -> None:
    xml = b'<c:ComicInfo xmlns:c="x"><Number>1</Number><c:Series>S</c:Series></c:ComicInfo>'
    assert read(patch(xml, {"Number": "2"})) == {"Number": "2", "Series": "S"}


@given(st.dictionaries(st.sampled_from(ELEMENTS), st.sampled_from(["", "x"]), min_size=1))
def test_many_edits_at_once_give_what_one_by_one_gives(changes: dict[str, str]) -> None:
    xml = patch(None, dict.fromkeys(ELEMENTS[::3], "old"))
    one_by_one = xml
    for name, value in changes.items():
        one_by_one = patch(one_by_one, {name: value})
    assert read(patch(xml, changes)) == read(one_by_one)
