"""What labeling refuses."""

from marketplace.operations.errors import DomainError


class LabelingError(DomainError):
    """Base of labeling's refusals."""


class NoSuchObject(LabelingError):
    """The input names an object that is not there for whoever asks; `field` says where."""

    code = "not_found"


class InvalidInput(LabelingError):
    """A value cannot be used; `field` says where."""

    code = "invalid_input"


class InvalidAnnotation(LabelingError):
    """An annotation breaks the rules of its type or of the ontology; `field` says where."""

    code = "invalid_annotation"


class DuplicateExternalId(LabelingError):
    """The dataset already holds an asset of that name."""

    code = "duplicate_external_id"


class WrongState(LabelingError):
    """The object is in a state that does not allow this; `state` and `allowed_states` say which."""

    code = "wrong_state"


class EmptyDataset(LabelingError):
    """A job needs at least one asset."""

    code = "empty_dataset"


class AlreadySubmitted(LabelingError):
    """The assignment has its answer already."""

    code = "already_submitted"


class LeaseExpired(LabelingError):
    """The lease ran out and is not renewed."""

    code = "lease_expired"


class KeptAsDraft(LeaseExpired):
    """The lease ran out, the task wants no more answers and the reserve for late ones is used up; a draft is kept."""

    effect_stays = True


class WorkerPaused(LabelingError):
    """The job hands no tasks to this worker before `paused_until`, while a person looks into what was noticed."""

    code = "worker_paused"


class NotQualified(LabelingError):
    """The job's workers have passed a training or an exam first; `requires` says which."""

    code = "not_qualified"


class AssignmentClosed(LabelingError):
    """The assignment was skipped or given back, or another lease took its place."""

    code = "assignment_closed"


class FileTooLarge(LabelingError):
    """A file has more bytes than are taken; `limit` says how many."""

    code = "file_too_large"


class UnreadableImport(LabelingError):
    """A file of annotations cannot be read, or no further; what was read of it before stands."""

    code = "unreadable_file"


class PreLabelExists(LabelingError):
    """The asset has another pre-label of that source and version."""

    code = "prelabel_exists"
