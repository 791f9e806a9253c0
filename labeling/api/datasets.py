"""Endpoints of datasets and assets."""

from typing import IO, Any, cast
from uuid import UUID

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from labeling.api.access import ORDERS, organization_for, require_role
from labeling.api.filters import chosen, named
from labeling.api.serializers.datasets import (
    AssetResultsSerializer,
    AssetSerializer,
    DatasetSerializer,
    ImageUploadSerializer,
    NewDatasetSerializer,
    NewReferencesSerializer,
)
from labeling.models import Asset, AssetKind, Dataset, FlawKind
from labeling.services import ExternalReference, add_external_assets, add_image, compare_images, create_dataset
from marketplace.accounts.api.authentication import user_of
from marketplace.accounts.core.ids import new_id
from marketplace.operations.api.base import ApiView
from marketplace.operations.api.idempotency import idempotent
from marketplace.operations.api.paging import KeySetPagination
from marketplace.operations.errors import DomainError


class DatasetsView(ApiView):
    """Datasets of the organizations whose work one looks after."""

    pagination_class = KeySetPagination
    query_params = frozenset({"organization"})

    @extend_schema(
        operation_id="datasets_list",
        parameters=[OpenApiParameter("organization", UUID)],
        responses=DatasetSerializer(many=True),
    )
    def get(self, request: Request) -> Response:
        """List datasets, oldest first."""
        datasets = Dataset.objects.visible_to(user_of(request)).filter(**named(request, "organization"))
        return self.page(datasets, DatasetSerializer)

    @extend_schema(operation_id="datasets_create", request=NewDatasetSerializer, responses={201: DatasetSerializer})
    @idempotent()
    def post(self, request: Request) -> Response:
        """Start an empty dataset."""
        data = self.parse(NewDatasetSerializer)
        organization = organization_for(request, data["organization"])
        dataset = create_dataset(organization_id=organization.pk, name=data["name"], created_by_id=user_of(request).pk)
        return Response(DatasetSerializer(dataset).data, status=201)


class DatasetView(ApiView):
    """One dataset."""

    @extend_schema(operation_id="datasets_retrieve", responses=DatasetSerializer)
    def get(self, request: Request, dataset_id: UUID) -> Response:
        """Return a dataset."""
        return Response(DatasetSerializer(_dataset(request, dataset_id)).data)


class AssetsView(ApiView):
    """What a dataset holds."""

    pagination_class = KeySetPagination
    query_params = frozenset({"kind", "flaw", "is_labeled"})

    @extend_schema(
        operation_id="dataset_assets_list",
        parameters=[
            OpenApiParameter("kind", enum=AssetKind.values),
            OpenApiParameter("flaw", enum=FlawKind.values),
            OpenApiParameter("is_labeled", enum=["true", "false"], description="not excluded, nor a copy of another"),
        ],
        responses=AssetSerializer(many=True),
    )
    def get(self, request: Request, dataset_id: UUID) -> Response:
        """List the assets in the order in which they came."""
        assets = _dataset(request, dataset_id).assets.present().filter(**chosen(request, "kind", AssetKind.values))
        if flaw := chosen(request, "flaw", FlawKind.values):
            assets = assets.filter(flaws__kind=flaw["flaw"])
        if labeled := chosen(request, "is_labeled", ("true", "false")):
            assets = assets.to_be_labeled() if labeled["is_labeled"] == "true" else assets.left_out()
        return self.page(assets, AssetSerializer)


class ImagesView(ApiView):
    """Images on their way in."""

    parser_classes = [MultiPartParser]

    @extend_schema(
        operation_id="dataset_images_create",
        request={"multipart/form-data": ImageUploadSerializer},
        responses=AssetResultsSerializer,
    )
    @idempotent()
    def post(self, request: Request, dataset_id: UUID) -> Response:
        """Upload up to 20 images; of a single one that is refused, the answer is the refusal itself."""
        dataset = _dataset(request, dataset_id)
        require_role(request, dataset.organization_id, *ORDERS)
        data = self.parse(ImageUploadSerializer)
        names = data.get("external_id") or [str(new_id()) for _ in data["file"]]
        n_files = len(data["file"])
        places = zip(data.get("sequence") or [""] * n_files, data.get("frame") or [None] * n_files, strict=True)
        results: list[Asset | DomainError] = [
            _add(dataset, cast("IO[bytes]", file), name, sequence=sequence, frame=frame)
            for file, name, (sequence, frame) in zip(data["file"], names, places, strict=True)
        ]
        if len(results) == 1 and isinstance(results[0], DomainError):
            raise results[0]
        compare_images(dataset.pk)
        return Response(_outcome(results))


class ReferencesView(ApiView):
    """References to assets that are kept elsewhere."""

    @extend_schema(
        operation_id="dataset_external_assets_create", request=NewReferencesSerializer, responses=AssetResultsSerializer
    )
    @idempotent()
    def post(self, request: Request, dataset_id: UUID) -> Response:
        """Add up to 1000 references, each made or refused for itself."""
        dataset = _dataset(request, dataset_id)
        require_role(request, dataset.organization_id, *ORDERS)
        return Response(_outcome(_refer(dataset, self.parse(NewReferencesSerializer)["assets"])))


def _dataset(request: Request, dataset_id: UUID) -> Dataset:
    return get_object_or_404(Dataset.objects.visible_to(user_of(request)), pk=dataset_id)


def _add(
    dataset: Dataset, file: IO[bytes], external_id: str, *, sequence: str, frame: int | None
) -> Asset | DomainError:
    try:
        return add_image(dataset.pk, content=file, external_id=external_id, sequence=sequence, frame=frame)
    except DomainError as error:
        error.field = error.field or "file"
        return error


def _refer(dataset: Dataset, entries: list[Any]) -> list[Asset | DomainError]:
    """Add the references among the entries; the others are refusals already."""
    wanted = {index: entry for index, entry in enumerate(entries) if not isinstance(entry, DomainError)}
    results = list(entries)
    added = add_external_assets(dataset.pk, [ExternalReference(**entry) for entry in wanted.values()])
    for index, result in zip(wanted, added, strict=True):
        if isinstance(result, DomainError):
            result.field = f"assets[{index}].external_id"
        results[index] = result
    return results


def _outcome(results: list[Any]) -> dict[str, Any]:
    return {"items": [_result(index, result) for index, result in enumerate(results)]}


def _result(index: int, result: Asset | DomainError) -> dict[str, Any]:
    if isinstance(result, DomainError):
        return {"index": index, "status": "refused", "problem": result.entry()}
    return {"index": index, "status": "created", "asset": AssetSerializer(result).data}
