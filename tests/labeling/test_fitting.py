"""A job is refused at once where its type of annotation cannot be had of the ontology or the assets."""

import pytest

from labeling.core.annotations.templates import TEMPLATES
from labeling.errors import InvalidInput
from labeling.models import AnnotationTypeName, LabelingJob, OntologyVersion
from labeling.services import add_external_asset, add_ontology
from tests import make
from tests.labeling.core.annotations.examples import ONTOLOGY_DOCUMENT

pytestmark = pytest.mark.django_db

SEGMENTATIONS = [kind for kind in AnnotationTypeName.values if kind.endswith("segmentation")]


def _words() -> OntologyVersion:
    return add_ontology(make.project().pk, **ONTOLOGY_DOCUMENT)


def _refused(kind: str, *, words: OntologyVersion, width: int | None = 640, height: int | None = 480) -> str | None:
    photos = make.dataset(words.project.organization, n_assets=1)
    add_external_asset(photos.pk, external_id="odd", width=width, height=height)
    n_jobs = LabelingJob.objects.count()
    with pytest.raises(InvalidInput) as refused:
        make.job(photos=photos, words=words, annotation_type=kind)
    assert LabelingJob.objects.count() == n_jobs
    return refused.value.field


@pytest.mark.parametrize("kind", AnnotationTypeName.values)
def test_every_type_can_be_asked_for_where_there_is_all_it_needs(kind: str) -> None:
    assert make.job(words=_words(), annotation_type=kind).annotation_type == kind


def test_keypoints_need_a_skeleton_of_each_class() -> None:
    assert _refused("keypoints", words=make.ontology()) == "ontology"


@pytest.mark.parametrize("kind", SEGMENTATIONS)
@pytest.mark.parametrize(("width", "height"), [(None, None), (200_000, 200_000), (1_000_000, 1_000_000)])
def test_masks_need_assets_of_known_and_bounded_size(kind: str, width: int | None, height: int | None) -> None:
    assert _refused(kind, words=_words(), width=width, height=height) == "dataset"


def test_images_have_no_cuboids_of_space() -> None:
    words = _words()
    photos = make.dataset(words.project.organization)
    make.image_asset(photos)
    with pytest.raises(InvalidInput) as refused:
        make.job(photos=photos, words=words, annotation_type="cuboid_3d")
    assert refused.value.field == "dataset"


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_template_is_kept_as_any_ontology(name: str) -> None:
    kept = add_ontology(make.project().pk, **TEMPLATES[name].document)
    read = OntologyVersion.objects.get(pk=kept.pk)
    assert read.rules.class_names == read.class_names == tuple(each["name"] for each in kept.classes)
    assert (read.attributes, read.relations) == (kept.attributes, kept.relations)
