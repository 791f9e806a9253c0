"""Security and faces: people, faces with landmarks, and what they carry; for use with a basis in law."""

from labeling.core.annotations.templates.base import Template, choice, flag

# The seventeen joints of COCO's people and their tolerances, doi:10.1007/978-3-319-10602-1_48.
_BODY = {
    "joints": [
        "nose",
        "left_eye",
        "right_eye",
        "left_ear",
        "right_ear",
        "left_shoulder",
        "right_shoulder",
        "left_elbow",
        "right_elbow",
        "left_wrist",
        "right_wrist",
        "left_hip",
        "right_hip",
        "left_knee",
        "right_knee",
        "left_ankle",
        "right_ankle",
    ],
    "edges": [
        [15, 13],
        [13, 11],
        [16, 14],
        [14, 12],
        [11, 12],
        [5, 11],
        [6, 12],
        [5, 6],
        [5, 7],
        [6, 8],
        [7, 9],
        [8, 10],
        [1, 2],
        [0, 1],
        [0, 2],
        [1, 3],
        [2, 4],
        [3, 5],
        [4, 6],
    ],
    "sigmas": [
        *[0.026, 0.025, 0.025, 0.035, 0.035, 0.079, 0.079, 0.072, 0.072],
        *[0.062, 0.062, 0.107, 0.107, 0.087, 0.087, 0.089, 0.089],
    ],
    "swaps": [[1, 2], [3, 4], [5, 6], [7, 8], [9, 10], [11, 12], [13, 14], [15, 16]],
}
_FACE = {
    "joints": ["left_eye", "right_eye", "nose_tip", "left_mouth_corner", "right_mouth_corner"],
    "edges": [[0, 2], [1, 2], [2, 3], [2, 4], [3, 4]],
    "sigmas": [0.03, 0.03, 0.04, 0.04, 0.04],
    "swaps": [[0, 1], [3, 4]],
}

SECURITY = Template(
    name="security_and_faces",
    title="Security and faces",
    description="People and faces with landmarks, baggage and vehicles. Nothing in it identifies anybody.",
    annotation_types=("bounding_box", "keypoints"),
    document={
        "classes": [
            {
                "name": "person",
                "color": "#e6194b",
                "skeleton": _BODY,
                "attributes": [choice("pose", "standing", "walking", "running", "sitting", "lying"), flag("uniformed")],
            },
            {
                "name": "face",
                "color": "#f58231",
                "skeleton": _FACE,
                "attributes": [
                    choice("view", "frontal", "half profile", "profile", "away"),
                    choice("covering", "none", "mask", "sunglasses", "helmet", "other"),
                    flag("blurred"),
                ],
            },
            {
                "name": "baggage",
                "color": "#4363d8",
                "skeleton": {"joints": ["centre"]},
                "attributes": [choice("baggage", "backpack", "suitcase", "handbag", "parcel"), flag("unattended")],
            },
            {
                "name": "vehicle",
                "color": "#3cb44b",
                "skeleton": {"joints": ["centre"]},
                "attributes": [choice("vehicle", "car", "van", "truck", "motorcycle", "bicycle")],
            },
            {"name": "licence plate", "color": "#ffe119", "skeleton": {"joints": ["centre"]}},
        ],
        "attributes": [choice("occlusion", "none", "partly", "largely"), flag("truncated", "cut by the image's edge")],
        "relations": [
            {"name": "face of", "from": ["face"], "to": ["person"]},
            {"name": "carries", "from": ["person"], "to": ["baggage"]},
            {"name": "plate of", "from": ["licence plate"], "to": ["vehicle"]},
        ],
    },
)
