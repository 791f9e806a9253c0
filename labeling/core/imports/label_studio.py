"""Label Studio JSON: an array of tasks, of each the latest annotation not cancelled, or else the first prediction.

Source: https://labelstud.io/guide/task_format. Coordinates are percent of the image's width and height; a rectangle is
turned clockwise about its top left corner.
"""

import math
import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

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
    number,
    size_of,
    text_of,
)
from labeling.core.imports.json_items import members
from labeling.core.imports.label_studio_brush import brush_pixels
from labeling.core.imports.rasters import mask_of_window

# An uploaded file is kept under its name with eight digits before it.
_UPLOADED = re.compile(r"[0-9a-f]{8}-(?=.)")
_LOCAL_FILES = "/data/local-files/"
# What is said in words and numbers, of the image or of one region.
_SAYINGS = frozenset({"choices", "textarea", "number", "rating"})


def read(source: Source, annotation_type: str) -> Iterator[Item]:
    """Yield an item for each task, in the order of the document."""
    for index, member in enumerate(members(document(source.file, r"(.*/)?[^/]+\.json"))):
        if member.name is not None or not isinstance(member.value, dict):
            raise UnreadableFile("The document is no array of tasks.")
        if index >= MAX_ASSETS:
            raise UnreadableFile(f"The document has more than {MAX_ASSETS} tasks.")
        yield item_of_task(index, member.value, annotation_type)


def item_of_task(index: int, task: Mapping[str, Any], annotation_type: str) -> Item:
    """Return what one task says of its image."""
    try:
        names = _names(task.get("data"))
        result, score = _result(task)
        regions = [each for each in result if isinstance(each, dict)]
        if len(regions) > 2 * MAX_SHAPES_OF_ASSET:
            raise ItemRefused("too_many", f"An asset has at most {MAX_SHAPES_OF_ASSET} annotations.")
    except ItemRefused as refusal:
        return RefusedItem(f"task {index + 1}", refusal)
    told = next((_told_size(region) for region in regions if _told_size(region)), None)

    def shapes(size: Size | None) -> Shapes:
        yield from _shapes(regions, size, annotation_type, score)

    return ImportedAsset(names=names, size=told, shapes=shapes)


def _names(data: Any) -> tuple[str, ...]:
    """Return what the image of a task may be called: its path, and that without what an upload added."""
    texts = [value for value in data.values() if isinstance(value, str)] if isinstance(data, dict) else []
    given = data["image"] if isinstance(data, dict) and isinstance(data.get("image"), str) else next(iter(texts), None)
    text = text_of(given, "The image of a task")
    try:
        parts = urlsplit(text)
        inner = parse_qs(parts.query, max_num_fields=20).get("d", [""])[0] if parts.path == _LOCAL_FILES else ""
    except ValueError:
        return (text,)
    path = inner or (unquote(parts.path).lstrip("/") if parts.scheme or text.startswith("/") else text)
    file_name = path.rpartition("/")[2]
    plain = _UPLOADED.sub("", file_name, count=1) if _UPLOADED.match(file_name) else file_name
    return tuple(dict.fromkeys(name for name in (text, path, file_name, plain) if name))


def _result(task: Mapping[str, Any]) -> tuple[list[Any], float | None]:
    given = task.get("annotations", task.get("completions"))
    for kept in reversed(given if isinstance(given, list) else []):
        if isinstance(kept, dict) and not kept.get("was_cancelled") and isinstance(kept.get("result"), list):
            return kept["result"], None
    predictions = task.get("predictions")
    for guess in predictions if isinstance(predictions, list) else []:
        if isinstance(guess, dict) and isinstance(guess.get("result"), list):
            score = guess.get("score")
            return guess["result"], None if score is None else number(score, "score")
    raise ItemRefused("no_annotation", "The task has no annotation and no prediction.")


def _told_size(region: Mapping[str, Any]) -> Size | None:
    return size_of(region.get("original_width"), region.get("original_height"))


