"""Words that say in what form a comic came, in which language, and who scanned it."""

import re
from collections.abc import Sequence

from library.metadata.filenames.brackets import Bracket

_FORMATS = {
    "Omnibus": r"omnibus(?: edition)?",
    "Hardcover": r"hc|hard[ -]?cover",
    "TPB": r"tpb?|trade ?paper ?back",
    "Graphic Novel": r"o?gn|(?:original )?graphic novel",
    "One-Shot": r"os|one[ -]?shot",
    "Deluxe Edition": r"deluxe(?: edition)?",
    "Special Edition": r"special edition",
    "Library Edition": r"library edition",
    "Absolute Edition": r"absolute(?: edition)?",
    "Collector's Edition": r"collector'?s edition",
    "Director's Cut": r"director'?s cut",
    "Full Color": r"(?:full|digital(?:ly)?)[ -]colou?r(?:ed)?(?: edition| comics)?",
    "Box Set": r"box(?:ed)? set",
    "FCBD": r"fcbd(?: (?:19|20)\d\d)?|free comic book day(?: (?:19|20)\d\d)?",
    "Preview": r"preview",
    "Intégrale": r"int[ée]grale?",
    "Gesamtausgabe": r"gesamtausgabe",
    "Hors-série": r"h\.?s\.?|hors[ -]s[ée]rie",
    "Annual": r"annual",
    "Special": r"special",
    "Digital": r"digital(?:[ -](?:hd|sd))?|web(?:[ -]?rip)?|hd[ -]web[ -]?rip",
}
_FORMAT = re.compile(
    "|".join(f"(?P<_{n}>{words})" for n, words in enumerate(_FORMATS.values())), re.IGNORECASE
)
_BINDINGS = ("TPB", "Hardcover", "Graphic Novel", "One-Shot")
"""What is no part of a series' name even outside of brackets."""
_IN_SERIES = ("Omnibus", "Annual", "Special", "Hors-série", "Intégrale", "Gesamtausgabe")
_WITH_GROUP = re.compile(r"(?P<mark>[^-–]+)[-–](?P<group>\S.*)")

_LANGUAGES = {
    "en": "en eng english gb",
    "fr": "fr fra fre french français francais vf vff",
    "de": "de ger deu german deutsch",
    "es": "es esp spa spanish español espanol castellano",
    "it": "it ita italian italiano",
    "pt": "pt por portuguese português portugues pt-br",
    "nl": "nl dut nld dutch nederlands",
    "ja": "ja jp jpn japanese raw",
    "ko": "ko kr kor korean",
    "zh": "zh cn chi zho chinese",
    "ru": "ru rus russian",
    "pl": "pl pol polish polski",
    "sv": "sv swe swedish svenska",
    "da": "da dk danish dansk",
    "no": "nor norwegian norsk",
    "fi": "fin finnish suomi",
    "cs": "cz cze czech česky",
    "hu": "hu hun hungarian magyar",
    "tr": "tr tur turkish türkçe",
    "el": "gr gre greek",
    "ca": "cat catalan català",
}
_LANGUAGE = {word: code for code, words in _LANGUAGES.items() for word in words.split()}

_PUBLISHERS = re.compile(
    r"dc|marvel|image|vertigo|fawcett|idw|boom|dynamite|valiant|archie|oni|viz|kodansha|tokyopop"
    r"|delcourt|dargaud|dupuis|glénat|soleil|casterman|(?:le )?lombard|carlsen|ehapa|panini|norma"
    r"|egmont|dark ?horse|yen press|seven seas|viz media|splitter(?: verlag)?",
    re.IGNORECASE,
)
_NO_GROUP = re.compile(
    r"\d|covers?\b|pages?\b|variant|c2c|edition|colou?r|missing|part\b|complete|ongoing|restored"
    r"|volumes?\b|manga\b|fixed|repaired|ads\b|webp|various|upgraded|uncensored|series\b|コミック",
    re.IGNORECASE,
)
_TEAM = re.compile(r"scan|[-–](?:empire|dcp|hd|novus|swa|cps|elves)$|^[\w .&']+-[\w .&']+$", re.I)


def format_of(text: str) -> str:
    """The format that these words name, or ""."""
    found = _FORMAT.fullmatch(text.strip())
    return list(_FORMATS)[int((found.lastgroup or "_0")[1:])] if found else ""


def ending_format(text: str) -> tuple[str, str]:
    """The text and the format with whose name it ends; bindings are taken off the text."""
    words = text.split(" ")
    for count in (3, 2, 1):
        if len(words) > count and (found := format_of(" ".join(words[-count:]))):
            if found in _BINDINGS:
                return " ".join(words[:-count]).rstrip(" -"), found
            if found in _IN_SERIES:
                return text, found
    return text, ""


def formats_and_groups(brackets: Sequence[Bracket]) -> tuple[str, list[Bracket]]:
    """The most telling format, and the brackets that say something else.

    “(digital-Empire)” says both, and leaves “Empire”.
    """
    formats, others = [], []
    for bracket in brackets:
        if found := format_of(bracket.text):
            formats.append(found)
        elif (both := _WITH_GROUP.fullmatch(bracket.text)) and format_of(both["mark"]):
            formats.append(format_of(both["mark"]))
            others.append(bracket._replace(text=both["group"], square=True))
        else:
            others.append(bracket)
    order = list(_FORMATS)
    return min(formats, key=order.index, default=""), others


def language_of(brackets: Sequence[Bracket]) -> str:
    for bracket in brackets:
        if code := _LANGUAGE.get(bracket.text.lower().removeprefix("bd ")):
            return code
    return ""


def scan_group(brackets: Sequence[Bracket], *, release: float) -> str:
    """Who made the file: named last, or first in square brackets, as manga do.

    In round brackets anything may stand, so there the group must look like one, or stand behind
    the place where the name of a release has its year or format.
    """
    for bracket in reversed(brackets):
        likely = bracket.square or bracket.place > release or _TEAM.search(bracket.text)
        if likely and _may_be_group(bracket.text.lower().removeprefix("bd ")):
            return bracket.text
    return ""


def _may_be_group(word: str) -> bool:
    if word in _LANGUAGE or _PUBLISHERS.fullmatch(word) or word in ("scan", "scans"):
        return False
    if len(word) < 2:
        return False
    return bool(_TEAM.search(word)) or not _NO_GROUP.search(word)
