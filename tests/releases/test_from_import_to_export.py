"""Each of the five tasks from files to files: pictures and known labels come in, labels go out and are read again."""

import io
from typing import Any

import pytest

from labeling.models import CloseReason, ImportItem, ImportPurpose, LabelingJob, PreLabel
from labeling.services import add_ontology, claim_tasks, close_job
from marketplace.management.driving.known_labels import LABEL_FORMATS
from marketplace.management.driving.recorded_shapes import BACKGROUND, BOXES, MASKS, PANOPTIC, SEMANTIC, coded, divided
from marketplace.management.driving.recording import CLASSIFICATION, Annotations, RecordedTask, Recording
from marketplace.management.driving.stand_ins import named_as_files, write_archive
from quality.models import GoldTask
from quality.services import finalise_labels
from tests import make
from tests.labeling.importing import imported
from tests.releases.completed import built, content

pytestmark = pytest.mark.django_db

WIDTH, HEIGHT, N_TASKS, OVERLAP = 40, 30, 4, 2
THING = "heron"


def truth(kind: str, number: int) -> Annotations:
    """Return what is on the picture of this number."""
    if kind == CLASSIFICATION:
        return [{"class": THING if number % 2 else BACKGROUND}]
    if kind == BOXES:
        return [{"class": THING, "box": [float(number), 2.0, number + 9.5, 20.0]}]
    # A bar as wide as the number, in the columns from the third on.
    runs = [3 * HEIGHT, (number + 1) * HEIGHT, (WIDTH - number - 4) * HEIGHT]
    bar = [{"class": THING, "mask": {"size": [HEIGHT, WIDTH], "counts": runs}}]
    return coded(bar if kind == MASKS else divided(bar, height=HEIGHT, width=WIDTH))


def recording(kind: str) -> Recording:
    """Return a crowd that sees what there is."""
    tasks = tuple(RecordedTask(f"shore {number}", WIDTH, HEIGHT) for number in range(N_TASKS))
    gold = {task.name: truth(kind, number) for number, task in enumerate(tasks)}
    return named_as_files(Recording("birds", kind, (THING, BACKGROUND), tasks, {"w": gold}, gold))


def drafted(birds: Recording) -> LabelingJob:
    """Return a draft on pictures that came in an archive."""
    with io.BytesIO() as file:
        write_archive(birds.tasks, file)
        pictures = make.ingested(source="archive", content=file.getvalue()).dataset
    plan = make.project(pictures.organization)
    stuff = {BACKGROUND: "stuff"} if birds.annotation_type in {SEMANTIC, PANOPTIC} else {}
    words = add_ontology(plan.pk, classes=[{"name": name, "kind": stuff.get(name, "thing")} for name in birds.classes])
    return make.job(
        photos=pictures,
        words=words,
        annotation_type=birds.annotation_type,
        min_overlap=OVERLAP,
        max_overlap=OVERLAP + 1,
    )


def plain(annotations: Annotations) -> list[str]:
    """Return annotations without their ids and what only some formats carry, in an order of their own."""
    members = ("class", "box", "mask")
    return sorted(repr([(name, each[name]) for name in members if name in each]) for each in annotations)


@pytest.mark.parametrize("kind", [CLASSIFICATION, BOXES, MASKS, SEMANTIC, PANOPTIC])
def test_what_goes_out_is_what_was_seen_in_the_form_in_which_it_came(kind: str) -> None:
    birds, form = recording(kind), LABEL_FORMATS[kind]
    draft = drafted(birds)
    first, *others = (task.name for task in birds.tasks)
    stated: dict[str, Any] = {"form": form.name, "annotation_type": kind}
    imported(form.write(birds, {first: birds.gold[first]}), job=draft, purpose=ImportPurpose.GOLD, **stated)
    assert [plain(known.truth) for known in GoldTask.objects.all()] == [plain(birds.gold[first])]

    job = make.published_job(draft)
    for _ in range(OVERLAP):
        for lease in claim_tasks(job.pk, make.worker().pk, limit=N_TASKS):
            make.answer(lease, annotations=birds.gold[lease.task.asset.external_id])
    close_job(job.pk, reason=CloseReason.COMPLETED)
    finalise_labels(job.pk)
    job.refresh_from_db()
    written = content(built(job, formats=[form.name]), form.exported_as)

    again = imported(written, photos=draft.snapshot.dataset, plan=job.ontology.project, **stated)
    refused = ImportItem.objects.filter(annotation_import=again, state="refused")
    assert [(item.name, item.problem) for item in refused] == []
    kept = {label.asset.external_id: label.annotations for label in PreLabel.objects.select_related("asset")}
    assert {name: plain(kept[name]) for name in others} == {name: plain(birds.gold[name]) for name in others}
