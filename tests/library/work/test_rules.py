import pickle
from pathlib import PurePath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from library.exceptions import ComicError, FileChanged
from library.metadata.comicinfo import patch, read
from library.work.rules import Comic, Rules, UnreadableName, check_name, decide, goal, shortfall

CLEAN = {"Series": "Moss", "Number": "3", "Title": "Roots"}
RULES = Rules()
STRICT = Rules(strict=True)

words = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="/"), min_size=1)
likely = st.sampled_from(
    ["Moss", "Batman (1989)", "100 Bullets", "v2", "#3", "12.5", "-1", "½", "(2016)", " - ", "A_ B",
     "Chapter 7", "e\u0301", "1 of 3", "...", "Vol. 4", "?"]
)  # fmt: skip
names = st.lists(likely | words, min_size=1, max_size=5).map(lambda parts: " ".join(parts) + ".cbz")
values = (likely | words).map(str.strip).filter(bool)
tags = st.none() | st.dictionaries(
    st.sampled_from(["Series", "Number", "Title", "Volume", "Year", "Publisher"]), values
)
templates = st.sampled_from(
    ["{series} - Chapter {issue:4}", "{series} ({year}) #{issue}", "{title}", "{issue:3}",
     "{series} v{volume} {title}", "{publisher} {series}", "{series}/{issue:3}",
     "x{series}/{issue}",
     "[{publisher}/]{series} ({volume})/{original}", "{original} - {title}"]
)  # fmt: skip
folders = st.sampled_from(["", "Moss_ Two", "Batman (1989)", "moss"])
comics = st.builds(lambda name, folder, tags: Comic(name, folder, tags), names, folders, tags)
rules = st.builds(Rules, templates, st.booleans())


@given(comics, rules)
def test_deciding_again_changes_nothing(comic: Comic, rules: Rules) -> None:
    try:
        decision = decide(comic, rules)
    except ComicError:
        return
    xml = patch(None, decision.tags)
    again = Comic(decision.name, decision.place, read(xml))
    assert shortfall(again, rules) == ""
    assert decide(again, rules).changes == ()


@given(comics, rules)
def test_scan_and_job_agree_on_what_is_clean(comic: Comic, rules: Rules) -> None:
    wanting = shortfall(comic, rules)
    try:
        changes = decide(comic, rules).changes
    except ComicError:
        assert wanting
        return
    assert bool(wanting) == bool(changes)


@pytest.mark.parametrize(
    ("name", "tags", "rules", "reason"),
    [
        ("Moss - Chapter 0003.cbz", CLEAN, RULES, ""),
        ("Moss - Chapter 0003.cbz", None, RULES, "No ComicInfo.xml"),
        ("Moss - Chapter 0003.cbz", {"Number": "3"}, RULES, "Series missing"),
        ("Moss - Chapter 0003.cbz", {"Series": "Moss"}, RULES, "Issue number missing"),
        ("Moss - Chapter 0003.cbz", CLEAN | {"Title": ""}, RULES, "Title missing"),
        ("Moss - Chapter 0003.cbz", CLEAN, STRICT, "Title differs"),
        ("Moss 3.cbz", CLEAN, RULES, "Name does not follow the template"),
        ("Moss 3.cbz", CLEAN, Rules("{year}"), "Year missing"),
    ],
)
def test_the_scan_says_what_keeps_a_comic_from_being_clean(
    name: str, tags: dict[str, str] | None, rules: Rules, reason: str
) -> None:
    assert shortfall(Comic(name, "Moss", tags), rules) == reason


def test_an_untagged_comic_gets_tags_title_and_name() -> None:
    decision = decide(Comic("Moss v2 #12.5 (2016).cbz", "x", None), RULES)
    assert [(c["field"], c["before"], c["after"]) for c in decision.changes] == [
        ("Title", "", "Chapter 12.5"),
        ("Series", "", "Moss"),
        ("Number", "", "12.5"),
        ("Volume", "", "2"),
        ("Year", "", "2016"),
        ("name", "Moss v2 #12.5 (2016).cbz", "Moss - Chapter 0012.5.cbz"),
    ]


def test_a_title_that_a_person_gave_is_kept_and_odd_numbers_survive() -> None:
    decision = decide(
        Comic("x.cbz", "y", {"Series": "Moss", "Number": "007a", "Title": "Mine"}), RULES
    )
    assert (decision.tags["Title"], decision.tags["Number"]) == ("Mine", "007a")
    assert decision.name == "Moss - Chapter 0007a.cbz"


def test_the_strict_rule_takes_series_from_the_folder_and_numbers_the_title() -> None:
    decision = decide(Comic("x 5.cbz", "Moss_ Two", {"Series": "A", "Title": "Mine"}), STRICT)
    assert decision.tags == {"Series": "Moss: Two", "Title": "Chapter 5", "Number": "5"}
    assert decision.name == "Moss_ Two - Chapter 0005.cbz"


def test_the_goal_knows_a_title_made_of_a_number_that_only_the_name_has() -> None:
    comic = Comic("#3.cbz", "", {"Series": "Moss", "Title": "Mine"})
    rules = Rules(strict=True, template="{title}")
    assert goal(comic, rules) == decide(comic, rules).path == "Chapter 3.cbz"


