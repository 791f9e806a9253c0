"""Robotics: things to grasp, where to hold them, and the spaces around."""

from labeling.core.annotations.templates.base import Template, choice, flag, number

_GRASP = {
    "joints": ["left_finger", "right_finger", "approach"],
    "edges": [[0, 1], [1, 2], [0, 2]],
    "swaps": [[0, 1]],
}

ROBOTICS = Template(
    name="robotics",
    title="Robotics",
    description="Objects to be grasped with how they may be held, containers and surfaces, people and free space.",
    annotation_types=("instance_segmentation", "rotated_box", "cuboid_3d", "bounding_box", "panoptic_segmentation"),
    document={
        "classes": [
            {
                "name": "object",
                "color": "#4363d8",
                "attributes": [
                    choice("material", "plastic", "metal", "glass", "paper", "textile", "wood", "food", "other"),
                    flag("transparent"),
                    flag("deformable"),
                    flag("graspable"),
                ],
            },
            {"name": "box", "parent": "object", "color": "#42d4f4"},
            {"name": "bottle", "parent": "object", "color": "#469990"},
            {"name": "can", "parent": "object", "color": "#aaffc3"},
            {"name": "bag", "parent": "object", "color": "#dcbeff"},
            {"name": "tool", "parent": "object", "color": "#911eb4"},
            {
                "name": "container",
                "color": "#f58231",
                "attributes": [number("fill", 0, 1, "share that is filled"), flag("open")],
            },
            {
                "name": "grasp",
                "description": "where a gripper may hold",
                "color": "#e6194b",
                "skeleton": _GRASP,
                "attributes": [choice("gripper", "parallel", "suction", "hand"), number("width_mm", 0, 500)],
            },
            {"name": "handle", "color": "#f032e6"},
            {"name": "person", "color": "#ffe119"},
            {"name": "robot", "color": "#9a6324"},
            {"name": "work surface", "kind": "stuff", "color": "#808080"},
            {"name": "floor", "kind": "stuff", "color": "#808000"},
            {"name": "wall", "kind": "stuff", "color": "#fffac8"},
            {"name": "unlabeled", "kind": "void", "color": "#000000"},
        ],
        "attributes": [choice("occlusion", "none", "partly", "largely")],
        "relations": [
            {"name": "holds", "from": ["grasp"], "to": ["object", "handle"]},
            {"name": "in", "from": ["object"], "to": ["container"]},
            {"name": "on top of", "from": ["object", "container"], "to": ["object", "container"]},
            {"name": "part of", "from": ["handle"], "to": ["object", "container"]},
        ],
    },
)
