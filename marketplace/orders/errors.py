"""What orders refuse."""

from marketplace.operations.errors import DomainError


class OrderError(DomainError):
    """Base of the orders' refusals."""


class OrderWrongState(OrderError):
    """The order is in a state that does not allow this; `state` and `allowed_states` say which."""

    code = "wrong_state"


class OrderExists(OrderError):
    """The job has an order already."""

    code = "order_exists"


class OrderNotFunded(OrderError):
    """Publishing needs the escrow; `missing` says how much is to be funded."""

    code = "order_not_funded"


class QuoteExpired(OrderError):
    """The quote is too old; ask for another."""

    code = "quote_expired"