def test_a_clean_comics_name_is_not_taken_apart() -> None:
    tags = {"Series": "Batman (1989)", "Number": "5", "Title": "x"}
    comic = Comic("Batman (1989) - Chapter 0005.cbz", "", tags)
    assert decide(comic, RULES).changes == ()


def test_without_a_number_anywhere_the_comic_is_skipped() -> None:
    with pytest.raises(ComicError, match="No issue number found") as raised:
        decide(Comic("Moss.cbz", "Moss", None), RULES)
    assert raised.value.outcome == "skipped"


def test_the_librarys_own_folder_gives_no_series() -> None:
    comic = Comic.at(PurePath("/comics/007.cbz"), root="/comics/", tags=None)
    with pytest.raises(ComicError, match="No series found"):
        decide(comic, RULES)
    assert Comic.at(PurePath("/comics/Moss/007.cbz"), root="/comics", tags=None).folder == "Moss"


def test_a_template_with_folders_says_where_the_comic_lies() -> None:
    rules = Rules("{publisher}/{series}/{issue:3}")
    comic = Comic("x.cbz", "Old", {**CLEAN, "Publisher": "Small Hours"})
    decision = decide(comic, rules)
    assert (decision.place, decision.name) == ("Small Hours/Moss", "003.cbz")
    assert decision.changes == (
        {"field": "path", "before": "Old/x.cbz", "after": "Small Hours/Moss/003.cbz"},
    )
    there = Comic("003.cbz", "small hours/moss", comic.tags)
    assert decide(there, rules).changes == ()
    assert shortfall(comic, rules) == "Name does not follow the template"


def test_a_folder_that_follows_from_the_tags_is_not_taken_for_the_series() -> None:
    strict = Rules("x {series}/{issue}", strict=True)
    assert decide(Comic("3.cbz", "x Moss", CLEAN), strict).tags["Series"] == "Moss"
    names_only = Rules("x {series}/{issue}", tags=False)
    with pytest.raises(ComicError, match="No series"):
        decide(Comic("3.cbz", "x Moss", None), names_only)


@pytest.mark.parametrize(
    ("rules", "wanted", "name"),
    [
        ({}, {"Series": "Moss", "Number": "3", "Title": "Chapter 3"}, "Moss - Chapter 0003.cbz"),
        ({"fill_titles": False}, {"Series": "Moss", "Number": "3"}, "Moss - Chapter 0003.cbz"),
        ({"rename_files": False}, {"Series": "Moss", "Number": "3", "Title": "Chapter 3"}, "3.cbz"),
    ],
)
def test_what_a_library_can_have_otherwise(
    rules: dict[str, bool], wanted: dict[str, str], name: str
) -> None:
    decision = decide(Comic("3.cbz", "Moss", None), Rules(**rules))
    assert (decision.tags, decision.name) == (wanted, name)
    again = Comic(decision.name, "Moss", decision.tags)
    assert shortfall(again, Rules(**rules)) == ""


def test_names_and_folders_are_no_source_where_the_rules_say_so() -> None:
    number = {"Number": "3", "Title": "x"}
    with pytest.raises(ComicError, match="No series"):
        decide(Comic("Moss 3.cbz", "Moss", number), Rules(fill_from_names=False))
    with pytest.raises(ComicError, match="No series"):
        decide(Comic("3.cbz", "Inbox", number), Rules(use_folders=False))
    strict = Rules(strict=True, use_folders=False)
    assert decide(Comic("3.cbz", "Inbox", CLEAN), strict).tags["Series"] == "Moss"


def test_where_files_are_not_renamed_any_name_is_right() -> None:
    comic = Comic("any.cbz", "", {"Series": "Moss", "Title": "x"})
    assert shortfall(comic, Rules(rename_files=False)) == ""
    assert decide(comic, Rules(rename_files=False)).changes == ()


@given(comics, rules)
def test_the_goal_is_the_path_that_is_decided(comic: Comic, rules: Rules) -> None:
    try:
        path = decide(comic, rules).path
    except ComicError as error:
        with pytest.raises(type(error)):
            goal(comic, rules)
        return
    assert goal(comic, rules) == path


def test_a_decomposed_name_counts_as_the_same() -> None:
    tags = {"Series": "é", "Number": "1", "Title": "x"}
    assert shortfall(Comic("e\u0301 - Chapter 0001.cbz", "", tags), RULES) == ""


def test_a_name_that_is_not_utf_8_is_skipped() -> None:
    with pytest.raises(UnreadableName) as raised:
        check_name(Comic("\udcff.cbz", "", None))
    assert str(pickle.loads(pickle.dumps(raised.value))) == str(raised.value)
    assert pickle.loads(pickle.dumps(FileChanged())).outcome == "conflict"


def test_the_jobs_options_win_over_the_librarys() -> None:
    library = {"template": "{series}", "strict": True}
    assert Rules.of(library, {"template": None, "strict": False}) == Rules("{series}")
