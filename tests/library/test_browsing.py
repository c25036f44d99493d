from pathlib import Path

import pytest
from django.http import QueryDict

from library.browsing import beside
from library.models import Comic
from tests.library.shelving import Shelf

pytestmark = pytest.mark.django_db


@pytest.fixture
def comics(tmp_path: Path) -> list[Comic]:
    shelf = Shelf(tmp_path)
    paths = ["Ash/1.cbz", "Ash/2.cbz", "Ash/3.cbz", "Fern/1.cbz", "Fern/2.cbz"]
    comics = [shelf.comic(path, pages=number) for number, path in enumerate(paths, start=1)]
    for number, comic in enumerate(comics):
        Comic.objects.filter(pk=comic.pk).update(size_bytes=[5, 5, 3, 9, 1][number])
    return list(Comic.objects.order_by("folder", "name"))


@pytest.mark.parametrize(
    "query",
    ["", "ordering=size", "ordering=-size", "ordering=-folder", "search=Fern", "page=2&x=y"],
)
def test_one_comes_by_all_in_the_order_of_the_list(comics: list[Comic], query: str) -> None:
    given = QueryDict(query)
    wanted = [comic for comic in comics if "Fern" not in query or comic.folder == "Fern"]
    walked = []
    comic = next(comic for comic in wanted if beside(comic, given)[0] is None)
    while comic:
        walked.append(comic.pk)
        before, after = beside(comic, given)
        if after:
            assert beside(Comic.objects.get(pk=after.pk), given)[0] == comic
            comic = Comic.objects.get(pk=after.pk)
        else:
            break
    assert sorted(walked) == sorted(comic.pk for comic in wanted)
    sizes = [Comic.objects.get(pk=pk).size_bytes for pk in walked]
    if "size" in query:
        assert sizes == sorted(sizes, reverse="-" in query)


def test_missing_ones_are_left_out_and_lead_on_all_the_same(comics: list[Comic]) -> None:
    Comic.objects.filter(pk=comics[1].pk).update(present=False)
    assert beside(comics[0], QueryDict(""))[1] == comics[2]
    assert beside(comics[1], QueryDict("")) == (comics[0], comics[2])
