"""Insurance damage: what is damaged, how, and how badly, on vehicles and buildings."""

from labeling.core.annotations.templates.base import Template, choice, flag, number, text

_PARTS = (
    "bumper",
    "bonnet",
    "door",
    "wing",
    "roof",
    "boot",
    "windscreen",
    "window",
    "light",
    "mirror",
    "wheel",
    "sill",
)

DAMAGE = Template(
    name="insurance_damage",
    title="Insurance damage",
    description="Parts of vehicles and buildings, and the damage on them: what, how bad, and how to repair it.",
    annotation_types=("polygon", "instance_segmentation", "bounding_box", "multi_label_classification"),
    document={
        "classes": [
            {
                "name": "damage",
                "color": "#e6194b",
                "attributes": [
                    choice("severity", "light", "medium", "heavy", "total", required=True),
                    choice("repair", "none", "polish", "paint", "straighten", "replace"),
                    flag("old", "there before the event that is claimed"),
                ],
            },
            {"name": "scratch", "parent": "damage", "color": "#f58231"},
            {"name": "dent", "parent": "damage", "color": "#ffe119"},
            {"name": "crack", "parent": "damage", "color": "#911eb4"},
            {"name": "broken glass", "parent": "damage", "color": "#42d4f4"},
            {"name": "missing part", "parent": "damage", "color": "#000075"},
            {"name": "water damage", "parent": "damage", "color": "#4363d8"},
            {"name": "fire damage", "parent": "damage", "color": "#800000"},
            {
                "name": "hail damage",
                "parent": "damage",
                "color": "#dcbeff",
                "attributes": [number("n_dents", 0, 10_000)],
            },
            {
                "name": "vehicle part",
                "color": "#3cb44b",
                "attributes": [choice("part", *_PARTS), choice("side", "left", "right", "front", "rear", "top")],
            },
            {
                "name": "building part",
                "color": "#aaffc3",
                "attributes": [choice("part", "roof", "wall", "window", "door", "floor", "ceiling", "gutter", "fence")],
            },
            {"name": "vehicle", "color": "#808000"},
        ],
        "attributes": [text("note", 500, "for the adjuster; no personal data")],
        "relations": [
            {"name": "on", "from": ["damage"], "to": ["vehicle part", "building part"]},
            {"name": "part of", "from": ["vehicle part"], "to": ["vehicle"]},
            {"name": "same event as", "from": ["damage"], "to": ["damage"], "directed": False},
        ],
    },
)
