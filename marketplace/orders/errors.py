"""What orders refuse."""

from marketplace.operations.errors import DomainError


class OrderError(DomainError):
    """Base of the orders' refusals."""


class OrderWrongState(OrderError):
    """The order is in a state that does not allow this; `state` and `allowed_states` say which."""

    code = "wrong_state"
    is_outcome = True


class OrderExists(OrderError):
    """The job has an order already."""

    code = "order_exists"


class OrderNotFunded(OrderError):
    """Publishing needs the escrow; `missing` says how much is to be funded."""

    code = "order_not_funded"
    is_outcome = True


class QuoteExpired(OrderError):
    """The quote is too old; ask for another."""

    code = "quote_expired"
    is_outcome = True


class NobodyQualified(OrderError):
    """Too few people are known to be of the field that is paid for; `n_qualified` and `n_needed` say how few."""

    code = "nobody_qualified"


class RejectionNotAllowed(OrderError):
    """The order accepts answers by itself, or this kind of work is never rejected."""

    code = "rejection_not_allowed"


class AlreadyDecided(OrderError):
    """The answer was accepted or rejected before; `state` says which."""

    code = "already_decided"


class OrderFrozen(OrderError):
    """Too much of the order's work was rejected; the platform looks at it first."""

    code = "order_frozen"


class ReasonNotShown(OrderError):
    """The evidence does not show what the rejection states as its reason; `shown` says what it does."""

    code = "reason_not_shown"


class AppealMade(OrderError):
    """The rejection was appealed before, or is decided on; `state` says which."""

    code = "appeal_made"


class AppealTooLate(OrderError):
    """The time to appeal is over; `appeal_until` says since when."""

    code = "appeal_too_late"


class NothingToDecide(OrderError):
    """There is no appeal to decide on; `state` says what there is."""

    code = "nothing_to_decide"


class FourEyes(OrderError):
    """Nobody decides twice, nor on their own work.

    Who rejected an answer, found it wrong, or gave it, does not decide on its appeal; who judged in an audit does not
    reject by it; nobody accepts an answer of their own or gives themselves a bonus.
    """

    code = "four_eyes"


class NoPilot(OrderError):
    """No pilot of the order waits for a word; `state` says where the order is."""

    code = "no_pilot"


class QuoteReplaced(OrderError):
    """The quote is not one that the order may go on with."""

    code = "quote_replaced"
