"""A JPEG without anything but its picture, the coded pixels untouched.

Only plain files are taken: baseline, one scan of all components, no restart markers. In every other there are places
(between scans, before a restart) where bytes can lie that no decoder looks at and that cannot be told from the picture
without decoding it; those are to be encoded anew.

Source: ITU-T T.81, annex B.
"""

import re
import struct
from dataclasses import dataclass

_SOI, _EOI, _SOS, _DQT, _DHT, _DRI, _COM = 0xD8, 0xD9, 0xDA, 0xDB, 0xC4, 0xDD, 0xFE
_BASELINE = (0xC0, 0xC1)
_APP0, _APP14, _APP15 = 0xE0, 0xEE, 0xEF
# Within coded pixels 0xFF is followed by 0; everything else ends them.
_MARKER = re.compile(rb"\xff[^\x00]")
_JFIF = b"JFIF\x00"
_ADOBE = b"Adobe"


@dataclass(frozen=True)
class PlainJpeg:
    """A stripped file.

    Attributes
    ----------
    content : the file, ending with its end marker.
    last_coded : where the last byte of the coded pixels begins (a stuffed 0xFF counts as one byte with its 0): a
        decoder that has only what is before it must lack pixels, or there is something behind the picture.
    """

    content: bytes
    last_coded: int


@dataclass(frozen=True)
class _Segment:
    marker: int
    body: bytes


class _NotPlain(Exception):
    """The file is of a kind that is not stripped."""


def strip_jpeg(data: bytes) -> PlainJpeg | None:
    """Return the file without metadata, or nothing where it is not plain.

    Kept are tables that the picture uses, its frame and scan, the size of its points (JFIF, without thumbnail) and how
    its colours are coded (Adobe); nothing of what precedes, follows or lies between them.
    """
    try:
        segments, start = _segments(data)
        frame = _frame(segments)
        scan = _scan(segments[-1], frame)
        head = b"\xff\xd8" + b"".join(_written(segments, frame, scan))
    except (_NotPlain, IndexError, struct.error):
        return None
    end = _MARKER.search(data, start)
    if end is None or data[end.start() + 1] != _EOI or end.start() == start:
        return None
    coded = data[start : end.start()]
    last = len(coded) - (2 if coded.endswith(b"\xff\x00") else 1)
    return PlainJpeg(content=head + coded + b"\xff\xd9", last_coded=len(head) + last)


def _segments(data: bytes) -> tuple[list[_Segment], int]:
    """Return the segments up to and including the first scan's header, and where its pixels begin."""
    if data[:2] != b"\xff\xd8":
        raise _NotPlain
    segments: list[_Segment] = []
    at = 2
    while not segments or segments[-1].marker != _SOS:
        if data[at] != 0xFF:
            raise _NotPlain
        while data[at + 1] == 0xFF:  # fill
            at += 1
        (length,) = struct.unpack_from(">H", data, at + 2)
        body = data[at + 4 : at + 2 + length]
        if length < 2 or len(body) != length - 2:
            raise _NotPlain
        segments.append(_Segment(data[at + 1], body))
        at += 2 + length
    return segments, at


def _frame(segments: list[_Segment]) -> _Segment:
    """Return the one frame header: baseline, of one or three components."""
    known = {*_BASELINE, _SOS, _DQT, _DHT, _DRI, _COM, *range(_APP0, _APP15 + 1)}
    frames = [segment for segment in segments if segment.marker in _BASELINE]
    if len(frames) != 1 or any(segment.marker not in known for segment in segments):
        raise _NotPlain
    body = frames[0].body
    if body[0] != 8 or body[5] not in {1, 3} or len(body) != 6 + 3 * body[5]:
        raise _NotPlain
    return frames[0]


def _scan(segment: _Segment, frame: _Segment) -> list[tuple[int, int]]:
    """Return the Huffman tables of each component of a scan that holds them all."""
    body, n_components = segment.body, frame.body[5]
    if body[0] != n_components or len(body) != 4 + 2 * n_components or body[-3:-1] != b"\x00\x3f" or body[-1] != 0:
        raise _NotPlain
    return [(body[2 + 2 * i] >> 4, body[2 + 2 * i] & 15) for i in range(n_components)]


def _written(segments: list[_Segment], frame: _Segment, scan: list[tuple[int, int]]) -> list[bytes]:
    """Return what precedes the pixels, in the order in which it is usual."""
    if any(segment.marker == _DRI and segment.body != b"\x00\x00" for segment in segments):
        raise _NotPlain
    quantisation = _quantisation_tables(segments)
    huffman = _huffman_tables(segments)
    used = sorted({frame.body[8 + 3 * i] for i in range(frame.body[5])})
    codes = sorted({dc for dc, _ in scan}) + sorted({16 | ac for _, ac in scan})
    if any(name not in quantisation for name in used) or any(name not in huffman for name in codes):
        raise _NotPlain
    return [
        *_described(segments),
        *(_segment(_DQT, quantisation[name]) for name in used),
        _segment(frame.marker, frame.body),
        *(_segment(_DHT, huffman[name]) for name in codes),
        _segment(_SOS, segments[-1].body),
    ]


def _described(segments: list[_Segment]) -> list[bytes]:
    """Return what decoding or showing needs of the application segments, written anew so that nothing rides along."""
    kept: list[bytes] = []
    for segment in segments:
        body = segment.body
        if segment.marker == _APP0 and body.startswith(_JFIF) and len(body) >= 14 and not kept:
            kept.append(_segment(_APP0, _JFIF + b"\x01\x01" + bytes([min(body[7], 2)]) + body[8:12] + b"\x00\x00"))
    for segment in segments:
        if segment.marker == _APP14 and segment.body.startswith(_ADOBE) and len(segment.body) >= 12:
            return [*kept, _segment(_APP14, _ADOBE + b"\x00\x64\x00\x00\x00\x00" + segment.body[11:12])]
    return kept


def _quantisation_tables(segments: list[_Segment]) -> dict[int, bytes]:
    """Return each table as last stated, by its number."""
    tables = {}
    for segment in segments:
        at = 0
        while segment.marker == _DQT and at < len(segment.body):
            size = 129 if segment.body[at] >> 4 else 65
            table = segment.body[at : at + size]
            if len(table) != size or table[0] & 15 > 3:
                raise _NotPlain
            tables[table[0] & 15] = table
            at += size
    return tables


def _huffman_tables(segments: list[_Segment]) -> dict[int, bytes]:
    """Return each table as last stated, by its class (16 for AC) and number."""
    tables = {}
    for segment in segments:
        at = 0
        while segment.marker == _DHT and at < len(segment.body):
            size = 17 + sum(segment.body[at + 1 : at + 17])
            table = segment.body[at : at + size]
            if len(table) != size or size > 17 + 256:
                raise _NotPlain
            tables[table[0]] = table
            at += size
    return tables


def _segment(marker: int, body: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body
