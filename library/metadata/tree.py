"""Any tag file's XML as a small tree, under the limits that hold for ComicInfo.xml."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NoReturn
from xml.parsers import expat

from library.metadata.document import MAX_DEPTH, MAX_ELEMENTS, decode
from library.metadata.exceptions import MetadataError


@dataclass(slots=True)
class Node:
    name: str
    """Without a namespace prefix."""
    attributes: dict[str, str] = field(default_factory=dict)
    text: str = ""
    children: list["Node"] = field(default_factory=list)

    def each(self, *path: str) -> Iterator["Node"]:
        """The nodes below that the path of names leads to."""
        if not path:
            yield self
            return
        for child in self.children:
            if child.name == path[0]:
                yield from child.each(*path[1:])

    def texts(self, *path: str) -> list[str]:
        """Their texts, empty ones left out."""
        return [text for node in self.each(*path) if (text := node.text.strip())]

    def first(self, *path: str) -> str:
        return next(iter(self.texts(*path)), "")


def read_tree(xml: bytes, *, root: str, name: str) -> Node:
    """`name`: the file's, for what is said about it.

    Raises:
        MetadataError: it is no sound XML with this root, or is beyond the limits.
    """
    text, _ = decode(xml, name=name)
    try:
        node = _Reader(text, name).root
    except expat.ExpatError as error:
        raise MetadataError(
            f"{name} cannot be read: line {error.lineno} is not sound XML."
        ) from error
    if node.name != root:
        raise MetadataError(f"{name} cannot be read: it holds something else.")
    return node


class _Reader:
    def __init__(self, text: str, name: str) -> None:
        self._name = name
        self._parts = 0
        self._open = [Node("")]
        self._texts: list[list[str]] = [[]]
        parser = expat.ParserCreate("utf-8")
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = self._doctype
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        parser.CommentHandler = self._count
        parser.ProcessingInstructionHandler = self._count
        parser.Parse(text.encode(), True)
        self.root = self._open[0].children[0]

    def _doctype(self, *_: object) -> NoReturn:
        raise MetadataError(f"{self._name} is refused: it holds a document type.")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._count()
        node = Node(name.rpartition(":")[2], attributes)
        self._open[-1].children.append(node)
        self._open.append(node)
        self._texts.append([])

    def _end(self, _: str) -> None:
        self._open.pop().text = "".join(self._texts.pop())

    def _text(self, text: str) -> None:
        self._texts[-1].append(text)

    def _count(self, *_: object) -> None:
        """Elements, comments and instructions: each costs the parser the same."""
        self._parts += 1
        if len(self._open) > MAX_DEPTH or self._parts > MAX_ELEMENTS:
            raise MetadataError(f"{self._name} is refused: it is nested too deeply or too large.")
