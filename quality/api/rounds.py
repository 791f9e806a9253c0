"""Endpoints of rounds: jobs that look again, and the labels of all of them together; and of orders of tasks."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from labeling.api.access import ORDERS, named_in, require_role
from labeling.api.jobs import job_of
from labeling.core.error_lists import ErrorListFault, read_error_list
from labeling.errors import InvalidInput, NoSuchObject
from labeling.models import LabelingJob
from labeling.services import NamedAsset, RoundSpec, find_assets, require_ended
from marketplace.accounts.api.authentication import user_of
from marketplace.operations.api.base import ApiView
from marketplace.operations.api.idempotency import idempotent
from marketplace.operations.api.paging import KeySetPagination
from marketplace.operations.api.serializers import OperationSerializer
from quality.api.serializers.rounds import (
    MAX_BODY_BYTES,
    MAX_NAMED,
    LatestLabelSerializer,
    NewRoundSerializer,
    NewTaskOrderSerializer,
    RoundSerializer,
)
from quality.services import TaskOrder, doubted_assets, draft_round, first_job_of, latest_labels, request_reorder


class ReorderView(ApiView):
    """The order of what nobody has begun."""

    @extend_schema(operation_id="job_reorder", request=NewTaskOrderSerializer, responses={202: OperationSerializer})
    @idempotent()
    def post(self, request: Request, job_id: UUID) -> Response:
        """Order the tasks of an open job that nobody has begun; where nothing is known of an asset it comes last."""
        job = job_of(request, job_id)
        require_role(request, job.organization_id, *ORDERS)
        order = TaskOrder(**self.parse(NewTaskOrderSerializer))
        if order.doubts_of is not None:
            named_in(LabelingJob.objects.filter(organization=job.organization_id), order.doubts_of, field="doubts_of")
        operation = request_reorder(job.pk, order, requested_by_id=user_of(request).pk)
        return Response(OperationSerializer(operation).data, status=202)


class RoundsView(ApiView):
    """Looking again."""

    max_json_bytes = MAX_BODY_BYTES

    @extend_schema(operation_id="job_rounds_create", request=NewRoundSerializer, responses={201: RoundSerializer})
    @idempotent()
    def post(self, request: Request, job_id: UUID) -> Response:
        """Draft a job on those assets of an ended job that need another look; what was not found is listed."""
        parent = job_of(request, job_id)
        require_role(request, parent.organization_id, *ORDERS)
        require_ended(parent)
        data = self.parse(NewRoundSerializer)
        asset_ids, missing = _chosen(parent, data)
        unaided_share = data["unaided_share"] if data["show_labels"] else None
        job, n_shown = draft_round(
            parent,
            asset_ids=asset_ids,
            spec=_spec(parent, data),
            unaided_share=unaided_share,
            created_by_id=user_of(request).pk,
        )
        items = [{"index": index, "problem": error.entry()} for index, error in sorted(missing.items())]
        document = {"job": job, "n_assets": len(asset_ids), "n_shown": n_shown, "items": items}
        return Response(RoundSerializer(document).data, status=201)


class LatestLabelsView(ApiView):
    """The labels of a job and its rounds together."""

    pagination_class = KeySetPagination
    page_order = ("ordinal", "id")

    @extend_schema(operation_id="job_latest_labels_list", responses=LatestLabelSerializer(many=True))
    def get(self, request: Request, job_id: UUID) -> Response:
        """List the assets of the first job with their labels: those of the latest round that came to an answer."""
        first = first_job_of(job_of(request, job_id))
        members = first.snapshot.members.filter(asset__tombstoned_at=None).select_related("asset")
        page = self.paginate_queryset(members) or []
        latest = latest_labels(first, [member.asset_id for member in page])
        rows = [{"asset": member.asset, "latest": latest.get(member.asset_id)} for member in page]
        return self.get_paginated_response(LatestLabelSerializer(rows, many=True).data)


def _chosen(parent: LabelingJob, data: dict[str, Any]) -> tuple[list[UUID], dict[int, NoSuchObject]]:
    if "doubted_below" in data:
        return doubted_assets(parent, below=data["doubted_below"], limit=MAX_NAMED), {}
    if "assets" in data:
        return find_assets(parent, [NamedAsset(asset_id=asset_id) for asset_id in data["assets"]])
    try:
        listed = read_error_list(data["model_errors"], limit=MAX_NAMED)
    except ErrorListFault as fault:
        raise InvalidInput(f"Line {fault.line}: {fault.detail}", field="model_errors", line=fault.line) from None
    return find_assets(parent, [NamedAsset(external_id=each.external_id, error=each.error) for each in listed])


def _spec(parent: LabelingJob, data: dict[str, Any]) -> RoundSpec:
    project = parent.ontology.project
    ontology = named_in(project.ontologies.all(), data.get("ontology", parent.ontology_id), field="ontology")
    guideline = named_in(project.guidelines.all(), data.get("guideline", parent.guideline_id), field="guideline")
    changes: dict[str, Any] = {
        name: data[name] for name in ("min_overlap", "max_overlap", "target_confidence") if name in data
    }
    least, most = (changes.get(name, getattr(parent, name)) for name in ("min_overlap", "max_overlap"))
    if most < least:
        raise InvalidInput("At least min_overlap.", field="max_overlap")
    return RoundSpec(name=data["name"], ontology=ontology, guideline=guideline, changes=changes)
