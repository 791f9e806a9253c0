"""Endpoints of people and their tokens."""

from uuid import UUID

from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import NotAuthenticated, ValidationError
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from marketplace.accounts.api.authentication import user_of
from marketplace.accounts.api.serializers import (
    IssuedTokenSerializer,
    MeSerializer,
    NewTokenSerializer,
    RegistrationSerializer,
    SocketTicketSerializer,
    TokenSerializer,
    UserSerializer,
)
from marketplace.accounts.models import ApiToken, User
from marketplace.accounts.services import (
    count_registration,
    issue_socket_ticket,
    issue_token,
    register_user,
    revoke_token,
    sign_in,
)
from marketplace.operations.api.base import ApiView
from marketplace.operations.api.idempotency import idempotent
from marketplace.operations.api.paging import KeySetPagination
from marketplace.operations.api.serializers import NothingSerializer


class AccountsView(ApiView):
    """Joining."""

    permission_classes = [AllowAny]

    @extend_schema(operation_id="accounts_create", request=RegistrationSerializer, responses={201: UserSerializer})
    def post(self, request: Request) -> Response:
        """Register a person; from one network address 200 times in 15 minutes, then 429 with `Retry-After`."""
        data, now = self.parse(RegistrationSerializer), timezone.now()
        count_registration(request.META.get("REMOTE_ADDR", ""), now=now)
        user = register_user(**data, now=now)
        return Response(UserSerializer(user).data, status=201)


class MeView(ApiView):
    """Oneself."""

    @extend_schema(operation_id="me_retrieve", responses=MeSerializer)
    def get(self, request: Request) -> Response:
        """Return who is asking and where that person belongs."""
        people = User.objects.select_related("worker_profile").prefetch_related("memberships__organization")
        return Response(MeSerializer(people.get(pk=user_of(request).pk)).data)


class TokensView(ApiView):
    """One's own tokens."""

    permission_classes = [AllowAny]  # a password is as good as a session here
    pagination_class = KeySetPagination
    page_order = ("-id",)

    @extend_schema(operation_id="tokens_list", responses=TokenSerializer(many=True))
    def get(self, request: Request) -> Response:
        """List one's tokens, newest first, without their secrets."""
        return self.page(ApiToken.objects.visible_to(user_of(request)), TokenSerializer)

    @extend_schema(operation_id="tokens_create", request=NewTokenSerializer, responses={201: IssuedTokenSerializer})
    @idempotent(store_body=False)
    def post(self, request: Request) -> Response:
        """Issue a token; its secret is shown this once."""
        data = self.parse(NewTokenSerializer)
        now = timezone.now()
        user_id = self._user_id(request, data.get("email"), data.get("password"))
        issued = issue_token(user_id, name=data["name"], expires_at=data["expires_at"], now=now)
        return Response({**TokenSerializer(issued.token).data, "token": issued.secret}, status=201)

    def _user_id(self, request: Request, email: str | None, password: str | None) -> UUID:
        """Return whose token it will be."""
        if isinstance(request.user, User):
            # Within an idempotent transaction a wrong password would be undone, and so not counted.
            if email is not None:
                raise ValidationError({"email": ["You are signed in already."]}, code="signed_in")
            return request.user.pk
        if email is None or password is None:
            raise NotAuthenticated("Send your e-mail and password, or a token.")
        return sign_in(email, password, address=request.META.get("REMOTE_ADDR", ""), now=timezone.now()).pk


class TokenRevocationView(ApiView):
    """The end of a token."""

    @extend_schema(operation_id="tokens_revoke", request=None, responses=TokenSerializer)
    @idempotent()
    def post(self, request: Request, token_id: UUID) -> Response:
        """Revoke a token; again changes nothing."""
        self.parse(NothingSerializer)
        token = get_object_or_404(ApiToken.objects.visible_to(request.user), pk=token_id)
        return Response(TokenSerializer(revoke_token(token.pk, now=timezone.now())).data)


class SocketTicketsView(ApiView):
    """Tickets for websockets."""

    @extend_schema(operation_id="socket_tickets_create", request=None, responses={201: SocketTicketSerializer})
    def post(self, request: Request) -> Response:
        """Issue a ticket that opens one websocket within 30 seconds."""
        self.parse(NothingSerializer)
        issued = issue_socket_ticket(user_of(request).pk, now=timezone.now())
        document = {"ticket": issued.secret, "expires_at": issued.ticket.expires_at}
        return Response(SocketTicketSerializer(document).data, status=201)
