import pytest

from library.metadata.comicinfo import read
from library.metadata.exceptions import MetadataError
from library.metadata.tree import read_tree


@pytest.mark.parametrize("part", [b"<?a?>", b"<!---->"])
@pytest.mark.parametrize("place", [b"<ComicInfo><Title>%s</Title></ComicInfo>", b"<ComicInfo/>%s"])
def test_comments_and_instructions_count_as_elements_do(place: bytes, part: bytes) -> None:
    xml = place % (part * 20_001)
    with pytest.raises(MetadataError, match="too large"):
        read(xml)
    with pytest.raises(MetadataError, match="too large"):
        read_tree(xml, root="ComicInfo", name="ComicInfo.xml")


def test_a_text_in_pieces_is_one() -> None:
    xml = b"<ComicInfo><Title>a<?b?>c<!-- d -->e<![CDATA[f]]>\n&amp;g</Title></ComicInfo>"
    tree = read_tree(xml, root="ComicInfo", name="ComicInfo.xml")
    assert tree.first("Title") == "acef\n&g"