def _shapes(regions: list[dict[str, Any]], size: Size | None, annotation_type: str, score: float | None) -> Shapes:
    regions = _of_the_image(regions) if annotation_type in _OF_THE_IMAGE else regions
    subjects = _subjects(regions)
    said = _attributes(regions, subjects)
    children = _children(regions) if annotation_type == "keypoints" else {}
    for region in regions:
        kind = str(region.get("type"))
        is_said = kind in _SAYINGS and subjects.get(_id(region)) is not region
        if kind == "relation" or is_said or (children and "parentID" in region):
            continue
        members_of = _members(region, kind, size, annotation_type)
        if members_of is not LEFT_OUT and annotation_type == "keypoints":
            members_of = {NAMED_JOINTS: [_joint(child, size) for child in children.get(_id(region), [])]}
        if members_of is LEFT_OUT:
            yield LEFT_OUT
            continue
        own_score = region.get("score")
        shape_score = score if own_score is None else number(own_score, "score")
        for class_name in _class_names(region["value"], kind):
            yield ImportedShape(class_name, members_of, said.get(_id(region), {}), shape_score)


def _members(region: dict[str, Any], kind: str, size: Size | None, annotation_type: str) -> dict[str, Any] | None:
    reader = _READERS.get((annotation_type, kind))
    value = region.get("value")
    found: dict[str, Any] | None = reader(value, size) if reader and isinstance(value, dict) else LEFT_OUT
    return found


