"""What Croissant 1.0 asks to be told of a data set: its files with their hashes, and the columns of its tables.

Source: https://docs.mlcommons.org/croissant/docs/croissant-spec.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from labeling.core.formats.base import Export

CONFORMS_TO = "http://mlcommons.org/croissant/1.0"
# Columns and what they hold: `text`, `integer` or `float`.
IMAGES = {
    "image": "integer",
    "external_id": "text",
    "asset_id": "text",
    "sha256": "text",
    "width": "integer",
    "height": "integer",
    "split": "text",
    "state": "text",
    "confidence": "float",
    "n_answers": "integer",
}
LABELS = {
    "key": "text",
    "image": "integer",
    "annotation": "text",
    "class": "text",
    "confidence": "float",
    "p_exist": "float",
    "x1": "float",
    "y1": "float",
    "x2": "float",
    "y2": "float",
    "shape": "text",
    "attributes": "text",
    "relations": "text",
}
_TYPES = {"text": "sc:Text", "integer": "sc:Integer", "float": "sc:Float"}
_CONTEXT = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "equivalentProperty": "cr:equivalentProperty",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileProperty": "cr:fileProperty",
    "fileObject": "cr:fileObject",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "parentField": "cr:parentField",
    "path": "cr:path",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "samplingRate": "cr:samplingRate",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}


def description(export: Export, sha256_by_file: Mapping[str, str]) -> dict[str, Any]:
    """Return the JSON-LD document of tables `images.parquet` and `annotations.parquet`."""
    moment = export.created_at.strftime("%Y-%m-%d")
    licence = export.licence.url or export.licence.name
    return {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": CONFORMS_TO,
        "name": _name(export.title),
        "description": f"Labels of the type {export.annotation_type} of {export.title}.",
        **({"license": licence} if licence else {}),
        "url": "https://localhost/",
        "version": "1.0.0",
        "datePublished": moment,
        "citeAs": f"{export.title}, {moment}.",
        "distribution": [_file(name, sha256) for name, sha256 in sha256_by_file.items()],
        "recordSet": [
            _records("images", "images.parquet", IMAGES, key="image"),
            _records("annotations", "annotations.parquet", LABELS, key="key", references={"image": "images/image"}),
        ],
    }


def _name(title: str) -> str:
    """Return a title as a name that Croissant takes: no longer than a file name, of signs that need no escape."""
    plain = "".join(sign if sign.isascii() and (sign.isalnum() or sign in " -_") else "_" for sign in title)
    return plain.strip()[:200] or "labels"


def _file(name: str, sha256: str) -> dict[str, Any]:
    return {
        "@type": "cr:FileObject",
        "@id": name,
        "name": name,
        "contentUrl": name,
        "encodingFormat": "application/x-parquet",
        "sha256": sha256,
    }


def _records(
    name: str, file: str, columns: Mapping[str, str], *, key: str, references: Mapping[str, str] | None = None
) -> dict[str, Any]:
    return {
        "@type": "cr:RecordSet",
        "@id": name,
        "name": name,
        "key": {"@id": f"{name}/{key}"},
        "field": [_field(name, file, column, kind, (references or {}).get(column)) for column, kind in columns.items()],
    }


def _field(records: str, file: str, column: str, kind: str, reference: str | None) -> dict[str, Any]:
    source = {"fileObject": {"@id": file}, "extract": {"column": column}}
    return {
        "@type": "cr:Field",
        "@id": f"{records}/{column}",
        "name": column,
        "dataType": _TYPES[kind],
        "source": source,
        **({"references": {"field": {"@id": reference}}} if reference else {}),
    }
