"""Routes of the ledger, below /api/v1/."""

from django.urls import path

from marketplace.ledger.api.views import DepositsView, OrganizationBalanceView, OwnBalanceView

urlpatterns = [
    path("deposits", DepositsView.as_view(), name="deposits"),
    path(
        "organizations/<uuid:organization_id>/balance", OrganizationBalanceView.as_view(), name="organization-balance"
    ),
    path("balance", OwnBalanceView.as_view(), name="balance"),
]
