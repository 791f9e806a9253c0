"""Agriculture: crops, weeds, fruit, pests and disease."""

from labeling.core.annotations.templates.base import Template, choice, flag, number

AGRICULTURE = Template(
    name="agriculture",
    title="Agriculture",
    description="Crops and weeds by stage of growth, fruit by ripeness, disease and pests, and soil.",
    annotation_types=("instance_segmentation", "bounding_box", "semantic_segmentation", "point", "polygon"),
    document={
        "classes": [
            {
                "name": "plant",
                "color": "#3cb44b",
                "attributes": [
                    choice("stage", "seedling", "vegetative", "flowering", "fruiting", "senescent"),
                    number("bbch", 0, 99, "principal and secondary stage on the BBCH scale"),
                ],
            },
            {"name": "crop", "parent": "plant", "color": "#3cb44b"},
            {
                "name": "weed",
                "parent": "plant",
                "color": "#f58231",
                "attributes": [choice("leaf", "broad", "grass", "sedge")],
            },
            {
                "name": "fruit",
                "color": "#e6194b",
                "attributes": [choice("ripeness", "unripe", "turning", "ripe", "overripe"), flag("damaged")],
            },
            {"name": "flower", "color": "#f032e6"},
            {
                "name": "diseased area",
                "color": "#9a6324",
                "attributes": [
                    choice("disease", "rust", "blight", "mildew", "rot", "virus", "deficiency", "unknown"),
                    choice("severity", "low", "medium", "high"),
                ],
            },
            {
                "name": "pest",
                "color": "#911eb4",
                "attributes": [choice("life_stage", "egg", "larva", "pupa", "adult")],
            },
            {"name": "animal", "color": "#4363d8", "attributes": [choice("posture", "standing", "lying", "feeding")]},
            {"name": "soil", "kind": "stuff", "color": "#808000"},
            {"name": "residue", "description": "dead plant matter", "kind": "stuff", "color": "#fffac8"},
            {"name": "water", "kind": "stuff", "color": "#42d4f4"},
            {"name": "unlabeled", "kind": "void", "color": "#000000"},
        ],
        "attributes": [choice("occlusion", "none", "partly", "largely")],
        "relations": [
            {"name": "grows on", "from": ["fruit", "flower"], "to": ["plant"]},
            {"name": "affects", "from": ["diseased area", "pest"], "to": ["plant", "fruit"]},
        ],
    },
)
