"""Medical imaging: findings on radiographs and slices, with the anatomy that they lie in."""

from labeling.core.annotations.templates.base import Template, choice, flag, number, text

MEDICAL = Template(
    name="medical_imaging",
    title="Medical imaging",
    description="Findings with certainty and severity, the organs that they lie in, devices, and vertebral landmarks.",
    annotation_types=("polygon", "semantic_segmentation", "instance_segmentation", "bounding_box", "ellipse"),
    document={
        "classes": [
            {
                "name": "finding",
                "color": "#e6194b",
                "attributes": [
                    choice("certainty", "certain", "probable", "possible", required=True),
                    choice("severity", "mild", "moderate", "severe"),
                ],
            },
            {
                "name": "nodule",
                "parent": "finding",
                "color": "#f032e6",
                "attributes": [
                    choice("margin", "smooth", "lobulated", "spiculated"),
                    number("diameter_mm", 0, 500, "longest, as measured"),
                ],
            },
            {"name": "mass", "parent": "finding", "color": "#911eb4"},
            {"name": "consolidation", "parent": "finding", "color": "#f58231"},
            {"name": "effusion", "parent": "finding", "color": "#42d4f4"},
            {"name": "pneumothorax", "parent": "finding", "color": "#4363d8"},
            {
                "name": "fracture",
                "parent": "finding",
                "color": "#ffe119",
                "attributes": [flag("displaced"), choice("age", "acute", "healing", "old")],
            },
            {"name": "haemorrhage", "parent": "finding", "color": "#800000"},
            {"name": "organ", "kind": "stuff", "color": "#aaffc3"},
            {"name": "lung", "parent": "organ", "kind": "stuff", "color": "#87ceeb"},
            {"name": "heart", "parent": "organ", "kind": "stuff", "color": "#fabed4"},
            {"name": "liver", "parent": "organ", "kind": "stuff", "color": "#9a6324"},
            {"name": "bone", "parent": "organ", "kind": "stuff", "color": "#fffac8"},
            {
                "name": "device",
                "description": "implants, lines and tubes",
                "color": "#808000",
                "attributes": [choice("device", "pacemaker", "catheter", "tube", "implant", "clip", "other")],
            },
            {"name": "background", "kind": "void", "color": "#000000"},
        ],
        "attributes": [
            choice("laterality", "left", "right", "both", "midline"),
            text("comment", 500, "what the reader should know; no personal data"),
        ],
        "relations": [
            {"name": "lies in", "from": ["finding"], "to": ["organ"]},
            {"name": "same lesion as", "from": ["finding"], "to": ["finding"], "directed": False},
        ],
    },
)
