from library.metadata.pagetags import PageTags, read_pages, without_pages

XML = b"""<?xml version='1.0'?>
<ComicInfo xmlns:x="urn:x">
  <Series>Moss</Series><PageCount> 5 </PageCount>
  <Pages>
    <Page Image="0" Type="FrontCover" Bookmark="a > b"/>
    <Page Image='1'></Page>
    <Page Type="Other"/>
    <Page Image="3" ImageSize="7"/>
    <Page Image="4" Type="Advertisement" />
  </Pages>
  <x:Own Image="4">kept</x:Own>
</ComicInfo>
"""


def test_page_count_and_the_pages_follow_what_is_left_out() -> None:
    expected = (
        XML.replace(b"<PageCount> 5 <", b"<PageCount>3<")
        .replace(b"\n    <Page Image='1'></Page>", b"")
        .replace(b'Image="3"', b'Image="2"')
        .replace(b'\n    <Page Image="4" Type="Advertisement" />', b"")
    )
    assert without_pages(XML, [1, 4], count=3) == expected
    assert read_pages(expected)[1:] == (
        PageTags(None, {"Type": "Other"}),
        PageTags(2, {"Image": "2", "ImageSize": "7"}),
    )


def test_what_says_nothing_of_pages_stays_to_the_letter() -> None:
    xml = b"<ComicInfo>\r\n<Series>M\xc3\xb6ss</Series></ComicInfo>"
    assert without_pages(xml, [0], count=3) == xml


def test_pages_with_comments_among_them_stay_as_they_are() -> None:
    xml = b'<ComicInfo><Pages><!-- <Page Image="1"/> --><Page Image="2"/></Pages></ComicInfo>'
    assert without_pages(xml, [1], count=3) == xml
