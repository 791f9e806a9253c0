"""From a drafted job to a funded order."""

from datetime import UTC, datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from labeling.errors import InvalidInput, WrongState
from labeling.models import JobState, LabelingJob
from labeling.services import cancel_draft, set_expertise
from marketplace.operations.adapters import database_now
from marketplace.operations.core.money import format_money
from marketplace.operations.models import Operation, OperationState
from marketplace.orders.errors import OrderExists, OrderWrongState, QuoteExpired
from marketplace.orders.models import Order, OrderState
from marketplace.orders.services.escrow import put_back, set_aside
from marketplace.orders.services.expertise import require_people
from marketplace.orders.services.fairness import require_fair
from marketplace.orders.services.terms import USUAL_TERMS, OrderTerms, require_terms
from marketplace.orders.signals import order_cancelled, order_created, order_quoted
from pricing.core.drivers import Drivers
from pricing.services import is_as_quoted, quote_job, require_currency
from quality.services import n_gold

GIVEN_UP = (OperationState.FAILED, OperationState.CANCELLED)


def locked_order(order_id: UUID, *, allowed: tuple[OrderState, ...]) -> Order:
    """Return the order, locked, if its state allows what is to be done."""
    order = Order.objects.select_for_update(no_key=True, of=("self",)).select_related("quote", "job").get(pk=order_id)
    require_state(order, allowed=allowed)
    return order


def require_state(order: Order, *, allowed: tuple[OrderState, ...]) -> None:
    """Raise OrderWrongState, which names those that are allowed, unless the order is in one of them."""
    if order.state not in allowed:
        raise OrderWrongState(
            f"The order is {order.state}.", state=order.state, allowed_states=[state.value for state in allowed]
        )


def publishing_of(order: Order) -> Operation | None:
    """Return the operation that makes, or made, the order's tasks; None where none was asked for or it was given up."""
    asked = order.publish_operation
    return None if asked is None or asked.state in GIVEN_UP else asked


@transaction.atomic
def create_order(job: LabelingJob, *, created_by_id: UUID, terms: OrderTerms = USUAL_TERMS) -> Order:
    """Open the order for a drafted job.

    Raises
    ------
    OrderExists, WrongState
        There is one already, or the job is no draft.
    InvalidInput
        The terms are not for this job.
    InvalidValue
        Naming `currency`: there is no rate card in the job's, or there are no least wages.
    """
    require_terms(job, terms)
    require_currency(job.currency, now=database_now())
    if job.state != JobState.DRAFT:
        raise WrongState(f"The job is {job.state}.", state=job.state, allowed_states=[JobState.DRAFT.value])
    try:
        with transaction.atomic():
            order = Order.objects.create(
                organization_id=job.organization_id,
                job=job,
                currency=job.currency,
                created_by_id=created_by_id,
                **terms.columns,
            )
    except IntegrityError as error:
        if "job_id" not in str(error):
            raise
        raise OrderExists("The job has an order already.", field="job") from error
    order_created.send(sender=None, order_id=order.pk, data={"job": str(job.pk)})
    return order


@transaction.atomic
def quote_order(order_id: UUID, *, drivers: Drivers | None = None) -> Order:
    """Price the order's job, with what is asked for; an earlier quote that was not funded is replaced.

    Raises
    ------
    WageTooLow
        An hour would pay less than the least of a country that the order is for.
    NobodyQualified
        Too few people are known to be of the field that is asked for.
    """
    order = locked_order(order_id, allowed=(OrderState.DRAFT, OrderState.QUOTED, OrderState.EXPIRED))
    now = database_now()
    drivers = drivers or Drivers()
    _require_new_to_learners(order.job, drivers)
    # Before the quote, as its forecast counts on those people alone.
    set_expertise(order.job_id, drivers.field)
    order.job.expertise = drivers.field
    used = Order.objects.units_funded(order.organization_id, since=start_of_month(now))
    order.quote = quote_job(order.job, now=now, drivers=drivers, used_units=used, wage_micros=order.wage_micros)
    require_fair(order, order.quote)
    require_people(order, order.quote)
    order.state = OrderState.QUOTED
    order.save(update_fields=["quote", "state"])
    total = format_money(order.quote.cap_micros)
    order_quoted.send(sender=None, order_id=order.pk, data={"quote": str(order.quote.pk), "cap": total})
    return order


def _require_new_to_learners(job: LabelingJob, drivers: Drivers) -> None:
    if job.attests and job.attests == drivers.field:
        raise InvalidInput("Whoever learns a field is not of it yet.", field="expertise")


def start_of_month(now: datetime) -> datetime:
    """Return when the period began in which the fee's volume adds up: the calendar month in UTC."""
    return now.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)


@transaction.atomic
def fund_order(order_id: UUID) -> Order:
    """Move the quote's cap from the organization's prepaid account into the order's escrow.

    Raises
    ------
    OrderWrongState, QuoteExpired, InsufficientFunds
        Nothing moved.
    """
    order = locked_order(order_id, allowed=tuple(OrderState))
    if order.state != OrderState.EXPIRED:
        require_state(order, allowed=(OrderState.QUOTED,))
    quote = order.quote
    assert quote is not None  # noqa: S101 -- the constraints order_quoted, order_expired_unfunded
    now = database_now()
    # Whether the sweep has come by makes no difference.
    if quote.expires_at <= now:
        raise QuoteExpired("The quote has expired; quote the order again.", expired_at=quote.expires_at)
    if quote.assumptions.get("n_gold", 0) != n_gold(order.job_id):
        raise QuoteExpired("Known answers were added or taken back since the quote; quote the order again.")
    if not is_as_quoted(order.job, quote):
        raise QuoteExpired("The job is split otherwise, or has other pre-labels, than was quoted; quote it again.")
    order.state = OrderState.FUNDED
    order.funded_micros = quote.cap_micros
    order.funded_at = now
    order.save(update_fields=["state", "funded_micros", "funded_at"])
    set_aside(order, micros=quote.cap_micros, reference=f"fund:{order.pk}")
    return order


@transaction.atomic
def cancel_order(order_id: UUID) -> Order:
    """Give up an order that was not published, or whose publishing was given up; what was funded goes back."""
    allowed = (OrderState.DRAFT, OrderState.QUOTED, OrderState.EXPIRED, OrderState.FUNDED)
    order = locked_order(order_id, allowed=allowed)
    if publishing_of(order) is not None:  # its tasks are being made
        raise OrderWrongState(
            "The order is being published.", state=order.state, allowed_states=[state.value for state in allowed]
        )
    order.state = OrderState.CANCELLED
    order.refunded_micros = order.funded_micros
    order.save(update_fields=["state", "refunded_micros"])
    cancel_draft(order.job_id)
    put_back(order, micros=order.funded_micros)
    order_cancelled.send(sender=None, order_id=order.pk, data={"refunded": format_money(order.funded_micros)})
    return order
