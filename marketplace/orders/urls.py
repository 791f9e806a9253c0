"""Routes of orders, below /api/v1/."""

from django.urls import path

from marketplace.orders.api.bookkeeping import (
    OwnTaxTotalsView,
    ReconciliationView,
    TaxTotalsCsvView,
    TaxTotalsView,
)
from marketplace.orders.api.decisions import (
    AcceptView,
    AppealView,
    ClearFreezeView,
    FreezesView,
    OverturnFreezeView,
    OverturnView,
    OwnRejectionsView,
    OwnRejectionView,
    RejectionsView,
    RejectView,
    UpholdView,
)
from marketplace.orders.api.fair_pay import (
    BonusesView,
    JobPayView,
    OrderPayView,
    OwnBonusesView,
    OwnTopUpsView,
    RequestersView,
    RequesterView,
)
from marketplace.orders.api.pilots import GoView, PilotView, StopView
from marketplace.orders.api.statements import (
    ClientStatementCsvView,
    ClientStatementView,
    WorkerStatementCsvView,
    WorkerStatementView,
)
from marketplace.orders.api.views import (
    CancelView,
    FundView,
    OrdersView,
    OrderView,
    PublishView,
    QuoteView,
    TransfersView,
)
from marketplace.orders.api.what_if import WhatIfView

urlpatterns = [
    path("orders", OrdersView.as_view(), name="orders"),
    path("orders/<uuid:order_id>", OrderView.as_view(), name="order"),
    path("orders/<uuid:order_id>/quote", QuoteView.as_view(), name="order-quote"),
    path("jobs/<uuid:job_id>/what-if", WhatIfView.as_view(), name="job-what-if"),
    path("orders/<uuid:order_id>/fund", FundView.as_view(), name="order-fund"),
    path("orders/<uuid:order_id>/publish", PublishView.as_view(), name="order-publish"),
    path("orders/<uuid:order_id>/cancel", CancelView.as_view(), name="order-cancel"),
    path("orders/<uuid:order_id>/pilot", PilotView.as_view(), name="order-pilot"),
    path("orders/<uuid:order_id>/go", GoView.as_view(), name="order-go"),
    path("orders/<uuid:order_id>/stop", StopView.as_view(), name="order-stop"),
    path("orders/<uuid:order_id>/transfers", TransfersView.as_view(), name="order-transfers"),
    path("organizations/<uuid:organization_id>/statement", ClientStatementView.as_view(), name="client-statement"),
    path(
        "organizations/<uuid:organization_id>/statement/csv",
        ClientStatementCsvView.as_view(),
        name="client-statement-csv",
    ),
    path("statement", WorkerStatementView.as_view(), name="worker-statement"),
    path("statement/csv", WorkerStatementCsvView.as_view(), name="worker-statement-csv"),
    path("tax-totals", OwnTaxTotalsView.as_view(), name="tax-totals"),
    path("tax-totals/everybody", TaxTotalsView.as_view(), name="tax-totals-everybody"),
    path("tax-totals/everybody/csv", TaxTotalsCsvView.as_view(), name="tax-totals-everybody-csv"),
    path("reconciliation", ReconciliationView.as_view(), name="reconciliation"),
    path("orders/<uuid:order_id>/pay", OrderPayView.as_view(), name="order-pay"),
    path("answers/<uuid:answer_id>/accept", AcceptView.as_view(), name="answer-accept"),
    path("answers/<uuid:answer_id>/reject", RejectView.as_view(), name="answer-reject"),
    path("jobs/<uuid:job_id>/rejections", RejectionsView.as_view(), name="job-rejections"),
    path("rejections/<uuid:rejection_id>/uphold", UpholdView.as_view(), name="rejection-uphold"),
    path("rejections/<uuid:rejection_id>/overturn", OverturnView.as_view(), name="rejection-overturn"),
    path("assignments/<uuid:assignment_id>/rejection", OwnRejectionView.as_view(), name="assignment-rejection"),
    path("assignments/<uuid:assignment_id>/appeal", AppealView.as_view(), name="assignment-appeal"),
    path("freezes", FreezesView.as_view(), name="freezes"),
    path("freezes/<uuid:freeze_id>/clear", ClearFreezeView.as_view(), name="freeze-clear"),
    path("freezes/<uuid:freeze_id>/overturn", OverturnFreezeView.as_view(), name="freeze-overturn"),
    path("jobs/<uuid:job_id>/bonuses", BonusesView.as_view(), name="job-bonuses"),
    path("jobs/<uuid:job_id>/pay", JobPayView.as_view(), name="job-pay"),
    path("work/requesters", RequestersView.as_view(), name="work-requesters"),
    path("work/requesters/<uuid:organization_id>", RequesterView.as_view(), name="work-requester"),
    path("me/rejections", OwnRejectionsView.as_view(), name="me-rejections"),
    path("me/bonuses", OwnBonusesView.as_view(), name="me-bonuses"),
    path("me/top-ups", OwnTopUpsView.as_view(), name="me-top-ups"),
]
