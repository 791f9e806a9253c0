"""What quality refuses."""

from marketplace.operations.errors import DomainError


class QualityError(DomainError):
    """Base of quality's refusals."""


class NoConsensusYet(QualityError):
    """No run has concluded the job's labels, or not the run that was asked for."""

    code = "no_consensus_yet"
