"""Shapes of projects, ontologies and guidelines."""

from typing import Any

from rest_framework import serializers

from labeling.models import GuidelineVersion, OntologyVersion, Project
from marketplace.operations.api.fields import IdField, NameField, TextField
from marketplace.operations.api.serializers import StrictSerializer


class NewProjectSerializer(StrictSerializer):
    organization = IdField()
    name = NameField()


class ProjectSerializer(serializers.ModelSerializer[Project]):
    class Meta:
        model = Project
        fields = ["id", "organization", "name", "created_at"]
        read_only_fields = fields


class NewClassSerializer(StrictSerializer):
    """A class: what answers call it, and in a line what belongs to it."""

    name = NameField(max_length=100)
    description = NameField(required=False, allow_blank=True, default="", max_length=2000)


class NewOntologySerializer(StrictSerializer):
    classes = serializers.ListField(child=NewClassSerializer(), max_length=2000, allow_empty=False)


class ClassSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    description = serializers.CharField()


class OntologySerializer(serializers.ModelSerializer[OntologyVersion]):
    """The classes that answers may use."""

    classes = ClassSerializer(many=True, read_only=True)

    class Meta:
        model = OntologyVersion
        fields = ["id", "project", "number", "classes", "created_at"]
        read_only_fields = fields


class NewGuidelineSerializer(StrictSerializer):
    text = TextField(trim_whitespace=False, max_length=100_000)


class GuidelineSerializer(serializers.ModelSerializer[GuidelineVersion]):
    """What workers are told, in Markdown."""

    class Meta:
        model = GuidelineVersion
        fields = ["id", "project", "number", "text", "created_at"]
        read_only_fields = fields
