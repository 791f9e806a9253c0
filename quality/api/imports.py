"""Endpoints of annotations made elsewhere: those kept as pre-labels, and those stated as known answers."""

from uuid import UUID

from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from labeling.api.access import ORDERS, require_role
from labeling.api.filters import chosen, named
from labeling.api.targets import target_of
from labeling.models import AnnotationImport, ImportItemState, ImportPurpose, Project
from labeling.services import ImportSpec, request_import
from marketplace.accounts.api.authentication import user_of
from marketplace.operations.api.base import ApiView
from marketplace.operations.api.idempotency import idempotent
from marketplace.operations.api.paging import KeySetPagination
from quality.api.serializers.imports import (
    ImportItemSerializer,
    ImportSerializer,
    NewImportSerializer,
    PreLabelSerializer,
)


class ImportsView(ApiView):
    """Imports into a project."""

    parser_classes = [MultiPartParser]
    pagination_class = KeySetPagination
    page_order = ("-id",)

    @extend_schema(operation_id="project_imports_list", responses=ImportSerializer(many=True))
    def get(self, request: Request, project_id: UUID) -> Response:
        """List the imports of a project, newest first, for those who order."""
        project = _project(request, project_id)
        return self.page(project.imports.select_related("operation"), ImportSerializer)

    @extend_schema(
        operation_id="project_imports_create",
        request={"multipart/form-data": NewImportSerializer},
        responses={202: ImportSerializer},
    )
    @idempotent()
    def post(self, request: Request, project_id: UUID) -> Response:
        """Hand in a file of annotations; the operation tells when it is read, and the items what became of each."""
        project = _project(request, project_id)
        data = self.parse(NewImportSerializer)
        spec = ImportSpec(
            format=data["format"],
            purpose=ImportPurpose(data["purpose"]),
            class_map=data.get("class_map", {}),
            source=data.get("source", ""),
            version=data.get("version", ""),
        )
        made = request_import(
            project,
            target_of(project, data),
            spec,
            file=data["file"],
            file_name=data["file"].name,
            created_by_id=user_of(request).pk,
        )
        return Response(ImportSerializer(made).data, status=202)


class ImportView(ApiView):
    """One import."""

    @extend_schema(operation_id="imports_retrieve", responses=ImportSerializer)
    def get(self, request: Request, import_id: UUID) -> Response:
        """Return an import, for those who order."""
        return Response(ImportSerializer(_import(request, import_id)).data)


class ImportItemsView(ApiView):
    """What became of the items of an import."""

    pagination_class = KeySetPagination
    page_order = ("ordinal", "id")
    query_params = frozenset({"state"})

    @extend_schema(
        operation_id="import_items_list",
        parameters=[OpenApiParameter("state", enum=ImportItemState.values)],
        responses=ImportItemSerializer(many=True),
    )
    def get(self, request: Request, import_id: UUID) -> Response:
        """List the items in the order of the file, for those who order."""
        wanted = chosen(request, "state", ImportItemState.values)
        return self.page(_import(request, import_id).items.filter(**wanted), ImportItemSerializer)


class PreLabelsView(ApiView):
    """What models, or people elsewhere, say of assets."""

    pagination_class = KeySetPagination
    query_params = frozenset({"asset", "job"})

    @extend_schema(
        operation_id="project_prelabels_list",
        parameters=[OpenApiParameter("asset", OpenApiTypes.UUID), OpenApiParameter("job", OpenApiTypes.UUID)],
        responses=PreLabelSerializer(many=True),
    )
    def get(self, request: Request, project_id: UUID) -> Response:
        """List the pre-labels of a project, oldest first, for those who order."""
        wanted = named(request, "asset") | named(request, "job")
        return self.page(_project(request, project_id).prelabels.filter(**wanted), PreLabelSerializer)


def _project(request: Request, project_id: UUID) -> Project:
    project = get_object_or_404(Project.objects.visible_to(user_of(request)), pk=project_id)
    require_role(request, project.organization_id, *ORDERS)
    return project


def _import(request: Request, import_id: UUID) -> AnnotationImport:
    visible = AnnotationImport.objects.visible_to(user_of(request)).select_related("operation", "project")
    found = get_object_or_404(visible, pk=import_id)
    require_role(request, found.project.organization_id, *ORDERS)
    return found
