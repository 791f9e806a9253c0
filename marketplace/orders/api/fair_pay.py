"""Endpoints of what work pays an hour, what requesters are like, and what is paid on top."""

from typing import Any
from uuid import UUID, uuid5

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from labeling.api.access import ORDERS, require_role
from labeling.api.jobs import job_of
from labeling.models import LabelingJob
from marketplace.accounts.api.authentication import user_of
from marketplace.accounts.models import Organization, User
from marketplace.operations.api.base import ApiView
from marketplace.operations.api.idempotency import HEADER, idempotent
from marketplace.operations.api.paging import KeySetPagination
from marketplace.operations.api.serializers import MoneyField
from marketplace.orders.api.decision_serializers import (
    BonusSerializer,
    NewBonusSerializer,
    OwnBonusSerializer,
    TopUpSerializer,
)
from marketplace.orders.core.pace import HourlyPay
from marketplace.orders.models import Bonus, Order, PayRecord, TopUp
from marketplace.orders.services import RequesterRecord, give_bonus, records_of


class HourlyPaySerializer(serializers.Serializer[Any]):
    """What an hour pays: the median over workers by measured time, in 95 % of cases between low and high."""

    median = MoneyField(source="median_micros")
    low = MoneyField(source="low_micros")
    high = MoneyField(source="high_micros")
    n_workers = serializers.IntegerField()


class JobPaySerializer(serializers.Serializer[Any]):
    """What a job's work pays an hour, beside what its quote promises; null where too few have worked to show it."""

    job = serializers.UUIDField()
    currency = serializers.CharField()
    promised_per_hour = MoneyField(allow_null=True)
    effective = HourlyPaySerializer(allow_null=True)
    paid_on_top = MoneyField(help_text="to keep the promise, to all workers of the job together")
    looked_at = serializers.DateTimeField(allow_null=True)


class PaceSerializer(serializers.Serializer[Any]):
    """How long one kind of work was measured to take: the median over at least five workers."""

    kind = serializers.CharField()
    aided = serializers.BooleanField()
    pay = MoneyField(source="pay_micros")
    n_workers = serializers.IntegerField()
    n_answers = serializers.IntegerField()
    median_ms = serializers.IntegerField()


class OrderPaySerializer(JobPaySerializer):
    """The same as those who order see it, with the paces that it rests on and where the money came from."""

    paces = PaceSerializer(many=True)
    owed_on_top = MoneyField()
    from_escrow = MoneyField()
    from_platform = MoneyField()


class RequesterSerializer(serializers.Serializer[Any]):
    """What an organization is like to work for: computed from what happened, never voted on.

    Shares are drawn towards what is usual where little has happened: see `n_decided` and `n_appeals`.
    """

    id = serializers.UUIDField()
    name = serializers.CharField()
    approval_rate = serializers.FloatField()
    n_decided = serializers.IntegerField()
    decision_s = serializers.IntegerField(allow_null=True, help_text="median from an answer to its decision")
    overturned_rate = serializers.FloatField(help_text="of appeals that were decided")
    n_appeals = serializers.IntegerField()
    short_of_promise = serializers.IntegerField(help_text="orders whose pay had to be topped up")
    n_orders = serializers.IntegerField()
    currency = serializers.CharField(allow_null=True, help_text="of `effective`: that of the latest order")
    effective = HourlyPaySerializer(allow_null=True)


class JobPayView(ApiView):
    """What a job pays an hour."""

    @extend_schema(operation_id="job_pay", responses=JobPaySerializer)
    def get(self, request: Request, job_id: UUID) -> Response:
        """Return what an hour of the job's work was measured to pay; to its workers and to those who look after it."""
        user = user_of(request)
        jobs = LabelingJob.objects
        job = get_object_or_404(jobs.known_to_worker(user) | jobs.visible_to(user), pk=job_id)
        return Response(JobPaySerializer(_job_pay(job)).data)


class OrderPayView(ApiView):
    """What an order's work pays an hour."""

    @extend_schema(operation_id="order_pay", responses=OrderPaySerializer)
    def get(self, request: Request, order_id: UUID) -> Response:
        """Return what an hour of the order's work pays, by kind of work, and what was paid on top from where."""
        orders = Order.objects.visible_to(user_of(request)).select_related("job")
        order = get_object_or_404(orders, pk=order_id)
        record = PayRecord.objects.filter(pk=order.pk).first()
        document = _job_pay(order.job) | {
            "paces": record.paces if record else [],
            "owed_on_top": record.owed_micros if record else 0,
            "from_escrow": record.escrow_micros if record else 0,
            "from_platform": record.platform_micros if record else 0,
        }
        return Response(OrderPaySerializer(document).data)


