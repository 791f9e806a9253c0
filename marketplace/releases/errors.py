"""What releases refuse."""

from marketplace.operations.errors import DomainError


class ReleaseError(DomainError):
    """Base of the releases' refusals."""


class JobNotCompleted(ReleaseError):
    """Labels are taken home when the job has ended; `state` and `allowed_states` say which states."""

    code = "wrong_state"


class NoConsensusYet(ReleaseError):
    """The job has ended and its final labels are still being concluded."""

    code = "no_consensus_yet"


class BadWish(ReleaseError):
    """A wish cannot be granted; `field` names it."""

    code = "invalid_input"


class UnsupportedFormat(ReleaseError):
    """A format cannot hold the job's annotations; `supported` names those that can."""

    code = "unsupported_format"
