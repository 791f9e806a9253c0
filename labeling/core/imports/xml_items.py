"""XML read element by element: no document type, hence no entities and nothing external; bounded in every way."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import IO
from xml.parsers import expat

from labeling.core.imports.base import MAX_ITEM_BYTES, UnreadableFile

_CHUNK_BYTES = 64 * 1024
MAX_DEPTH = 16
MAX_NODES = 200_000


@dataclass
class Node:
    """An element with its attributes, its children in order, and the text directly in it."""

    tag: str
    attributes: dict[str, str]
    children: list["Node"] = field(default_factory=list)
    text: str = ""

    def child(self, *path: str) -> "Node | None":
        """Return the first element along a path of tags."""
        node: Node | None = self
        for tag in path:
            node = next((each for each in node.children if each.tag == tag), None) if node else None
        return node

    def text_at(self, *path: str) -> str | None:
        """Return the text of the first element along a path of tags, without spaces around it."""
        node = self.child(*path)
        return node.text.strip() if node else None


def elements(file: IO[bytes], *, root: str, max_bytes: int = MAX_ITEM_BYTES) -> Iterator[Node]:
    """Yield the elements directly below the root, each when it is closed and then forgotten.

    Raises
    ------
    UnreadableFile
        This is no XML, its root is another, it has a document type, nests too deep, or an element is too large.
    """
    builder = _Builder(root, max_bytes)
    while True:
        chunk = file.read(_CHUNK_BYTES)
        builder.feed(chunk)
        yield from builder.taken()
        if not chunk:
            return


def whole(content: bytes, *, root: str) -> Node:
    """Return a small document as one element."""
    builder = _Builder(root, MAX_ITEM_BYTES)
    builder.feed(content)
    builder.feed(b"")
    return Node(tag=root, attributes={}, children=list(builder.taken()))


class _Builder:
    def __init__(self, root: str, max_bytes: int) -> None:
        self._root = root
        self._max_bytes = max_bytes
        self._open: list[Node] = []
        # Of each open element, put together when it is closed: text between many children would be copied as often.
        self._texts: list[list[str]] = []
        self._done: list[Node] = []
        self._n_nodes = 0
        self._n_bytes = 0
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = _refuse_doctype
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        self._parser = parser

    def feed(self, chunk: bytes) -> None:
        """Take the next piece of the document; an empty one is its end."""
        self._n_bytes += len(chunk)
        if self._n_bytes > self._max_bytes:
            raise UnreadableFile(f"One element of the XML is larger than {self._max_bytes} bytes.")
        try:
            self._parser.Parse(chunk, not chunk)
        except expat.ExpatError as error:
            raise UnreadableFile(f"The file is no XML: {expat.ErrorString(error.code)}, line {error.lineno}.") from None
        except (ValueError, LookupError):  # an encoding that is none, such as one of several bytes a sign
            raise UnreadableFile("The XML is in an encoding that is not read here; send UTF-8.") from None

    def taken(self) -> Sequence[Node]:
        """Return the elements that were closed since it was last asked."""
        done, self._done = self._done, []
        return done

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        if not self._open and tag != self._root:
            raise UnreadableFile(f"The root of the XML is not <{self._root}>.")
        self._n_nodes += 1
        if len(self._open) >= MAX_DEPTH or self._n_nodes > MAX_NODES:
            raise UnreadableFile(f"The XML nests deeper than {MAX_DEPTH}, or one element holds more than {MAX_NODES}.")
        node = Node(tag, attributes)
        if len(self._open) >= 2:
            self._open[-1].children.append(node)
        self._open.append(node)
        self._texts.append([])

    def _end(self, _tag: str) -> None:
        node = self._open.pop()
        node.text = "".join(self._texts.pop())
        if len(self._open) == 1:
            self._done.append(node)
            self._n_nodes = self._n_bytes = 0

    def _text(self, text: str) -> None:
        if len(self._open) >= 2:
            self._texts[-1].append(text)


def _refuse_doctype(*_declaration: object) -> None:
    raise UnreadableFile("The XML has a document type, which is not read here.")
