"""What annotations made elsewhere are about, as the body of a request says."""

from typing import Any

from labeling.api.access import named_in
from labeling.errors import InvalidInput
from labeling.models import Dataset, LabelingJob, Project
from labeling.services import ImportTarget


def target_of(project: Project, data: dict[str, Any]) -> ImportTarget:
    """Return what the annotations are about, of the project's own organization."""
    if "job" in data:
        jobs = LabelingJob.objects.filter(organization=project.organization_id)
        job = named_in(jobs.select_related("ontology", "snapshot__dataset"), data["job"], field="job")
        return ImportTarget.of_job(job)
    dataset = named_in(Dataset.objects.filter(organization=project.organization_id), data["dataset"], field="dataset")
    ontologies = project.ontologies.order_by("-number")
    ontology = named_in(ontologies, data["ontology"], field="ontology") if "ontology" in data else ontologies.first()
    if ontology is None:
        raise InvalidInput("The project has no ontology yet.", field="ontology")
    return ImportTarget(dataset, ontology, data["annotation_type"])
