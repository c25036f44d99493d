"""ComicInfo.xml as text with the places of its elements: no document type, no network, limits."""

import codecs
import re
from dataclasses import dataclass, field
from functools import lru_cache
from xml.parsers import expat

from library.metadata.exceptions import MetadataError

MAX_BYTES = 2 * 2**20
MAX_DEPTH = 32
MAX_ELEMENTS = 20_000

_DECLARED_ENCODING = re.compile(rb"""<\?xml[^>]*?encoding\s*=\s*["']([\w.:-]+)["']""")
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_ENCODING_NAMES = """
    utf-8 ascii iso8859-1 iso8859-2 iso8859-15 cp1250 cp1251 cp1252 koi8-r
    shift_jis euc_jp euc_kr gbk gb18030 big5
"""
_BLANK = "\ufeff\0\t\n\r "
_ENCODINGS = frozenset(_ENCODING_NAMES.split())
_QUOTED_OR_END = re.compile(rb""""[^"]*"|'[^']*'|>""")


@dataclass(slots=True)
class Element:
    """A child of the root; offsets count in the UTF-8 document."""

    name: str
    start: int
    content_start: int
    content_end: int = 0
    end: int = 0
    text: str = ""
    is_plain: bool = True
    """It holds text and nothing else."""

    @property
    def is_empty_tag(self) -> bool:
        return self.end == self.content_start


@dataclass(slots=True)
class Document:
    data: bytes
    prefix: str = ""
    """The root's namespace prefix with its colon; elements under another one are not ours."""
    root: Element = field(default_factory=lambda: Element("", 0, 0))
    children: list[Element] = field(default_factory=list)
    parts: int = 0
    """Elements, comments and instructions, those within others too."""

    def named(self, name: str) -> list[Element]:
        return [child for child in self.children if self.local_name(child) == name]

    def local_name(self, child: Element) -> str:
        return child.name.removeprefix(self.prefix)


def decode(xml: bytes, *, name: str = "ComicInfo.xml") -> tuple[str, str]:
    """The text, its byte order mark included, and the encoding that gives the same bytes back."""
    if len(xml) > MAX_BYTES:
        raise MetadataError(f"{name} is larger than 2 MiB.")
    encoding = next((name for bom, name in _BOMS if xml.startswith(bom)), "")
    if not encoding:
        declared = _DECLARED_ENCODING.match(xml)
        encoding = _checked_encoding(
            declared[1].decode("ascii", "replace") if declared else "utf-8", name
        )
    try:
        text = xml.decode(encoding)
        if not text.strip(_BLANK):
            raise MetadataError(f"{name} cannot be read: it is empty.")
        # NULs would make expat take it for UTF-16, whatever it is told.
        if text.encode(encoding) == xml and "\0" not in text:
            return text, encoding
    except UnicodeError:
        pass
    raise MetadataError(f"{name} cannot be read: its characters are damaged.")


def _checked_encoding(declared: str, name: str) -> str:
    try:
        encoding = codecs.lookup(declared).name
    except LookupError:
        encoding = ""
    if encoding not in _ENCODINGS:
        raise MetadataError(f"{name} cannot be read: its encoding “{declared}” is not known.")
    return encoding


@lru_cache(maxsize=1)
def parse(data: bytes) -> Document:
    """Kept, because what is read is mostly patched next."""
    try:
        document = _Reader(data).document
    except expat.ExpatError as error:
        raise MetadataError(
            f"ComicInfo.xml cannot be read: line {error.lineno} is not sound XML."
        ) from error
    if document.root.name != document.prefix + "ComicInfo":
        raise MetadataError("ComicInfo.xml cannot be read: it holds something else.")
    return document


class _Reader:
    """Expat's events turned into the places of the root's children, within the limits."""

    def __init__(self, data: bytes) -> None:
        self.document = Document(data)
        self._depth = 0
        self._texts: list[str] = []
        self._parser = expat.ParserCreate("utf-8")
        self._parser.buffer_text = True
        self._parser.StartDoctypeDeclHandler = self._doctype
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._text
        self._parser.CommentHandler = self._other
        self._parser.ProcessingInstructionHandler = self._other
        self._parser.Parse(data, True)

    def _doctype(self, *_: object) -> None:
        raise MetadataError("ComicInfo.xml is refused: it holds a document type.")

    def _start(self, name: str, _: dict[str, str]) -> None:
        self._depth += 1
        self._count()
        if self._depth > 2:
            self.document.children[-1].is_plain = False
            return
        start = self._parser.CurrentByteIndex
        element = Element(name, start, self._end_of_tag(start))
        if self._depth == 1:
            self.document.root = element
            self.document.prefix = name[: name.rfind(":") + 1]
        else:
            self.document.children.append(element)
            self._texts.clear()

    def _end_of_tag(self, start: int) -> int:
        """Of one that expat has just read, so there is an end."""
        data = self.document.data
        end = data.index(b">", start) + 1
        if data.find(b'"', start, end) < 0 and data.find(b"'", start, end) < 0:
            return end
        parts = _QUOTED_OR_END.finditer(data, start)
        return next(part.end() for part in parts if part[0] == b">")

    def _end(self, _: str) -> None:
        self._depth -= 1
        if self._depth > 1:
            return
        element = self.document.children[-1] if self._depth else self.document.root
        if self._depth:
            element.text = "".join(self._texts)
        data = self.document.data
        if data[element.content_start - 2] == ord("/"):
            element.content_end = element.end = element.content_start
        else:
            element.content_end = self._parser.CurrentByteIndex
            element.end = data.index(b">", element.content_end) + 1

    def _text(self, text: str) -> None:
        if self._depth == 2:
            self._texts.append(text)

    def _other(self, *_: object) -> None:
        self._count()
        if self._depth == 2:
            self.document.children[-1].is_plain = False

    def _count(self) -> None:
        """Elements, comments and instructions: each costs the parser the same."""
        self.document.parts += 1
        if self._depth > MAX_DEPTH or self.document.parts > MAX_ELEMENTS:
            raise MetadataError("ComicInfo.xml is refused: it is nested too deeply or too large.")
