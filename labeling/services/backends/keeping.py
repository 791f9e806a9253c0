"""Keeping what a model said as pre-labels, once for each asset and version."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from labeling.core.annotations import ANNOTATION_TYPES
from labeling.core.imports import ItemRefused
from labeling.errors import LabelingError, PreLabelExists
from labeling.models import ImportItemState, Prediction, PredictionItem, PreLabel
from labeling.services.backends.reading import Spoken
from labeling.services.imports.canonical import problem_of


def keep(prediction: Prediction, items: Mapping[UUID, PredictionItem], spoken: Sequence[Spoken]) -> None:
    """Keep pre-labels and note what became of each; what a version said before stays as it is."""
    held = PreLabel.objects.filter(
        project=prediction.backend.project_id,
        job=prediction.job_id,
        annotation_type=prediction.annotation_type,
        source=prediction.backend.name,
        asset__in=[each.asset.pk for each in spoken],
    )
    known = {(asset, version): said for asset, version, said in held.values_list("asset_id", "version", "annotations")}
    made: list[PreLabel] = []
    for each in spoken:
        item = items[each.asset.pk]
        item.version, item.score = each.version, each.score
        said = known.get((each.asset.pk, each.version))
        if each.refusal is not None:
            refuse(item, each.refusal)
        elif said is not None and said != each.annotations:
            refuse(item, PreLabelExists("The model's version said something else before.", field="version"))
        else:
            item.state = ImportItemState.TAKEN if said is None else ImportItemState.UNCHANGED
            item.n_annotations, item.n_left_out = len(each.annotations), each.n_left_out
            if said is None:
                made.append(_prelabel(prediction, each))
    PreLabel.objects.bulk_create(made)


def refuse(item: PredictionItem, error: LabelingError | ItemRefused) -> None:
    """Note why nothing was kept of an asset."""
    item.state = ImportItemState.REFUSED
    detail = error.detail if error.detail is None else str(error.detail)
    item.problem = problem_of(code=error.code, detail=detail, field=error.field)


def _prelabel(prediction: Prediction, said: Spoken) -> PreLabel:
    return PreLabel(
        project_id=prediction.backend.project_id,
        job_id=prediction.job_id,
        asset=said.asset,
        ontology_id=prediction.ontology_id,
        annotation_type=prediction.annotation_type,
        schema_version=ANNOTATION_TYPES[prediction.annotation_type].schema_version,
        source=prediction.backend.name,
        version=said.version,
        score=said.score,
        annotations=said.annotations,
        n_annotations=len(said.annotations),
    )
