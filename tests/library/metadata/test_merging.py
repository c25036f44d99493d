from library.metadata.merging import merge


def test_tags_come_first_then_the_name_then_the_folder() -> None:
    merged = merge(
        {"Title": "Roots", "Number": "007a"}, name="#3 - Other (2016).cbz", folder="Moss_ Two"
    )
    assert merged == {"Title": "Roots", "Number": "007a", "Year": "2016", "Series": "Moss: Two"}


def test_comicinfos_minus_one_is_unknown_but_for_the_number() -> None:
    merged = merge(
        {"Series": "A", "Number": "-1", "Year": "-1", "Volume": "-1"},
        name="B v3 5 (1999).cbz",
        folder="C",
    )
    assert merged == {"Series": "A", "Number": "-1", "Year": "1999", "Volume": "3"}


def test_a_folder_that_says_nothing_gives_no_series() -> None:
    assert "Series" not in merge({}, name="007.cbz", folder="")
