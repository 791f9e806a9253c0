"""Shapes of projects, ontologies and guidelines."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from labeling.core.annotations.ontology import AttributeType, ClassKind
from labeling.core.annotations.templates import TEMPLATES
from labeling.models import GuidelineVersion, OntologyVersion, Project
from marketplace.operations.api.fields import IdField, NameField, TextField
from marketplace.operations.api.serializers import StrictSerializer

Fields = dict[str, serializers.Field[Any, Any, Any, Any]]

ATTRIBUTE_TYPES = [kind.value for kind in AttributeType]
CLASS_KINDS = [kind.value for kind in ClassKind]


@extend_schema_field({"type": "array", "items": {"type": "integer"}, "minItems": 2, "maxItems": 2})
class PairField(serializers.JSONField):
    """Two numbers of joints."""


class NewProjectSerializer(StrictSerializer):
    organization = IdField()
    name = NameField()


class ProjectSerializer(serializers.ModelSerializer[Project]):
    class Meta:
        model = Project
        fields = ["id", "organization", "name", "created_at"]
        read_only_fields = fields


class NewOntologySerializer(StrictSerializer):
    """An ontology in full, or the name of a template; its rules are those of `docs/annotations.md`."""

    template = serializers.ChoiceField(choices=list(TEMPLATES), required=False)
    classes = serializers.JSONField(required=False)
    attributes = serializers.JSONField(required=False)
    relations = serializers.JSONField(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Return what the ontology says; refuse both a template and classes, and neither."""
        if "template" not in attrs:
            if "classes" not in attrs:
                raise serializers.ValidationError({"classes": ["Give classes, or a template."]}, code="required")
            return attrs
        if len(attrs) > 1:
            raise serializers.ValidationError({"template": ["Give either a template or classes."]}, code="either_or")
        return dict(TEMPLATES[attrs["template"]].document)


class AttributeSerializer(serializers.Serializer[Any]):
    """Something that is said of an annotation beside its class; which bounds there are depends on the type."""

    name = serializers.CharField()
    type = serializers.ChoiceField(choices=ATTRIBUTE_TYPES)
    description = serializers.CharField(required=False)
    values = serializers.ListField(child=serializers.CharField(), required=False, help_text="of an enum, and required")
    min = serializers.FloatField(required=False, help_text="of a number")
    max = serializers.FloatField(required=False, help_text="of a number")
    max_length = serializers.IntegerField(required=False, help_text="of a text")

    def get_fields(self) -> Fields:
        """Add `required`, which every serializer has of its own."""
        required = serializers.BooleanField(required=False, help_text="false unless said")
        return {**super().get_fields(), "required": required}


class SkeletonSerializer(serializers.Serializer[Any]):
    """Joints by name, in the order in which annotations give them; pairs are of their numbers, from 0."""

    joints = serializers.ListField(child=serializers.CharField())
    edges = serializers.ListField(child=PairField(), required=False)
    sigmas = serializers.ListField(
        child=serializers.FloatField(),
        required=False,
        help_text="tolerance of each joint, a share of the object's size",
    )
    swaps = serializers.ListField(
        child=PairField(), required=False, help_text="joints that change places in a mirror image"
    )


class ClassSerializer(serializers.Serializer[Any]):
    """A class: what answers call it, and in a line what belongs to it."""

    name = serializers.CharField()
    description = serializers.CharField(required=False)
    kind = serializers.ChoiceField(
        choices=CLASS_KINDS, required=False, help_text="in segmentation; `thing` unless said"
    )
    color = serializers.CharField(required=False, help_text="such as #ff8800")
    attributes = AttributeSerializer(many=True, required=False)
    skeleton = SkeletonSerializer(required=False)

    def get_fields(self) -> Fields:
        """Add `parent`, which every serializer has of its own."""
        parent = serializers.CharField(
            required=False, help_text="a class whose attributes and skeleton this one has too"
        )
        return {**super().get_fields(), "parent": parent}


class RelationSerializer(serializers.Serializer[Any]):
    """A way in which one annotation may be related to another; without `from` or `to` any class may stand there."""

    name = serializers.CharField()
    description = serializers.CharField(required=False)
    to = serializers.ListField(child=serializers.CharField(), required=False)
    directed = serializers.BooleanField(required=False, help_text="true unless said")

    def get_fields(self) -> Fields:
        """Add `from`, which Python keeps for itself."""
        ends = serializers.ListField(child=serializers.CharField(), required=False)
        return {**super().get_fields(), "from": ends}


class OntologyRulesSerializer(serializers.Serializer[Any]):
    """Classes, attributes that annotations of every class have, and relations between annotations."""

    classes = ClassSerializer(many=True)
    attributes = AttributeSerializer(many=True, required=False)
    relations = RelationSerializer(many=True, required=False)


class NewOntologyDocumentationSerializer(serializers.Serializer[Any]):
    """An ontology in full, or the name of a template."""

    template = serializers.ChoiceField(choices=list(TEMPLATES), required=False, help_text="instead of all else")
    classes = ClassSerializer(many=True, required=False, help_text="required unless there is a template")
    attributes = AttributeSerializer(many=True, required=False)
    relations = RelationSerializer(many=True, required=False)


@extend_schema_field(ClassSerializer(many=True))
class ClassesField(serializers.JSONField):
    """Classes as they are kept."""


@extend_schema_field(AttributeSerializer(many=True))
class AttributesField(serializers.JSONField):
    """Attributes as they are kept."""


@extend_schema_field(RelationSerializer(many=True))
class RelationsField(serializers.JSONField):
    """Relations as they are kept."""


class OntologySerializer(serializers.ModelSerializer[OntologyVersion]):
    """The classes, attributes and relations that answers may use."""

    classes = ClassesField(read_only=True)
    attributes = AttributesField(read_only=True)
    relations = RelationsField(read_only=True)

    class Meta:
        model = OntologyVersion
        fields = ["id", "project", "number", "classes", "attributes", "relations", "created_at"]
        read_only_fields = fields


class OntologyTemplateSerializer(OntologyRulesSerializer):
    """An ontology to begin with, for a field of use."""

    name = serializers.CharField(help_text="to be given as `template`")
    title = serializers.CharField()
    description = serializers.CharField()
    annotation_types = serializers.ListField(
        child=serializers.CharField(), help_text="that it is made for, the usual one first"
    )


class OntologyTemplatesSerializer(serializers.Serializer[Any]):
    items = OntologyTemplateSerializer(many=True)


class NewGuidelineSerializer(StrictSerializer):
    text = TextField(trim_whitespace=False, max_length=100_000)


class GuidelineSerializer(serializers.ModelSerializer[GuidelineVersion]):
    """What workers are told, in Markdown."""

    class Meta:
        model = GuidelineVersion
        fields = ["id", "project", "number", "text", "created_at"]
        read_only_fields = fields
