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


def test_a_names_count_format_group_and_language_become_tags_where_there_are_none() -> None:
    name = "Moss 003 (of 6) (2016) (Omnibus) (Lamplight-Crew) (fr).cbz"
    assert merge({"Format": "TPB"}, name=name, folder="") == {
        "Series": "Moss",
        "Number": "3",
        "Count": "6",
        "Year": "2016",
        "Format": "TPB",
        "ScanInformation": "Lamplight-Crew",
        "LanguageISO": "fr",
    }


def test_comicinfo_has_no_place_for_a_range_of_volumes() -> None:
    merged = merge({}, name="Moss v16-17.cbz", folder="")
    assert merged == {"Series": "Moss"}


def test_a_folders_name_gives_series_and_volume_and_no_year() -> None:
    merged = merge({}, name="007.cbz", folder="Moss_ Two v3 (1999)")
    assert merged == {"Series": "Moss: Two", "Number": "7", "Volume": "3"}


def test_what_varies_in_the_folder_is_the_number() -> None:
    siblings = [f"Moss 2004 {n}.cbz" for n in range(5)]
    merged = merge({}, name="Moss 2004 3.cbz", folder="", siblings=siblings)
    assert merged == {"Series": "Moss 2004", "Number": "3"}


def test_a_folder_that_says_nothing_gives_no_series() -> None:
    assert "Series" not in merge({}, name="007.cbz", folder="")
