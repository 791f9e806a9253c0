"""Keeping imported annotations as pre-labels."""

from collections.abc import Sequence

from labeling.core.annotations import ANNOTATION_TYPES
from labeling.errors import PreLabelExists
from labeling.models import AnnotationImport, ImportItemState, PreLabel
from labeling.services.imports.reading import Outcome, Prepared


def keep_prelabels(annotation_import: AnnotationImport, prepared: Sequence[Prepared]) -> list[Outcome]:
    """Keep one pre-label for each asset; one of the same source and version that differs stays as it is."""
    held = PreLabel.objects.filter(
        project=annotation_import.project_id,
        job=annotation_import.job_id,
        annotation_type=annotation_import.annotation_type,
        source=annotation_import.source,
        version=annotation_import.version,
        asset__in=[each.asset.pk for each in prepared],
    )
    known = dict(held.values_list("asset_id", "annotations"))
    made: list[PreLabel] = []
    outcomes = []
    for each in prepared:
        if each.asset.pk not in known:
            known[each.asset.pk] = each.annotations
            made.append(_prelabel(annotation_import, each))
            outcomes.append(Outcome(ImportItemState.TAKEN))
        elif known[each.asset.pk] == each.annotations:
            outcomes.append(Outcome(ImportItemState.UNCHANGED))
        else:
            refusal = PreLabelExists("The asset has another pre-label of this source and version.", field="version")
            outcomes.append(Outcome(ImportItemState.REFUSED, refusal))
    PreLabel.objects.bulk_create(made)
    return outcomes


def _prelabel(annotation_import: AnnotationImport, each: Prepared) -> PreLabel:
    return PreLabel(
        project_id=annotation_import.project_id,
        job_id=annotation_import.job_id,
        asset=each.asset,
        annotation_import=annotation_import,
        ontology_id=annotation_import.ontology_id,
        annotation_type=annotation_import.annotation_type,
        schema_version=ANNOTATION_TYPES[annotation_import.annotation_type].schema_version,
        source=annotation_import.source,
        version=annotation_import.version,
        score=each.score,
        annotations=each.annotations,
        n_annotations=len(each.annotations),
    )
