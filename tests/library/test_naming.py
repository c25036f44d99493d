import pickle
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from library.naming import DEFAULT_TEMPLATE, MissingValue, folded, render
from library.template import TemplateError, parse_template

TAGS = {
    "Series": "Moss", "Number": "12.5", "Title": "Roots", "Volume": "2", "Year": "2016",
    "Publisher": "Small Hours",
}  # fmt: skip


@pytest.mark.parametrize(
    ("issue", "shown"),
    [
        ("1", "0001"), ("12.5", "0012.5"), ("1.10", "0001.10"), ("-1", "-0001"),
        ("007a", "0007a"), ("½", "½"), ("1½", "0001½"), ("12345", "12345"), ("1/2", "0001_2"),
    ],
)  # fmt: skip
def test_the_whole_part_of_a_number_is_padded(issue: str, shown: str) -> None:
    name = render(DEFAULT_TEMPLATE, {"Series": "Moss", "Number": issue}, ".cbz")
    assert name == f"Moss - Chapter {shown}.cbz"


def test_every_field_has_its_place() -> None:
    template = "{publisher} {series} v{volume} ({year}) #{issue:3} {title}"
    assert render(template, TAGS, ".cbz") == "Small Hours Moss v2 (2016) #012.5 Roots.cbz"


@pytest.mark.parametrize(
    ("series", "name"),
    [
        ("Saltwind: Year One", "Saltwind_ Year One"),
        ('a<b>c"d/e\\f|g?h*i', "a_b_c_d_e_f_g_h_i"),
        ("tab\tnew\nline\x00", "tab new line_"),
        ("  spaced   out. . ", "spaced out"),
        ("CON", "CON_"),
        ("lpt1.old", "lpt1_.old"),
        ("Con Artists", "Con Artists"),
        ("..", "_"),
        (".hack", "_hack"),
        ("e\u0301", "é"),
        ("\ud800", "_"),
    ],
)
def test_names_are_safe_everywhere(series: str, name: str) -> None:
    assert render("{series}", {"Series": series}, ".cbz") == name + ".cbz"


def test_a_sign_made_of_several_leaves_no_joiner_where_it_is_cut() -> None:
    family = "\N{MAN}\u200d\N{WOMAN}\u200d\N{GIRL}"
    for more in range(20):
        tags = {"Series": "x" * more + family * 30, "Number": "5"}
        name = render("{series} {issue:3}", tags, ".cbz")
        assert len(name.encode()) <= 255
        assert "\u200d " not in name
        assert name.endswith(" 005.cbz")


def test_a_long_name_is_cut_where_the_number_stays() -> None:
    name = render(DEFAULT_TEMPLATE, {"Series": "猫" * 200, "Number": "7"}, ".cbz")
    assert name.endswith("猫 - Chapter 0007.cbz")
    assert 252 <= len(name.encode()) <= 255


@given(
    st.fixed_dictionaries({"Series": st.text(min_size=1), "Number": st.text(min_size=1)}),
    st.sampled_from([DEFAULT_TEMPLATE, "{series}", "{issue:9}.{series}", ".{issue}{series}. "]),
)
def test_any_tags_give_a_safe_name(tags: dict[str, str], template: str) -> None:
    try:
        name = render(template, tags, ".cbz")
    except MissingValue:
        return
    stem = name.removesuffix(".cbz")
    assert len(name.encode()) <= 255
    assert stem == stem.strip(" ").rstrip(".")
    assert stem
    assert not stem.startswith(".")
    assert unicodedata.is_normalized("NFC", name)
    assert not set(stem) & set('<>:"/\\|?*\0\n')


@pytest.mark.parametrize(
    ("template", "position", "hint"),
    [
        ("", 0, "at least one field"),
        ("no fields", 0, "at least one field"),
        ("{series} {nmber}", 9, "There is no field {nmber}"),
        ("{series.__class__}", 0, "There is no field"),
        ("{series", 0, "no partner"),
        ("a}{series}", 1, "no partner"),
        ("{{series}}", 0, "no partner"),
        (r"\{series\}", 0, "at least one field"),
        ("[{series}", 0, "no partner"),
        ("{series}]", 8, "no partner"),
        ("{series} [abc]", 9, "has no field"),
        ("[[{series}]", 0, "no partner"),
        ("{series|loud}", 8, "no filter “loud”"),
        ("{series|upper| loud}", 14, "no filter “loud” (position 15)"),
        ("[{year}[{month}[{day}[{count}[{volume}]]]]]", 29, "too deeply"),
        ("{series}\\ {issue}", 8, "Write “/” for a folder"),
        ("/{series}", 0, "remove the first"),
        ("{series}/", 8, "the file's name behind"),
        ("{series}/ /..", 11, "cannot be the name"),
        ("../{series}", 0, "cannot be the name"),
        ("{series}" + "/x" * 9, 24, "At most 8 folders"),
        ("{original} {original}", 11, "only once"),
        ("{series:4}", 8, "without “:4”"),
        ("{issue:0}", 7, "from 1 to 9"),
        ("{issue:>4}", 7, "from 1 to 9"),
        ("{issue:}", 7, "from 1 to 9"),
    ],
)
def test_a_wrong_template_says_where_and_what_to_do(
    template: str, position: int, hint: str
) -> None:
    with pytest.raises(TemplateError) as raised:
        parse_template(template)
    assert raised.value.position == position
    assert hint in str(raised.value)
    assert pickle.loads(pickle.dumps(raised.value)).position == position


