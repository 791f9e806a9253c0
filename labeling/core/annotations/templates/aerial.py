"""Aerial and drone images: buildings, vehicles seen from above, land cover and assets to be inspected."""

from labeling.core.annotations.templates.base import Template, choice, flag, number

AERIAL = Template(
    name="aerial_and_drone",
    title="Aerial and drone",
    description="Buildings and roads, vehicles and vessels at any angle, land cover, and assets under inspection.",
    annotation_types=("rotated_box", "polygon", "semantic_segmentation", "polyline", "point"),
    document={
        "classes": [
            {
                "name": "building",
                "color": "#e6194b",
                "attributes": [
                    choice("roof", "flat", "gabled", "hipped", "dome", "other"),
                    choice("damage", "none", "minor", "major", "destroyed"),
                    number("storeys", 1, 200),
                ],
            },
            {"name": "vehicle", "color": "#4363d8"},
            {"name": "small vehicle", "parent": "vehicle", "color": "#4363d8"},
            {"name": "large vehicle", "parent": "vehicle", "color": "#000075"},
            {"name": "ship", "color": "#42d4f4", "attributes": [flag("under_way")]},
            {
                "name": "aircraft",
                "color": "#f032e6",
                "attributes": [choice("aircraft", "plane", "helicopter", "drone")],
            },
            {"name": "storage tank", "color": "#f58231"},
            {"name": "solar panel", "color": "#911eb4", "attributes": [flag("defect")]},
            {"name": "power pylon", "color": "#ffe119", "attributes": [choice("state", "sound", "corroded", "broken")]},
            {"name": "power line", "color": "#fabed4"},
            {"name": "wind turbine", "color": "#fffac8"},
            {"name": "road", "kind": "stuff", "color": "#808080", "attributes": [flag("paved")]},
            {"name": "water", "kind": "stuff", "color": "#87ceeb"},
            {"name": "forest", "kind": "stuff", "color": "#3cb44b"},
            {"name": "field", "kind": "stuff", "color": "#808000"},
            {"name": "bare ground", "kind": "stuff", "color": "#9a6324"},
            {"name": "no data", "description": "clouds, shadow, beyond the mosaic", "kind": "void", "color": "#000000"},
        ],
        "attributes": [choice("visibility", "clear", "partly hidden", "mostly hidden")],
        "relations": [{"name": "hangs between", "from": ["power line"], "to": ["power pylon"]}],
    },
)
