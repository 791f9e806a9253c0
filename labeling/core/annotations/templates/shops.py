"""Retail: goods on shelves, prices, and gaps."""

from labeling.core.annotations.templates.base import Template, choice, flag, number, text

RETAIL = Template(
    name="retail",
    title="Retail",
    description="Goods on shelves with facing and identity, price tags, gaps, and promotion.",
    annotation_types=("bounding_box", "polygon", "image_classification", "multi_label_classification"),
    document={
        "classes": [
            {
                "name": "product",
                "color": "#4363d8",
                "attributes": [
                    text("sku", 64, "number of the article, where it can be read"),
                    choice("packaging", "bottle", "can", "box", "bag", "jar", "tube", "tray", "loose"),
                    choice("facing", "front", "side", "back", "top"),
                    flag("damaged"),
                ],
            },
            {"name": "beverage", "parent": "product", "color": "#42d4f4"},
            {"name": "food", "parent": "product", "color": "#3cb44b"},
            {"name": "household", "parent": "product", "color": "#469990"},
            {"name": "personal care", "parent": "product", "color": "#dcbeff"},
            {
                "name": "garment",
                "parent": "product",
                "color": "#f032e6",
                "attributes": [
                    choice("garment", "top", "trousers", "dress", "skirt", "outerwear", "shoes", "accessory")
                ],
            },
            {
                "name": "price tag",
                "color": "#ffe119",
                "attributes": [number("price", 0, 1_000_000, "as printed"), text("currency", 3), flag("reduced")],
            },
            {"name": "promotion", "description": "posters and displays", "color": "#f58231"},
            {"name": "shelf", "color": "#9a6324"},
            {"name": "gap", "description": "room on a shelf where goods are missing", "color": "#e6194b"},
            {"name": "customer", "color": "#911eb4"},
        ],
        "attributes": [choice("occlusion", "none", "partly", "largely")],
        "relations": [
            {"name": "stands on", "from": ["product", "gap"], "to": ["shelf"]},
            {"name": "priced by", "from": ["product"], "to": ["price tag"]},
        ],
    },
)