@pytest.mark.parametrize(
    ("template", "name"),
    [
        ("{series}[ v{volume}][ ({year})]", "Moss v2 (2016)"),
        ("{series}[ of {count}][ ({year})]", "Moss (2016)"),
        ("{series}[ ({year}[ {month:2}])]", "Moss (2016)"),
        ("{series}[ {count}[ ({year})]]", "Moss"),
        (r"{series} \[{year}\]", "Moss [2016]"),
        (r"{series} \{{year}\}", "Moss {2016}"),
        ("{publisher|upper} {series|lower|initial}", "SMALL HOURS M"),
        ("{title|plain} {issue:3}", "Roots 012.5"),
    ],
)
def test_groups_vanish_with_their_fields_and_filters_apply_in_turn(
    template: str, name: str
) -> None:
    assert render(template, TAGS, ".cbz") == f"{name}.cbz"


@pytest.mark.parametrize(
    ("template", "path"),
    [
        ("{publisher}/{series} ({volume})/{series} {issue:3}", "Small Hours/Moss (2)/Moss 012.5"),
        ("[{imprint}]/[{genre}/]{series}/{issue}", "Moss/12.5"),
        ("[{imprint}/]{series}", "Moss"),
        ("[{publisher}/[{imprint}/]]{series}", "Small Hours/Moss"),
        ("{series|initial}//{series}", "M/Moss"),
        ("{series}. /...{issue}", "Moss/_..12.5"),
    ],
)
def test_folders_are_made_and_vanish_with_their_groups(template: str, path: str) -> None:
    assert render(template, TAGS, ".cbz") == f"{path}.cbz"


@pytest.mark.parametrize(
    "evil", ["..", ".", "a/b", "/etc", "..\\..", "CON", ".hidden", "\0", "x" * 600]
)
def test_no_tag_leads_out_of_its_folder(evil: str) -> None:
    folder, name = render("{series}/{series}", {"Series": evil}, ".cbz").split("/")
    for part in (folder, name.removesuffix(".cbz")):
        assert part not in ("", ".", "..", "CON")
        assert not part.startswith(".")
        assert len(part.encode()) <= 255


def test_a_name_whose_groups_all_vanish_is_no_name() -> None:
    with pytest.raises(MissingValue, match="No count found"):
        render("{series}/[{count}]", TAGS, ".cbz")


@pytest.mark.parametrize(
    ("template", "once"),
    [
        ("{series}/{original}", "Moss/Ö 1"),
        ("{original}[ ({year})]", "Ö 1 (2016)"),
        ("{series} - {original|upper}!", "Moss - Ö 1!"),
        ("{original|initial}/{original}", "O/Ö 1"),
    ],
)
def test_naming_again_adds_nothing_to_the_original_name(template: str, once: str) -> None:
    path = render(template, TAGS, "", original="O\u0308 1")
    assert path == once
    assert render(template, TAGS, "", original=path.rpartition("/")[2]) == once


def test_what_case_and_accents_make_alike_is_folded_alike() -> None:
    assert folded("Straße/O\u0308.CBZ") == folded("STRASSE/ö.cbz")
    assert folded("a.cbz") != folded("b.cbz")


@pytest.mark.parametrize(
    ("text", "filter", "shown"),
    [
        ("The Moss", "sort", "Moss, The"),
        ("The", "sort", "The"),
        ("A. Ash, B. Birch", "first", "A. Ash"),
        ("Élan", "initial", "E"),
        ("The 100", "initial", "#"),
        ("L'Été", "plain", "L'Ete"),
    ],
)
def test_what_each_filter_does(text: str, filter: str, shown: str) -> None:
    assert render(f"{{series|{filter}}}", {"Series": text}, "") == shown


@pytest.mark.parametrize(
    ("template", "sentence"),
    [
        ("{series} {issue}", "No issue number found in ComicInfo.xml or in the file name."),
        ("{year}", "No year found in ComicInfo.xml or in the file name."),
        ("{publisher}", "No publisher found in ComicInfo.xml."),
    ],
)
def test_a_field_without_a_value_skips_the_comic(template: str, sentence: str) -> None:
    with pytest.raises(MissingValue) as raised:
        render(template, {"Series": "Moss", "Year": "-1"}, ".cbz")
    assert str(raised.value) == sentence
    assert raised.value.outcome == "skipped"
    assert str(pickle.loads(pickle.dumps(raised.value))) == sentence