def _children(regions: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    """Return the joints by the id of the box around them."""
    children: dict[str, list[dict[str, Any]]] = {}
    for region in regions:
        if region.get("type") == "keypointlabels" and isinstance(region.get("value"), dict) and "parentID" in region:
            children.setdefault(str(region["parentID"])[:100], []).append(region)
    return children


def _joint(region: dict[str, Any], size: Size | None) -> tuple[str, list[float]]:
    [name] = _class_names(region["value"], "keypointlabels")[:1]
    meta = region.get("meta")
    hidden = isinstance(meta, dict) and meta.get("text") == ["hidden"]
    return name, [*_point(region["value"], size)["point"], 1 if hidden else 2]


def _id(region: Mapping[str, Any]) -> str:
    """Return the id; a region without one has that of its place in memory, which no other has."""
    return f"#{id(region)}" if region.get("id") is None else str(region["id"])[:100]


def _of_the_image(regions: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return what is said of the image under one id where the tag `label` says its class: the rest are attributes."""
    if not any(region.get("from_name") == "label" and region.get("type") == "choices" for region in regions):
        return regions
    return [region | {"id": "image"} if str(region.get("type")) in _SAYINGS else region for region in regions]


def _subjects(regions: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Return by its id what regions of that id are about: what is drawn, or else what was said by the tag `label`."""
    subjects: dict[str, dict[str, Any]] = {}
    for region in regions:
        here = subjects.setdefault(_id(region), region)
        if _rank(region) > _rank(here):
            subjects[_id(region)] = region
    return subjects


def _rank(region: Mapping[str, Any]) -> int:
    return 2 if str(region.get("type")) not in _SAYINGS else int(region.get("from_name") == "label")


def _attributes(regions: list[dict[str, Any]], subjects: Mapping[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Return what is said of each subject beside itself: choices, texts and numbers of its id."""
    said: dict[str, dict[str, Any]] = {}
    for region in regions:
        value, kind = region.get("value"), str(region.get("type"))
        if kind in _SAYINGS and subjects[_id(region)] is not region and isinstance(value, dict):
            given = value.get(kind, value.get("text"))
            one = given[0] if isinstance(given, list) and len(given) == 1 else given
            said.setdefault(_id(region), {})[str(region.get("from_name"))[:200]] = one
    return said


def _class_names(value: Mapping[str, Any], kind: str) -> list[str]:
    names = value.get(kind, value.get("labels"))
    if not isinstance(names, list) or not names or not all(isinstance(name, str) for name in names):
        raise ItemRefused("no_class", "A region has no label.")
    return names


def _percent(value: Mapping[str, Any], name: str, side: int) -> float:
    return number(value.get(name), name) * side / 100


def _turned(value: Mapping[str, Any], size: Size) -> list[float]:
    """Return [cx, cy, width, height, degrees]: the middle goes round the top left corner."""
    x, y = _percent(value, "x", size.width), _percent(value, "y", size.height)
    width, height = _percent(value, "width", size.width), _percent(value, "height", size.height)
    degrees = number(value.get("rotation", 0), "rotation")
    cos, sin = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    return [x + (cos * width - sin * height) / 2, y + (sin * width + cos * height) / 2, width, height, degrees]


def _box(value: dict[str, Any], size: Size | None) -> dict[str, Any] | None:
    cx, cy, width, height, degrees = _turned(value, known(size))
    if degrees % 360:
        return LEFT_OUT
    return {"box": [cx - width / 2, cy - height / 2, cx + width / 2, cy + height / 2]}


def _rotated_box(value: dict[str, Any], size: Size | None) -> dict[str, Any]:
    return {"rotated_box": _turned(value, known(size))}


def _ellipse(value: dict[str, Any], size: Size | None) -> dict[str, Any]:
    whole = known(size)
    radii = [_percent(value, "radiusX", whole.width), _percent(value, "radiusY", whole.height)]
    middle = [_percent(value, "x", whole.width), _percent(value, "y", whole.height)]
    return {"ellipse": [*middle, *radii, number(value.get("rotation", 0), "rotation")]}


def _corners(value: dict[str, Any], size: Size | None) -> list[list[float]]:
    whole = known(size)
    pairs = value.get("points")
    if not isinstance(pairs, list) or not all(isinstance(pair, list) and len(pair) == 2 for pair in pairs):
        raise ItemRefused("not_points", "`points` is a list of [x, y].")
    return [[number(x, "x") * whole.width / 100, number(y, "y") * whole.height / 100] for x, y in pairs]


def _polygon(value: dict[str, Any], size: Size | None) -> dict[str, Any]:
    return {"polygon": [[_corners(value, size)]]}


def _vector(value: dict[str, Any], size: Size | None) -> list[list[float]] | None:
    """Return the points of a vector; one that is curved or branches is of another kind."""
    whole = known(size)
    vertices = value.get("vertices")
    if not isinstance(vertices, list) or not all(isinstance(vertex, dict) for vertex in vertices):
        raise ItemRefused("not_points", "`vertices` is a list of objects.")
    before = [None, *(vertex.get("id") for vertex in vertices)]
    comes_from = [vertex.get("prevPointId") for vertex in vertices]
    if any(vertex.get("isBezier") for vertex in vertices) or any(
        told is not None and told != previous for told, previous in zip(comes_from[1:], before[1:], strict=False)
    ):
        return LEFT_OUT
    return [[_percent(vertex, "x", whole.width), _percent(vertex, "y", whole.height)] for vertex in vertices]


def _polyline(value: dict[str, Any], size: Size | None) -> dict[str, Any] | None:
    points = None if value.get("closed") else _vector(value, size)
    return LEFT_OUT if points is None else {"polyline": points}


def _closed_line(value: dict[str, Any], size: Size | None) -> dict[str, Any] | None:
    points = _vector(value, size) if value.get("closed") else None
    return LEFT_OUT if points is None else {"polygon": [[points]]}


def _point(value: dict[str, Any], size: Size | None) -> dict[str, Any]:
    whole = known(size)
    return {"point": [_percent(value, "x", whole.width), _percent(value, "y", whole.height)]}


def _mask(value: dict[str, Any], size: Size | None) -> dict[str, Any] | None:
    if value.get("format") != "rle":
        return LEFT_OUT
    whole = known(size)
    return {"mask": mask_of_window(brush_pixels(value.get("rle"), whole), left=0, top=0, size=whole)}


def _choice(_value: dict[str, Any], _size: Size | None) -> dict[str, Any]:
    return {}


_READERS: dict[tuple[str, str], Any] = {
    ("image_classification", "choices"): _choice,
    ("multi_label_classification", "choices"): _choice,
    ("bounding_box", "rectanglelabels"): _box,
    ("rotated_box", "rectanglelabels"): _rotated_box,
    ("polygon", "polygonlabels"): _polygon,
    ("polygon", "vectorlabels"): _closed_line,
    ("polyline", "vectorlabels"): _polyline,
    ("ellipse", "ellipselabels"): _ellipse,
    ("keypoints", "rectanglelabels"): _box,
    ("point", "keypointlabels"): _point,
    ("instance_segmentation", "brushlabels"): _mask,
    ("semantic_segmentation", "brushlabels"): _mask,
    ("panoptic_segmentation", "brushlabels"): _mask,
}

_OF_THE_IMAGE = frozenset({"image_classification", "multi_label_classification"})

LABEL_STUDIO = ImportFormat(annotation_types=frozenset(annotation_type for annotation_type, _ in _READERS), read=read)
