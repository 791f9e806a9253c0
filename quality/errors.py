"""What quality refuses."""

from marketplace.operations.errors import DomainError


class QualityError(DomainError):
    """Base of quality's refusals."""


class NoConsensusYet(QualityError):
    """No run has concluded the job's labels, or not the run that was asked for."""

    code = "no_consensus_yet"


class NothingToAudit(QualityError):
    """The run states no label final."""

    code = "nothing_to_audit"


class AuditUnderWay(QualityError):
    """Another audit of the run has not ended; `audit` says which."""

    code = "audit_under_way"


class AuditTooLarge(QualityError):
    """The limit would take more checks than people make; `n_items` and `max_items` say how many."""

    code = "audit_too_large"


class LimitTooNear(QualityError):
    """The errors expected lie too near the limit for any reasonable audit to pass."""

    code = "limit_too_near"


class NoSuchPlan(QualityError):
    """No plan of the kind asked for holds the limit; another kind does."""

    code = "no_such_plan"


class AuditClosed(QualityError):
    """The audit has ended; `state` and `allowed_states` say so."""

    code = "wrong_state"


class VerdictGiven(QualityError):
    """The label has its verdict, and it stands."""

    code = "verdict_given"


class FourEyes(QualityError):
    """Who worked on a task does not judge its label."""

    code = "four_eyes"


class GoldClosed(QualityError):
    """The gold is in a state that does not allow this; `state` and `allowed_states` say which."""

    code = "wrong_state"


class TooMuchGold(QualityError):
    """A job needs a task whose answer is not known; `n_gold` and `n_assets` say how many there are."""

    code = "too_much_gold"


class TooManyRules(QualityError):
    """The job has as many rules as it may; `max_rules` says how many."""

    code = "too_many_rules"


class TooManyRuns(QualityError):
    """The job keeps as many consensus runs as it may; `max_runs` says how many."""

    code = "too_many_runs"


class FindingDecided(QualityError):
    """Somebody decided the finding otherwise; `state` says how."""

    code = "finding_decided"


class OwnFinding(QualityError):
    """Nobody decides a finding about themself, or about a pair that they are one of."""

    code = "own_finding"


class ObjectionMade(QualityError):
    """The worker has objected, and the words stand."""

    code = "objection_made"


class ReviewUnderWay(QualityError):
    """Somebody is asked to look at the task already."""

    code = "review_under_way"


class NoReviewLeft(QualityError):
    """The job may ask for no more reviews, or nobody is left who may make one."""

    code = "no_review_left"


class KnownAnswersMissing(QualityError):
    """A training or an exam has assets whose answer is not stated; `n_missing` says how many."""

    code = "known_answers_missing"


class NoFeedbackYet(QualityError):
    """An exam tells what was right when everything is answered."""

    code = "no_feedback_yet"


class ReorderUnderWay(QualityError):
    """The tasks of the job are being ordered."""

    code = "reorder_under_way"


class NoContradiction(QualityError):
    """What is named does not speak against the answer."""

    code = "no_contradiction"
