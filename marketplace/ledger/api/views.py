"""Endpoints of deposits and balances."""

from uuid import UUID, uuid5

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from labeling.api.access import ORDERS, organization_for, require_role
from marketplace.accounts.api.authentication import user_of
from marketplace.accounts.models import Organization
from marketplace.ledger.api.serializers import BalancesSerializer, DepositSerializer, NewDepositSerializer
from marketplace.ledger.models import Account, AccountKind
from marketplace.ledger.services import account_for, deposit
from marketplace.operations.api.base import ApiView
from marketplace.operations.api.idempotency import HEADER, idempotent


class DepositsView(ApiView):
    """Money on its way in."""

    @extend_schema(operation_id="deposits_create", request=NewDepositSerializer, responses={201: DepositSerializer})
    @idempotent(required=True, permanent=True)
    def post(self, request: Request) -> Response:
        """Charge the payment provider and add the money to the organization's prepaid account."""
        data = self.parse(NewDepositSerializer)
        organization = organization_for(request, data["organization"])
        # The provider knows the charge by the client's own key, and so takes the money of a repeated request once.
        reference = uuid5(user_of(request).pk, request.headers[HEADER])
        transfer = deposit(organization.pk, micros=data["amount"], currency=data["currency"], reference=str(reference))
        account = account_for(AccountKind.PREPAID, organization.pk, data["currency"])
        document = {
            "id": transfer.pk,
            "organization": organization.pk,
            "amount": data["amount"],
            "currency": account.currency,
            "balance": account.balance_micros,
        }
        return Response(DepositSerializer(document).data, status=201)


class OrganizationBalanceView(ApiView):
    """What an organization has to spend."""

    @extend_schema(operation_id="organization_balance_retrieve", responses=BalancesSerializer)
    def get(self, request: Request, organization_id: UUID) -> Response:
        """Return the prepaid balance in every currency."""
        organization = get_object_or_404(Organization.objects.visible_to(request.user), pk=organization_id)
        require_role(request, organization.pk, *ORDERS)
        return _balances(request, AccountKind.PREPAID, organization.pk)


class OwnBalanceView(ApiView):
    """What one has earned."""

    @extend_schema(operation_id="balance_retrieve", responses=BalancesSerializer)
    def get(self, request: Request) -> Response:
        """Return one's own earnings in every currency."""
        return _balances(request, AccountKind.WORKER, user_of(request).pk)


def _balances(request: Request, kind: AccountKind, owner_id: UUID) -> Response:
    accounts = Account.objects.visible_to(user_of(request)).filter(kind=kind, owner_id=owner_id)
    return Response(BalancesSerializer({"items": accounts.order_by("currency")}).data)
