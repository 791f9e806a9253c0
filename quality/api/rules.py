"""Endpoints of rules."""

from uuid import UUID

from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from labeling.api.access import ORDERS, require_role
from labeling.api.jobs import job_of
from labeling.api.serializers.fields import NothingSerializer
from labeling.models import JobWorker, LabelingJob
from marketplace.accounts.api.authentication import user_of
from marketplace.operations.api.base import ApiView
from marketplace.operations.api.idempotency import idempotent
from marketplace.operations.api.paging import KeySetPagination
from quality.api.serializers import FiringSerializer, JobRuleSerializer, NewRuleSerializer
from quality.models import JobRule
from quality.services import end_rule, make_rule


class RulesView(ApiView):
    """The rules of a job."""

    pagination_class = KeySetPagination

    @extend_schema(operation_id="job_rules_list", responses=JobRuleSerializer(many=True))
    def get(self, request: Request, job_id: UUID) -> Response:
        """List the rules, those that were ended included, oldest first."""
        job = job_of(request, job_id)
        require_role(request, job.organization_id, *ORDERS)
        return self.page(_counted(JobRule.objects.filter(job=job)), JobRuleSerializer)

    @extend_schema(operation_id="job_rules_create", request=NewRuleSerializer, responses={201: JobRuleSerializer})
    @idempotent()
    def post(self, request: Request, job_id: UUID) -> Response:
        """Watch the workers of a job: flag, pause or give more gold. No rule rejects an answer or its pay."""
        job = job_of(request, job_id)
        require_role(request, job.organization_id, *ORDERS)
        serializer = NewRuleSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        rule = make_rule(job.pk, serializer.spec(serializer.validated_data), created_by_id=user_of(request).pk)
        return Response(JobRuleSerializer(_counted(JobRule.objects.all()).get(pk=rule.pk)).data, status=201)


class EndRuleView(ApiView):
    """Ending."""

    @extend_schema(operation_id="rules_end", request=None, responses=JobRuleSerializer)
    @idempotent()
    def post(self, request: Request, rule_id: UUID) -> Response:
        """Watch no more by this rule; what it did stays."""
        rule = _rule_of(request, rule_id)
        self.parse(NothingSerializer)
        end_rule(rule.pk)
        return Response(JobRuleSerializer(_counted(JobRule.objects.all()).get(pk=rule.pk)).data)


class FiringsView(ApiView):
    """What a rule did."""

    pagination_class = KeySetPagination

    @extend_schema(operation_id="rule_firings_list", responses=FiringSerializer(many=True))
    def get(self, request: Request, rule_id: UUID) -> Response:
        """List who met the rule and by what, oldest first."""
        rule = _rule_of(request, rule_id)
        places = JobWorker.objects.filter(job=rule.job_id, worker=OuterRef("worker")).values("pseudonym")
        return self.page(rule.firings.annotate(pseudonym=Subquery(places)), FiringSerializer)


def _rule_of(request: Request, rule_id: UUID) -> JobRule:
    """Return a rule of a job that the user orders."""
    jobs = LabelingJob.objects.visible_to(user_of(request))
    rule = get_object_or_404(JobRule.objects.filter(job__in=jobs).select_related("job"), pk=rule_id)
    require_role(request, rule.job.organization_id, *ORDERS)
    return rule


def _counted(rules: QuerySet[JobRule]) -> QuerySet[JobRule]:
    return rules.annotate(n_fired=Count("firings"))
