"""Endpoints of what assets hold."""

from uuid import UUID

from django.core.files.storage import default_storage
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from labeling.adapters.buckets import bucket, signed_url
from labeling.models import Asset, AssetFeatures
from marketplace.accounts.api.authentication import user_of
from marketplace.operations.api.base import ApiView

_MEDIA_TYPES = ("image/jpeg", "image/png", "image/webp", "application/octet-stream")
_KEPT_S = 300


class AssetContentView(ApiView):
    """The pixels of an image, or the points of a cloud."""

    @extend_schema(
        operation_id="assets_content",
        responses={(200, media_type): OpenApiTypes.BINARY for media_type in _MEDIA_TYPES} | {302: None},
    )
    def get(self, request: Request, asset_id: UUID) -> HttpResponseBase:
        """Return the file, to those who look after the work and to a worker while the lease runs.

        A cloud is x, y, z and intensity of each point as little-endian 32-bit floats. A file that stays in a bucket is
        answered by a redirect to a signed URL.
        """
        asset = _asset(request, asset_id)
        if not asset.storage:
            with default_storage.open(asset.storage_key) as file:
                return _answer(file.read(), asset)
        storage = bucket(asset.storage, organization_id=asset.dataset.organization_id)
        url = signed_url(storage, asset.storage_key)
        if url is not None:
            return HttpResponseRedirect(url, headers={"Cache-Control": "private, no-store"})
        with storage.open(asset.storage_key) as file:
            return _answer(file.read(), asset)


class AssetThumbnailView(ApiView):
    """An image at 512 pixels a side or less."""

    @extend_schema(operation_id="assets_thumbnail", responses={(200, "image/jpeg"): OpenApiTypes.BINARY})
    def get(self, request: Request, asset_id: UUID) -> HttpResponseBase:
        """Return the thumbnail, to whoever may see the image; clouds have none."""
        asset = _asset(request, asset_id)
        features = AssetFeatures.objects.filter(asset=asset).first()
        if features is None:
            raise Http404
        with default_storage.open(features.thumbnail_key) as file:
            return _shown(file.read(), content_type="image/jpeg", name=f"{asset.pk}.jpg")


def _asset(request: Request, asset_id: UUID) -> Asset:
    assets = Asset.objects.visible_to(user_of(request)).with_content().select_related("dataset")
    return get_object_or_404(assets, pk=asset_id)


def _answer(content: bytes, asset: Asset) -> HttpResponse:
    suffix = asset.content_type.removeprefix("image/") if asset.content_type.startswith("image/") else "xyzi"
    return _shown(content, content_type=asset.content_type, name=f"{asset.pk}.{suffix}")


def _shown(content: bytes, *, content_type: str, name: str) -> HttpResponse:
    return HttpResponse(
        content,
        content_type=content_type,
        headers={
            "Content-Disposition": f'inline; filename="{name}"',
            "Content-Security-Policy": "default-src 'none'; sandbox",
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": f"private, max-age={_KEPT_S}",
        },
    )
