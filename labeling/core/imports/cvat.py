"""CVAT XML 1.1, for images and for tracks of a video, as XML or as a zip with `annotations.xml`.

Source: https://docs.cvat.ai/docs/dataset_management/formats/format-cvat/. Coordinates are pixels; a box or an ellipse
is turned clockwise about its middle; a mask is row-major run lengths, background first, of the box around it. A frame
of a video is called `frame_000012`, and may go by its number alone.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from labeling.core.imports.archives import document
from labeling.core.imports.base import (
    LEFT_OUT,
    MAX_ASSETS,
    MAX_SHAPES_OF_ASSET,
    NAMED_JOINTS,
    ImportedAsset,
    ImportedShape,
    ImportFormat,
    Item,
    ItemRefused,
    RefusedItem,
    Shapes,
    Size,
    Source,
    UnreadableFile,
    known,
    size_of,
    text_number,
    text_of,
)
from labeling.core.imports.rasters import check_size, mask_of_window, window_of_runs
from labeling.core.imports.spool import Spool
from labeling.core.imports.xml_items import Node, elements

# The corners go down each upright edge in turn, so that those of the back face are named the other way round.
_CUBOID = ("tl1", "tr1", "br1", "bl1", "tr2", "tl2", "bl2", "br2")


def read(source: Source, annotation_type: str) -> Iterator[Item]:
    """Yield an item for each image as it comes, and at the end one for each frame that tracks are on."""
    frames = Spool(source.scratch())
    size: Size | None = None
    for node in elements(document(source.file, r"(.*/)?annotations\.xml"), root="annotations"):
        if node.tag == "meta":
            size = _whole_size(node.child("task", "original_size")) or _whole_size(node.child("original_size"))
        elif node.tag == "image":
            yield _image(node, annotation_type)
        elif node.tag == "track":
            _add_track(node, frames)
    for frame in frames.groups():
        yield _frame(frame, frames, size, annotation_type)


def _whole_size(node: Node | None) -> Size | None:
    return size_of(*(_whole(node.text_at(side)) for side in ("width", "height"))) if node else None


def _whole(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 10 else None


def _image(node: Node, annotation_type: str) -> Item:
    try:
        name = text_of(node.attributes.get("name"), "The name of an image")
    except ItemRefused as refusal:
        return RefusedItem("image", refusal)

    def shapes(size: Size | None) -> Shapes:
        if len(node.children) > MAX_SHAPES_OF_ASSET:
            raise ItemRefused("too_many", f"An asset has at most {MAX_SHAPES_OF_ASSET} annotations.")
        return (_shape(child, child.attributes.get("label", ""), size, annotation_type) for child in node.children)

    told = size_of(_whole(node.attributes.get("width")), _whole(node.attributes.get("height")))
    return ImportedAsset(names=(name,), size=told, shapes=shapes)


def _add_track(track: Node, frames: Spool) -> None:
    """Keep what a track says of each frame; where it is outside, nothing is there."""
    label = track.attributes.get("label", "")
    for child in track.children:
        frame = _whole(child.attributes.get("frame"))
        if frame is None or frame >= MAX_ASSETS:
            raise UnreadableFile(f"A track names a frame that is no number below {MAX_ASSETS}.")
        if child.attributes.get("outside") != "1":
            frames.add(frame, [label, _plain(child)])


def _plain(node: Node) -> list[Any]:
    return [node.tag, node.attributes, [_plain(child) for child in node.children], node.text]


def _node(plain: Sequence[Any]) -> Node:
    tag, attributes, children, text = plain
    return Node(tag, attributes, [_node(child) for child in children], text)


def _frame(frame: int, frames: Spool, size: Size | None, annotation_type: str) -> ImportedAsset:
    def shapes(known_size: Size | None) -> Shapes:
        for label, plain in frames.read(frame):
            yield _shape(_node(plain), label, known_size, annotation_type)

    return ImportedAsset(names=(f"frame_{frame:06d}", str(frame)), size=size, shapes=shapes, by_stem=True)


def _shape(node: Node, label: str, size: Size | None, annotation_type: str) -> ImportedShape | None:
    reader = _READERS.get((annotation_type, node.tag))
    members = reader(node, size) if reader else LEFT_OUT
    if members is LEFT_OUT:
        return LEFT_OUT
    attributes = {
        child.attributes.get("name", ""): child.text.strip() for child in node.children if child.tag == "attribute"
    }
    return ImportedShape(label, members, attributes)


def _number(node: Node, name: str) -> float:
    return text_number(node.attributes.get(name), name)


def _turn(node: Node) -> float:
    return _number(node, "rotation") if "rotation" in node.attributes else 0.0


def _corners(node: Node) -> tuple[float, float, float, float]:
    return _number(node, "xtl"), _number(node, "ytl"), _number(node, "xbr"), _number(node, "ybr")


def _box(node: Node, _size: Size | None) -> dict[str, Any] | None:
    return LEFT_OUT if _turn(node) else {"box": list(_corners(node))}


def _rotated_box(node: Node, _size: Size | None) -> dict[str, Any]:
    x1, y1, x2, y2 = _corners(node)
    return {"rotated_box": [(x1 + x2) / 2, (y1 + y2) / 2, x2 - x1, y2 - y1, _turn(node)]}


def _ellipse(node: Node, _size: Size | None) -> dict[str, Any]:
    return {"ellipse": [*(_number(node, name) for name in ("cx", "cy", "rx", "ry")), _turn(node)]}


def _points(node: Node) -> list[list[float]]:
    pairs = [pair.split(",") for pair in node.attributes.get("points", "").split(";") if pair]
    if any(len(pair) != 2 for pair in pairs):
        raise ItemRefused("not_points", "`points` is x,y;x,y;...")
    return [[text_number(x, "A coordinate"), text_number(y, "A coordinate")] for x, y in pairs]


def _polygon(node: Node, _size: Size | None) -> dict[str, Any]:
    return {"polygon": [[_points(node)]]}


def _polyline(node: Node, _size: Size | None) -> dict[str, Any]:
    return {"polyline": _points(node)}


def _point(node: Node, _size: Size | None) -> dict[str, Any] | None:
    spots = _points(node)
    return {"point": spots[0]} if len(spots) == 1 else LEFT_OUT


def _joints(node: Node, _size: Size | None) -> dict[str, Any]:
    return {"keypoints": [[x, y, 2] for x, y in _points(node)]}


def _skeleton(node: Node, _size: Size | None) -> dict[str, Any]:
    return {NAMED_JOINTS: [_joint(child) for child in node.children if child.tag == "points"]}


def _joint(node: Node) -> tuple[str, list[float]]:
    spots = _points(node)
    if len(spots) != 1:
        raise ItemRefused("not_points", "A joint of a skeleton is one point.")
    seen = 0 if node.attributes.get("outside") == "1" else 1 if node.attributes.get("occluded") == "1" else 2
    return node.attributes.get("label", ""), [*spots[0], seen] if seen else [0.0, 0.0, 0]


def _cuboid(node: Node, _size: Size | None) -> dict[str, Any]:
    return {"cuboid_2d": [[_number(node, f"x{corner}"), _number(node, f"y{corner}")] for corner in _CUBOID]}


def _mask(node: Node, size: Size | None) -> dict[str, Any]:
    whole_size = known(size)
    check_size(whole_size)
    left, top, width, height = (_whole(node.attributes.get(name)) for name in ("left", "top", "width", "height"))
    if left is None or top is None or not width or not height:
        raise ItemRefused("not_a_mask", "A mask has left, top, width and height, and a size.")
    words = node.attributes.get("rle", "").split(",")
    runs = [_whole(word.strip()) for word in words]
    if any(run is None for run in runs):
        raise ItemRefused("not_a_mask", "`rle` is whole numbers.")
    window = window_of_runs([run or 0 for run in runs], height=height, width=width)
    return {"mask": mask_of_window(window, left=left, top=top, size=whole_size)}


def _tag(_node: Node, _size: Size | None) -> dict[str, Any]:
    return {}


_READERS: dict[tuple[str, str], Any] = {
    ("image_classification", "tag"): _tag,
    ("multi_label_classification", "tag"): _tag,
    ("bounding_box", "box"): _box,
    ("rotated_box", "box"): _rotated_box,
    ("polygon", "polygon"): _polygon,
    ("polyline", "polyline"): _polyline,
    ("point", "points"): _point,
    ("keypoints", "points"): _joints,
    ("keypoints", "skeleton"): _skeleton,
    ("ellipse", "ellipse"): _ellipse,
    ("cuboid_2d", "cuboid"): _cuboid,
    ("instance_segmentation", "mask"): _mask,
    ("semantic_segmentation", "mask"): _mask,
    ("panoptic_segmentation", "mask"): _mask,
}

CVAT = ImportFormat(annotation_types=frozenset(annotation_type for annotation_type, _ in _READERS), read=read)
