"""Endpoints of rate cards, and of prices by them."""

from typing import Any

from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from marketplace.accounts.api.authentication import user_of
from marketplace.operations.adapters import database_now
from marketplace.operations.api.base import ApiView
from marketplace.operations.api.idempotency import idempotent
from pricing.adapters import shipped_documents, todays_date
from pricing.api.schemas import CARD_NAMED, CARDS, DOCUMENT, ESTIMATES, SPECS
from pricing.core.cards import answer, read_card
from pricing.models import StoredCard
from pricing.services import add_card, all_cards

JSON = "application/json"


class QuotesView(ApiView):
    """Prices by rate cards."""

    @extend_schema(
        operation_id="quotes_create", request={JSON: SPECS}, responses={(200, JSON): ESTIMATES}, tags=["quotes"]
    )
    @idempotent()
    def post(self, request: Request) -> Response:
        """Price a specification, or an array of `{id, spec}`, by a rate card; nothing is ordered."""
        return Response(answer(all_cards(), request.data, today=todays_date()))


class RateCardsView(ApiView):
    """Rate cards in all their versions."""

    @extend_schema(operation_id="rate_cards_list", responses={(200, JSON): CARDS})
    def get(self, request: Request) -> Response:
        """List the cards, by name and the day from which they count."""
        return Response({"items": [card.named() for card in all_cards().cards]})

    @extend_schema(operation_id="rate_cards_create", request={JSON: DOCUMENT}, responses={(201, JSON): CARD_NAMED})
    @idempotent()
    def post(self, request: Request) -> Response:
        """Add a version of a card, which never changes; the platform's staff may."""
        user = user_of(request)
        if not user.is_staff:
            raise PermissionDenied
        added = add_card(request.data, added_by_id=user.pk, now=database_now())
        return Response(read_card(added.document).named(), status=201)


class RateCardView(ApiView):
    """One version of a rate card."""

    @extend_schema(operation_id="rate_cards_retrieve", responses={(200, JSON): DOCUMENT})
    def get(self, request: Request, card: str, version: str) -> Response:
        """Return the document."""
        return Response(_document(card, version))


def _document(card: str, version: str) -> Any:
    stored = StoredCard.objects.filter(card=card, version=version).values_list("document", flat=True)
    shipped = (each for each in shipped_documents().values() if (each["id"], each["version"]) == (card, version))
    found = next(iter([*stored, *shipped]), None)
    if found is None:
        raise Http404
    return found
