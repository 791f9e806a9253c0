"""Endpoints of ingests, and of what was noticed about the assets."""

from dataclasses import asdict
from typing import IO, cast
from uuid import UUID

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from labeling.api.access import ORDERS, require_role
from labeling.api.filters import chosen
from labeling.api.serializers.ingests import (
    AssetFlawSerializer,
    FlawDecisionSerializer,
    FlawsDecidedSerializer,
    IngestItemSerializer,
    IngestSerializer,
    NewIngestSerializer,
    ThresholdsSerializer,
)
from labeling.core.cleaning import FlawKind as Kind
from labeling.core.cleaning import thresholds
from labeling.models import Dataset, FlawDecision, FlawKind, Ingest, IngestSource
from labeling.services import IngestOrder, decide_flaws, request_ingest, set_thresholds
from marketplace.accounts.api.authentication import user_of
from marketplace.operations.adapters import database_now
from marketplace.operations.api.base import ApiView
from marketplace.operations.api.idempotency import idempotent
from marketplace.operations.api.paging import KeySetPagination
from marketplace.operations.api.parsers import StrictJSONParser


class DatasetIngestsView(ApiView):
    """Ingests of one dataset."""

    pagination_class = KeySetPagination
    page_order = ("-id",)
    parser_classes = [StrictJSONParser, MultiPartParser]

    @extend_schema(operation_id="dataset_ingests_list", responses=IngestSerializer(many=True))
    def get(self, request: Request, dataset_id: UUID) -> Response:
        """List them, newest first."""
        ingests = _dataset(request, dataset_id).ingests.select_related("operation")
        return self.page(ingests, IngestSerializer)

    @extend_schema(
        operation_id="dataset_ingests_create", request=NewIngestSerializer, responses={202: IngestSerializer}
    )
    @idempotent()
    def post(self, request: Request, dataset_id: UUID) -> Response:
        """Bring in an archive, a manifest of URLs and references, or what a bucket holds; the operation tells when."""
        dataset = _dataset(request, dataset_id)
        require_role(request, dataset.organization_id, *ORDERS)
        data = self.parse(NewIngestSerializer)
        order = IngestOrder(
            source=IngestSource(data["source"]),
            file=cast("IO[bytes] | None", data.get("file")),
            storage=data["storage"],
            key=data["key"],
        )
        ingest = request_ingest(dataset, order, created_by_id=user_of(request).pk)
        return Response(IngestSerializer(ingest).data, status=202)


class IngestView(ApiView):
    """One ingest."""

    @extend_schema(operation_id="ingests_retrieve", responses=IngestSerializer)
    def get(self, request: Request, ingest_id: UUID) -> Response:
        """Return how far it is."""
        return Response(IngestSerializer(_ingest(request, ingest_id)).data)


class IngestItemsView(ApiView):
    """What became of each item of an ingest."""

    pagination_class = KeySetPagination
    page_order = ("ordinal",)
    query_params = frozenset({"status"})

    @extend_schema(
        operation_id="ingest_items_list",
        parameters=[OpenApiParameter("status", enum=["created", "refused"])],
        responses=IngestItemSerializer(many=True),
    )
    def get(self, request: Request, ingest_id: UUID) -> Response:
        """List the items in the order in which they were read."""
        items = _ingest(request, ingest_id).items.all()
        wanted = chosen(request, "status", ("created", "refused")).get("status")
        if wanted is not None:
            items = items.filter(asset__isnull=wanted == "refused")
        return self.page(items, IngestItemSerializer)


class FlawsView(ApiView):
    """What was noticed about the assets of a dataset."""

    pagination_class = KeySetPagination
    query_params = frozenset({"kind", "decision"})

    @extend_schema(
        operation_id="dataset_flaws_list",
        parameters=[
            OpenApiParameter("kind", enum=FlawKind.values),
            OpenApiParameter("decision", enum=FlawDecision.values),
        ],
        responses=AssetFlawSerializer(many=True),
    )
    def get(self, request: Request, dataset_id: UUID) -> Response:
        """List it in the order in which it was noticed."""
        flaws = _dataset(request, dataset_id).flaws.all()
        wanted = {**chosen(request, "kind", FlawKind.values), **chosen(request, "decision", FlawDecision.values)}
        return self.page(flaws.filter(**wanted), AssetFlawSerializer)


class DecideFlawsView(ApiView):
    """Choices about flaws."""

    @extend_schema(
        operation_id="dataset_flaws_decide", request=FlawDecisionSerializer, responses=FlawsDecidedSerializer
    )
    @idempotent()
    def post(self, request: Request, dataset_id: UUID) -> Response:
        """Keep the assets, leave them out, or give them the labels of what they are copies of; from now on."""
        dataset = _dataset(request, dataset_id)
        require_role(request, dataset.organization_id, *ORDERS)
        data = self.parse(FlawDecisionSerializer)
        n_flaws = decide_flaws(
            dataset.pk,
            decision=FlawDecision(data["decision"]),
            kind=Kind(data["kind"]) if "kind" in data else None,
            flaw_ids=data.get("flaws", ()),
            user_id=user_of(request).pk,
            now=database_now(),
        )
        return Response({"n_flaws": n_flaws})


class ThresholdsView(ApiView):
    """From where on images are flagged."""

    @extend_schema(operation_id="dataset_thresholds_retrieve", responses=ThresholdsSerializer)
    def get(self, request: Request, dataset_id: UUID) -> Response:
        """Return the thresholds that hold in the dataset."""
        return Response(asdict(thresholds(_dataset(request, dataset_id).cleaning)))

    @extend_schema(
        operation_id="dataset_thresholds_change", request=ThresholdsSerializer, responses=ThresholdsSerializer
    )
    @idempotent()
    def post(self, request: Request, dataset_id: UUID) -> Response:
        """Change thresholds and flag the images anew; what was decided stays."""
        dataset = _dataset(request, dataset_id)
        require_role(request, dataset.organization_id, *ORDERS)
        changed = set_thresholds(dataset.pk, self.parse(ThresholdsSerializer))
        return Response(asdict(thresholds(changed.cleaning)))


def _dataset(request: Request, dataset_id: UUID) -> Dataset:
    return get_object_or_404(Dataset.objects.visible_to(user_of(request)), pk=dataset_id)


def _ingest(request: Request, ingest_id: UUID) -> Ingest:
    ingests = Ingest.objects.visible_to(user_of(request)).select_related("operation")
    return get_object_or_404(ingests, pk=ingest_id)
