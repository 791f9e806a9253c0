"""Endpoints of models that requesters run, and of what they say."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from labeling.api.access import ORDERS, require_role
from labeling.api.filters import chosen
from labeling.api.serializers.backends import (
    ModelBackendSerializer,
    NewModelBackendSerializer,
    NewPredictionSerializer,
    PredictionItemSerializer,
    PredictionSerializer,
)
from labeling.api.serializers.fields import NothingSerializer
from labeling.api.targets import target_of
from labeling.models import ImportItemState, ModelBackend, Prediction, Project
from labeling.services import (
    BackendSpec,
    PredictionOrder,
    disable_backend,
    enable_backend,
    register_backend,
    request_prediction,
)
from marketplace.accounts.api.authentication import user_of
from marketplace.operations.api.base import ApiView
from marketplace.operations.api.idempotency import idempotent
from marketplace.operations.api.paging import KeySetPagination


class ModelBackendsView(ApiView):
    """The models of a project."""

    pagination_class = KeySetPagination

    @extend_schema(operation_id="project_model_backends_list", responses=ModelBackendSerializer(many=True))
    def get(self, request: Request, project_id: UUID) -> Response:
        """List the models, oldest first, for those who order; `circuit` tells whether they are called."""
        project = _project(request, project_id)
        return self.page(project.model_backends.with_circuit(), ModelBackendSerializer)

    @extend_schema(
        operation_id="project_model_backends_create",
        request=NewModelBackendSerializer,
        responses={201: ModelBackendSerializer},
    )
    @idempotent()
    def post(self, request: Request, project_id: UUID) -> Response:
        """Make a server known that speaks the protocol of Label Studio's ML backends."""
        project = _project(request, project_id)
        spec = BackendSpec(**self.parse(NewModelBackendSerializer))
        made = register_backend(project, spec, created_by_id=user_of(request).pk)
        return Response(_shown(made.pk), status=201)


class ModelBackendView(ApiView):
    """One model."""

    @extend_schema(operation_id="model_backends_retrieve", responses=ModelBackendSerializer)
    def get(self, request: Request, backend_id: UUID) -> Response:
        """Return a model, for those who order."""
        return Response(_shown(_backend(request, backend_id).pk))


class EnableBackendView(ApiView):
    """Calling a model again."""

    @extend_schema(operation_id="model_backends_enable", request=None, responses=ModelBackendSerializer)
    @idempotent()
    def post(self, request: Request, backend_id: UUID) -> Response:
        """Let a model be called, at once even where it failed too often."""
        return _switch(self, request, backend_id, enable_backend)


class DisableBackendView(ApiView):
    """Calling a model no more."""

    @extend_schema(operation_id="model_backends_disable", request=None, responses=ModelBackendSerializer)
    @idempotent()
    def post(self, request: Request, backend_id: UUID) -> Response:
        """Call a model no more; what is under way stops at its next call."""
        return _switch(self, request, backend_id, disable_backend)


class PredictView(ApiView):
    """Having a model speak."""

    @extend_schema(
        operation_id="model_backends_predict",
        request=NewPredictionSerializer,
        responses={202: PredictionSerializer},
    )
    @idempotent()
    def post(self, request: Request, backend_id: UUID) -> Response:
        """Have a model speak of every asset of a dataset or a job; the items tell what became of each."""
        backend = _backend(request, backend_id)
        data = self.parse(NewPredictionSerializer)
        order = PredictionOrder(target_of(backend.project, data), data.get("class_map", {}), data["only_missing"])
        asked = request_prediction(backend.pk, order, created_by_id=user_of(request).pk)
        return Response(PredictionSerializer(asked).data, status=202)


class PredictionView(ApiView):
    """One prediction."""

    @extend_schema(operation_id="predictions_retrieve", responses=PredictionSerializer)
    def get(self, request: Request, prediction_id: UUID) -> Response:
        """Return a prediction, for those who order."""
        return Response(PredictionSerializer(_prediction(request, prediction_id)).data)


class PredictionItemsView(ApiView):
    """What became of the assets."""

    pagination_class = KeySetPagination
    query_params = frozenset({"state"})

    @extend_schema(
        operation_id="prediction_items_list",
        parameters=[OpenApiParameter("state", enum=ImportItemState.values)],
        responses=PredictionItemSerializer(many=True),
    )
    def get(self, request: Request, prediction_id: UUID) -> Response:
        """List what became of each asset, in the order in which the model was asked, for those who order."""
        wanted = chosen(request, "state", ImportItemState.values)
        items = _prediction(request, prediction_id).items.filter(**wanted).select_related("asset")
        return self.page(items, PredictionItemSerializer)


def _project(request: Request, project_id: UUID) -> Project:
    project = get_object_or_404(Project.objects.visible_to(user_of(request)), pk=project_id)
    require_role(request, project.organization_id, *ORDERS)
    return project


def _backend(request: Request, backend_id: UUID) -> ModelBackend:
    visible = ModelBackend.objects.visible_to(user_of(request)).select_related("project")
    found = get_object_or_404(visible, pk=backend_id)
    require_role(request, found.project.organization_id, *ORDERS)
    return found


def _prediction(request: Request, prediction_id: UUID) -> Prediction:
    visible = Prediction.objects.visible_to(user_of(request)).select_related("operation", "backend__project")
    found = get_object_or_404(visible, pk=prediction_id)
    require_role(request, found.backend.project.organization_id, *ORDERS)
    return found


def _switch(view: ApiView, request: Request, backend_id: UUID, switch: Callable[[UUID], None]) -> Response:
    backend = _backend(request, backend_id)
    view.parse(NothingSerializer)
    switch(backend.pk)
    return Response(_shown(backend.pk))


def _shown(backend_id: UUID) -> Any:
    return ModelBackendSerializer(ModelBackend.objects.with_circuit().get(pk=backend_id)).data
