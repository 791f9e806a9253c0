"""Endpoints of projects, ontologies and guidelines."""

from uuid import UUID

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from labeling.api.access import ORDERS, organization_for, require_role
from labeling.api.filters import named
from labeling.api.serializers.projects import (
    GuidelineSerializer,
    NewGuidelineSerializer,
    NewOntologyDocumentationSerializer,
    NewOntologySerializer,
    NewProjectSerializer,
    OntologySerializer,
    OntologyTemplatesSerializer,
    ProjectSerializer,
)
from labeling.core.annotations.templates import TEMPLATES
from labeling.models import Project
from labeling.services import add_guideline, add_ontology, create_project
from marketplace.accounts.api.authentication import user_of
from marketplace.operations.api.base import ApiView
from marketplace.operations.api.idempotency import idempotent
from marketplace.operations.api.paging import KeySetPagination


class ProjectsView(ApiView):
    """Projects of the organizations whose work one looks after."""

    pagination_class = KeySetPagination
    query_params = frozenset({"organization"})

    @extend_schema(
        operation_id="projects_list",
        parameters=[OpenApiParameter("organization", UUID)],
        responses=ProjectSerializer(many=True),
    )
    def get(self, request: Request) -> Response:
        """List projects, oldest first."""
        projects = Project.objects.visible_to(user_of(request)).filter(**named(request, "organization"))
        return self.page(projects, ProjectSerializer)

    @extend_schema(operation_id="projects_create", request=NewProjectSerializer, responses={201: ProjectSerializer})
    @idempotent()
    def post(self, request: Request) -> Response:
        """Start a project."""
        data = self.parse(NewProjectSerializer)
        organization = organization_for(request, data["organization"])
        project = create_project(organization_id=organization.pk, name=data["name"], created_by_id=user_of(request).pk)
        return Response(ProjectSerializer(project).data, status=201)


class ProjectView(ApiView):
    """One project."""

    @extend_schema(operation_id="projects_retrieve", responses=ProjectSerializer)
    def get(self, request: Request, project_id: UUID) -> Response:
        """Return a project."""
        return Response(ProjectSerializer(_project(request, project_id)).data)


class OntologiesView(ApiView):
    """The versions of a project's ontology."""

    pagination_class = KeySetPagination

    @extend_schema(operation_id="project_ontologies_list", responses=OntologySerializer(many=True))
    def get(self, request: Request, project_id: UUID) -> Response:
        """List the versions, first to latest."""
        return self.page(_project(request, project_id).ontologies.all(), OntologySerializer)

    @extend_schema(
        operation_id="project_ontologies_create",
        request=NewOntologyDocumentationSerializer,
        responses={201: OntologySerializer},
    )
    @idempotent()
    def post(self, request: Request, project_id: UUID) -> Response:
        """Add the next version, stated in full or begun from a template."""
        project = _project(request, project_id)
        require_role(request, project.organization_id, *ORDERS)
        ontology = add_ontology(project.pk, **self.parse(NewOntologySerializer))
        return Response(OntologySerializer(ontology).data, status=201)


class OntologyTemplatesView(ApiView):
    """Ontologies to begin with."""

    @extend_schema(operation_id="ontology_templates_list", responses=OntologyTemplatesSerializer)
    def get(self, request: Request) -> Response:
        """List the templates, one for each field of use, each as an ontology would be stated."""
        items = [
            {
                "name": template.name,
                "title": template.title,
                "description": template.description,
                "annotation_types": list(template.annotation_types),
                **template.document,
            }
            for template in TEMPLATES.values()
        ]
        return Response({"items": items})


class GuidelinesView(ApiView):
    """The versions of a project's guidelines."""

    pagination_class = KeySetPagination

    @extend_schema(operation_id="project_guidelines_list", responses=GuidelineSerializer(many=True))
    def get(self, request: Request, project_id: UUID) -> Response:
        """List the versions, first to latest."""
        return self.page(_project(request, project_id).guidelines.all(), GuidelineSerializer)

    @extend_schema(
        operation_id="project_guidelines_create", request=NewGuidelineSerializer, responses={201: GuidelineSerializer}
    )
    @idempotent()
    def post(self, request: Request, project_id: UUID) -> Response:
        """Add the next version."""
        project = _project(request, project_id)
        require_role(request, project.organization_id, *ORDERS)
        guideline = add_guideline(project.pk, text=self.parse(NewGuidelineSerializer)["text"])
        return Response(GuidelineSerializer(guideline).data, status=201)


def _project(request: Request, project_id: UUID) -> Project:
    return get_object_or_404(Project.objects.visible_to(user_of(request)), pk=project_id)
