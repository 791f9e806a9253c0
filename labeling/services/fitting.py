"""Whether a job can be done at all: its type with its ontology and its assets."""

from django.db.models import BigIntegerField, F, Q
from django.db.models.functions import Cast

from labeling.core.annotations import ANNOTATION_TYPES, Refusal
from labeling.core.annotations.masks import MAX_PIXELS
from labeling.errors import InvalidInput
from labeling.models import AssetKind, Dataset, OntologyVersion


def require_fit(annotation_type: str, *, ontology: OntologyVersion, dataset: Dataset) -> None:
    """Refuse a type of annotation that the ontology says too little for, or that an asset cannot have.

    Raises
    ------
    InvalidInput
        Of the field `ontology` or `dataset`.
    """
    kind = ANNOTATION_TYPES[annotation_type]
    try:
        kind.check_ontology(ontology.rules)
    except Refusal as refusal:
        raise InvalidInput(f"{refusal.detail} ({refusal.field})", field="ontology") from refusal
    assets = dataset.assets.present().to_be_labeled()
    wrong = assets.filter(kind__in=[each for each in AssetKind.values if not kind.takes(each)]).first()
    if wrong is not None:
        raise InvalidInput(f"{wrong.external_id} is no {kind.surface.replace('_', ' ')}.", field="dataset")
    if not kind.needs_size:
        return
    unmeasured = assets.filter(Q(width=None) | Q(height=None)).first()
    if unmeasured is not None:
        raise InvalidInput(f"The size of {unmeasured.external_id} must be known.", field="dataset")
    n_pixels = Cast("width", BigIntegerField()) * F("height")
    large = assets.annotate(n_pixels=n_pixels).filter(n_pixels__gt=MAX_PIXELS).first()
    if large is not None:
        raise InvalidInput(f"{large.external_id} has more than {MAX_PIXELS} pixels.", field="dataset")
