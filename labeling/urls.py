"""Routes of labeling, below /api/v1/."""

from django.urls import path

from labeling.api.contents import AssetContentView, AssetThumbnailView
from labeling.api.datasets import AssetsView, DatasetsView, DatasetView, ImagesView, ReferencesView
from labeling.api.ingests import (
    DatasetIngestsView,
    DecideFlawsView,
    FlawsView,
    IngestItemsView,
    IngestView,
    ThresholdsView,
)
from labeling.api.jobs import AnswersView, CloseView, JobsView, JobView, OffersView, PauseView, ResumeView
from labeling.api.projects import (
    GuidelinesView,
    OntologiesView,
    OntologyTemplatesView,
    ProjectsView,
    ProjectView,
)
from labeling.api.work import (
    AssignmentsView,
    AssignmentView,
    ClaimView,
    HeartbeatView,
    ReturnView,
    SkipView,
    SubmitView,
    WorkJobsView,
)

urlpatterns = [
    path("projects", ProjectsView.as_view(), name="projects"),
    path("projects/<uuid:project_id>", ProjectView.as_view(), name="project"),
    path("projects/<uuid:project_id>/ontologies", OntologiesView.as_view(), name="project-ontologies"),
    path("projects/<uuid:project_id>/guidelines", GuidelinesView.as_view(), name="project-guidelines"),
    path("ontology-templates", OntologyTemplatesView.as_view(), name="ontology-templates"),
    path("datasets", DatasetsView.as_view(), name="datasets"),
    path("datasets/<uuid:dataset_id>", DatasetView.as_view(), name="dataset"),
    path("datasets/<uuid:dataset_id>/assets", AssetsView.as_view(), name="dataset-assets"),
    path("datasets/<uuid:dataset_id>/images", ImagesView.as_view(), name="dataset-images"),
    path("datasets/<uuid:dataset_id>/external-assets", ReferencesView.as_view(), name="dataset-external-assets"),
    path("datasets/<uuid:dataset_id>/ingests", DatasetIngestsView.as_view(), name="dataset-ingests"),
    path("datasets/<uuid:dataset_id>/flaws", FlawsView.as_view(), name="dataset-flaws"),
    path("datasets/<uuid:dataset_id>/flaws/decide", DecideFlawsView.as_view(), name="dataset-flaws-decide"),
    path("datasets/<uuid:dataset_id>/thresholds", ThresholdsView.as_view(), name="dataset-thresholds"),
    path("ingests/<uuid:ingest_id>", IngestView.as_view(), name="ingest"),
    path("ingests/<uuid:ingest_id>/items", IngestItemsView.as_view(), name="ingest-items"),
    path("assets/<uuid:asset_id>/thumbnail", AssetThumbnailView.as_view(), name="asset-thumbnail"),
    path("assets/<uuid:asset_id>/content", AssetContentView.as_view(), name="asset-content"),
    path("jobs", JobsView.as_view(), name="jobs"),
    path("jobs/<uuid:job_id>", JobView.as_view(), name="job"),
    path("jobs/<uuid:job_id>/pause", PauseView.as_view(), name="job-pause"),
    path("jobs/<uuid:job_id>/resume", ResumeView.as_view(), name="job-resume"),
    path("jobs/<uuid:job_id>/close", CloseView.as_view(), name="job-close"),
    path("jobs/<uuid:job_id>/offers", OffersView.as_view(), name="job-offers"),
    path("jobs/<uuid:job_id>/answers", AnswersView.as_view(), name="job-answers"),
    path("jobs/<uuid:job_id>/claim", ClaimView.as_view(), name="job-claim"),
    path("work/jobs", WorkJobsView.as_view(), name="work-jobs"),
    path("assignments", AssignmentsView.as_view(), name="assignments"),
    path("assignments/<uuid:assignment_id>", AssignmentView.as_view(), name="assignment"),
    path("assignments/<uuid:assignment_id>/heartbeat", HeartbeatView.as_view(), name="assignment-heartbeat"),
    path("assignments/<uuid:assignment_id>/skip", SkipView.as_view(), name="assignment-skip"),
    path("assignments/<uuid:assignment_id>/return", ReturnView.as_view(), name="assignment-return"),
    path("assignments/<uuid:assignment_id>/submit", SubmitView.as_view(), name="assignment-submit"),
]
