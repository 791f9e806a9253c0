"""Autonomous driving: road users, signs, lanes and surfaces."""

from labeling.core.annotations.templates.base import Template, choice, flag, number

_OCCLUDED = choice("occlusion", "none", "partly", "largely")
_TRUNCATED = flag("truncated", "cut by the image's edge")

DRIVING = Template(
    name="autonomous_driving",
    title="Autonomous driving",
    description="Road users with occlusion and truncation, signs, lights, lanes, and the surfaces of a street.",
    annotation_types=("bounding_box", "cuboid_3d", "cuboid_2d", "polyline", "panoptic_segmentation", "polygon"),
    document={
        "classes": [
            {"name": "vehicle", "color": "#4363d8", "attributes": [_OCCLUDED, _TRUNCATED, flag("parked")]},
            {"name": "car", "parent": "vehicle", "color": "#4363d8"},
            {"name": "truck", "parent": "vehicle", "color": "#000075"},
            {"name": "bus", "parent": "vehicle", "color": "#42d4f4"},
            {"name": "trailer", "parent": "vehicle", "color": "#469990"},
            {"name": "motorcycle", "parent": "vehicle", "color": "#911eb4"},
            {"name": "bicycle", "parent": "vehicle", "color": "#f032e6"},
            {
                "name": "emergency vehicle",
                "description": "police, ambulance, fire brigade",
                "parent": "vehicle",
                "color": "#e6194b",
                "attributes": [flag("lights_on")],
            },
            {"name": "person", "color": "#e6194b", "attributes": [_OCCLUDED, _TRUNCATED]},
            {
                "name": "pedestrian",
                "parent": "person",
                "color": "#e6194b",
                "attributes": [choice("pose", "standing", "walking", "sitting", "lying")],
            },
            {"name": "rider", "description": "on a bicycle or motorcycle", "parent": "person", "color": "#f58231"},
            {"name": "animal", "color": "#9a6324", "attributes": [_OCCLUDED]},
            {
                "name": "traffic light",
                "color": "#ffe119",
                "attributes": [choice("state", "red", "amber", "green", "off", "unclear")],
            },
            {
                "name": "traffic sign",
                "color": "#fabed4",
                "attributes": [
                    choice("sign", "stop", "give way", "speed limit", "prohibition", "warning", "direction", "other"),
                    number("speed_limit", 5, 130, "of a speed limit sign"),
                ],
            },
            {
                "name": "lane marking",
                "color": "#ffffff",
                "attributes": [
                    choice("style", "solid", "dashed", "double solid", "double mixed", "dots"),
                    choice("paint", "white", "yellow", "other"),
                ],
            },
            {"name": "road", "kind": "stuff", "color": "#808080"},
            {"name": "sidewalk", "kind": "stuff", "color": "#dcbeff"},
            {"name": "building", "kind": "stuff", "color": "#aaffc3"},
            {"name": "vegetation", "kind": "stuff", "color": "#3cb44b"},
            {"name": "terrain", "kind": "stuff", "color": "#808000"},
            {"name": "sky", "kind": "stuff", "color": "#87ceeb"},
            {"name": "unlabeled", "description": "none of the others", "kind": "void", "color": "#000000"},
        ],
        "attributes": [],
        "relations": [
            {"name": "rides", "from": ["rider"], "to": ["bicycle", "motorcycle"]},
            {"name": "tows", "from": ["vehicle"], "to": ["trailer"]},
            {"name": "in group with", "from": ["pedestrian"], "to": ["pedestrian"], "directed": False},
        ],
    },
)
