"""The old `filename_format` in the language of name templates.

There, a field without a value left nothing behind, not even its parentheses; here that is a group.
"""

import re
from dataclasses import dataclass, field

from library.template import TemplateError, parse_template

_FIELDS = {
    "series": "series",
    "issue": "issue",
    "issue_no_pad": "issue",
    "title": "title",
    "volume": "volume",
    "year": "year",
    "publisher": "publisher",
}
_ALWAYS = {"series", "issue", "issue_no_pad"}
_MOST_DIGITS = 9
_PART = re.compile(r"(?P<open> ?\()?\{(?P<name>[^{}]*)\}(?(open)\))|(?P<text>.)", re.DOTALL)


@dataclass
class Translated:
    template: str
    """Empty where there is no such template here."""
    remarks: list[str] = field(default_factory=list)


def translate(old: str, padding: int) -> Translated:
    result = Translated("")
    if "/" in old:
        # There it led to a folder below the comic's own; here folders begin at the library.
        result.remarks.append(f"The name format “{old}” cannot be taken over: it names folders.")
        return result
    stem = re.sub(r"\.cb[zr]$", "", old.strip(), flags=re.IGNORECASE)
    template = "".join(_part(match, padding, result) for match in _PART.finditer(stem))
    if "/" in template:
        text = f"The name format “{old}” cannot be taken over: here a “/” makes folders."
        return Translated("", [*result.remarks, text])
    try:
        parse_template(template)
    except TemplateError as error:
        result.remarks.append(f"The name format “{old}” cannot be taken over. {error}")
        return result
    result.template = template
    return result


def _part(match: re.Match[str], padding: int, result: Translated) -> str:
    if match["text"]:
        return "\\" + match["text"] if match["text"] in "[]{}" else match["text"]
    name = match["name"]
    if name not in _FIELDS:
        result.remarks.append(f"The name format has a field {{{name}}}, which is nowhere known.")
        return ""
    width = _width(padding, result) if name == "issue" else ""
    written = f"{match['open'] or ''}{{{_FIELDS[name]}{width}}}{')' if match['open'] else ''}"
    return written if name in _ALWAYS else f"[{written}]"


def _width(padding: int, result: Translated) -> str:
    if padding > _MOST_DIGITS:
        result.remarks.append(f"Numbers get {_MOST_DIGITS} digits instead of {padding}.")
    return f":{min(padding, _MOST_DIGITS)}" if padding else ""
