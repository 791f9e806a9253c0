"""How a model gets at the images that it is asked about: by links that open them for a while."""

from uuid import UUID

from django.conf import settings
from django.core import signing
from django.urls import reverse

from labeling.adapters.buckets import bucket, signed_url
from labeling.core.imports import ItemRefused
from labeling.errors import NoSuchStorage
from labeling.models import Asset, AssetKind

LINK_S = 900
_signer = signing.TimestampSigner(salt="labeling.model_input")


def picture_of(asset: Asset, *, organization_id: UUID) -> str:
    """Return what a model is told of where an image is; of a reference without bytes its name, which may be a URL.

    Raises
    ------
    ItemRefused
        There is no way for the model to get at it.
    """
    if asset.kind == AssetKind.EXTERNAL:
        return asset.external_id
    if asset.storage:
        try:
            url = signed_url(bucket(asset.storage, organization_id=organization_id), asset.storage_key)
        except NoSuchStorage:
            raise ItemRefused("no_such_storage", "The image is in a bucket that is no longer read.") from None
        if url is not None:
            return url
    if not settings.PUBLIC_URL:
        raise ItemRefused("no_public_url", "The service has no public address at which a model could fetch the image.")
    return f"{settings.PUBLIC_URL}{reverse('model-input')}?token={token_for(asset)}"


def token_for(asset: Asset) -> str:
    """Return what opens an asset's content to whoever holds it, for a quarter of an hour."""
    return _signer.sign(str(asset.pk))


def asset_behind(token: str) -> UUID | None:
    """Return the asset that a link opens, None where it was not made here or is too old."""
    try:
        return UUID(_signer.unsign(token, max_age=LINK_S))
    except (signing.BadSignature, ValueError):
        return None
