"""An annotation type and its classes in the words of Label Studio, as its ML backends are told what is wanted."""

from xml.sax.saxutils import quoteattr

from labeling.core.annotations.ontology import Ontology

# The tag around the classes, and the tag of each.
_TAGS = {
    "image_classification": ('Choices name="label" toName="image" choice="single"', "Choice"),
    "multi_label_classification": ('Choices name="label" toName="image" choice="multiple"', "Choice"),
    "bounding_box": ('RectangleLabels name="label" toName="image" canRotate="false"', "Label"),
    "rotated_box": ('RectangleLabels name="label" toName="image"', "Label"),
    "keypoints": ('RectangleLabels name="label" toName="image" canRotate="false"', "Label"),
    "polygon": ('PolygonLabels name="label" toName="image"', "Label"),
    "polyline": ('VectorLabels name="label" toName="image" closable="false"', "Label"),
    "ellipse": ('EllipseLabels name="label" toName="image"', "Label"),
    "point": ('KeyPointLabels name="label" toName="image"', "Label"),
    "instance_segmentation": ('BrushLabels name="label" toName="image"', "Label"),
    "semantic_segmentation": ('BrushLabels name="label" toName="image"', "Label"),
    "panoptic_segmentation": ('BrushLabels name="label" toName="image"', "Label"),
}


def label_config(annotation_type: str, ontology: Ontology) -> str:
    """Return the XML for a type that Label Studio has.

    Joints of keypoints are points inside the box of their object.
    """
    around, tag = _TAGS[annotation_type]
    classes = "".join(f"<{tag} value={quoteattr(name)}/>" for name in ontology.rules)
    return (
        f'<View><Image name="image" value="$image"/><{around}>{classes}</{around.partition(" ")[0]}>'
        f"{_joints(ontology) if annotation_type == 'keypoints' else ''}</View>"
    )


def _joints(ontology: Ontology) -> str:
    names = {name for rules in ontology.rules.values() if rules.skeleton for name in rules.skeleton.joints}
    joints = "".join(f"<Label value={quoteattr(name)}/>" for name in sorted(names))
    return f'<KeyPointLabels name="joint" toName="image">{joints}</KeyPointLabels>'