class RequestersView(ApiView):
    """For whom one may work."""

    pagination_class = KeySetPagination

    @extend_schema(operation_id="work_requesters_list", responses=RequesterSerializer(many=True))
    def get(self, request: Request) -> Response:
        """List the organizations whose jobs one could ever claim from, with their computed reputations."""
        homes = self.paginate_queryset(_employers(user_of(request))) or []
        records = records_of([home.pk for home in homes])
        told = [_requester(home, record) for home, record in zip(homes, records, strict=True)]
        return self.get_paginated_response(RequesterSerializer(told, many=True).data)


class RequesterView(ApiView):
    """What an organization is like to work for."""

    @extend_schema(operation_id="work_requesters_retrieve", responses=RequesterSerializer)
    def get(self, request: Request, organization_id: UUID) -> Response:
        """Return the computed reputation of an organization whose jobs one could ever claim from."""
        home = get_object_or_404(_employers(user_of(request)), pk=organization_id)
        [record] = records_of([home.pk])
        return Response(RequesterSerializer(_requester(home, record)).data)


class BonusesView(ApiView):
    """Bonuses of a job."""

    pagination_class = KeySetPagination

    @extend_schema(operation_id="job_bonuses_list", responses=BonusSerializer(many=True))
    def get(self, request: Request, job_id: UUID) -> Response:
        """List the bonuses given in a job."""
        job = job_of(request, job_id)
        require_role(request, job.organization_id, *ORDERS)
        return self.page(Bonus.objects.filter(order__job=job).select_related("order", "place"), BonusSerializer)

    @extend_schema(operation_id="job_bonuses_create", request=NewBonusSerializer, responses={201: BonusSerializer})
    @idempotent(required=True, permanent=True)
    def post(self, request: Request, job_id: UUID) -> Response:
        """Give a worker of the job a bonus from the prepaid account; the worker gets all of it."""
        job = job_of(request, job_id)
        require_role(request, job.organization_id, *ORDERS)
        data = self.parse(NewBonusSerializer)
        user = user_of(request)
        get_object_or_404(Order, job=job)
        bonus = give_bonus(
            job.pk,
            bonus_id=uuid5(user.pk, request.headers[HEADER]),
            pseudonym=data["worker"],
            micros=data["amount"],
            reason=data["reason"],
            given_by_id=user.pk,
        )
        return Response(BonusSerializer(bonus).data, status=201)


class OwnBonusesView(ApiView):
    """Bonuses one got."""

    pagination_class = KeySetPagination
    page_order = ("-id",)

    @extend_schema(operation_id="me_bonuses_list", responses=OwnBonusSerializer(many=True))
    def get(self, request: Request) -> Response:
        """List the bonuses one was given, with their reasons."""
        own = Bonus.objects.filter(place__worker=user_of(request)).select_related("order")
        return self.page(own, OwnBonusSerializer)


class OwnTopUpsView(ApiView):
    """Top-ups one got."""

    pagination_class = KeySetPagination
    page_order = ("-id",)

    @extend_schema(operation_id="me_top_ups_list", responses=TopUpSerializer(many=True))
    def get(self, request: Request) -> Response:
        """List what one got because an hour had paid less than was promised."""
        return self.page(TopUp.objects.filter(worker=user_of(request)).select_related("order"), TopUpSerializer)


def _employers(user: User) -> Any:
    jobs = LabelingJob.objects.known_to_worker(user)
    return Organization.objects.filter(pk__in=jobs.values("organization"))


def _job_pay(job: LabelingJob) -> dict[str, Any]:
    record = PayRecord.objects.filter(order__job=job).first()
    return {
        "job": job.pk,
        "currency": job.currency,
        "promised_per_hour": record.promised_micros if record else None,
        "effective": _shown(record) if record else None,
        "paid_on_top": record.paid_micros if record else 0,
        "looked_at": record.looked_at if record else None,
    }


def _shown(record: PayRecord) -> HourlyPay | None:
    if record.hourly_micros is None or record.low_micros is None or record.high_micros is None:
        return None
    return HourlyPay(record.hourly_micros, record.low_micros, record.high_micros, record.n_workers)


def _requester(home: Organization, record: RequesterRecord) -> dict[str, Any]:
    shown = {"currency": record.currency, "effective": record.hourly}
    return {"id": home.pk, "name": home.name, **shown, **vars(record.reputation)}
