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


class SplitRefused(LabelingError):
    """A job under way cannot be split so; nothing was changed."""

    code = "split_refused"


class NotMergeable(LabelingError):
    """An asset cannot get the labels of another; `flaw` says which."""

    code = "not_mergeable"


class NoSuchStorage(LabelingError):
    """The service has no bucket of that name for the organization."""

    code = "no_such_storage"


class SourceRefused(LabelingError):
    """What an ingest is to read cannot be read as a whole."""

    code = "source_refused"


class UnknownArchive(SourceRefused):
    """The file is neither a zip nor a tar archive."""

    code = "unknown_archive"


class BrokenArchive(SourceRefused):
    """The archive is cut off or damaged; what came before the damage stays."""

    code = "broken_archive"


class ArchiveTooLarge(SourceRefused):
    """The archive has too many members or unpacks to too many bytes, or its members overlap; `limit` says how many."""

    code = "archive_too_large"


class BadManifest(SourceRefused):
    """The manifest as a whole cannot be read: its header, its encoding, or it is not there."""

    code = "bad_manifest"


class ItemRefused(LabelingError):
    """Base of what is said of one item of an ingest."""

    code = "item_refused"


class UnsafeMember(ItemRefused):
    """A member's path leads out of the archive, or it is a link or a device."""

    code = "unsafe_member"


class BadName(ItemRefused):
    """What an item is called cannot be the name of an asset."""

    code = "bad_name"


class EncryptedMember(ItemRefused):
    code = "encrypted_member"


class UnsupportedMember(ItemRefused):
    """The member is packed in a way that is not read."""

    code = "unsupported_member"


class NestedArchive(ItemRefused):
    code = "nested_archive"


class MemberTooLarge(ItemRefused):
    """The member is larger than any asset may be, or unpacks to far more than it holds."""

    code = "member_too_large"


class DamagedMember(ItemRefused):
    code = "damaged_member"


class UnreadablePointCloud(ItemRefused):
    code = "unreadable_point_cloud"


class UrlRefused(ItemRefused):
    """The URL is not of a kind that is fetched, or leads to an address that is not public."""

    code = "url_refused"


class FetchFailed(ItemRefused):
    """The URL's server did not send the file in time, or at all."""

    code = "fetch_failed"


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


class JobHeld(LabelingError):
    """The job is held for `reason`; people of the platform let it go on."""

    code = "job_held"


class NotOffered(LabelingError):
    """The job pays less than the least wage of the worker's country, or is for workers of other countries."""

    code = "not_offered"


class NotQualified(LabelingError):
    """The job's workers have passed a course first (`requires` says which), or know a field (`expertise`)."""

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


class BackendUnderWay(LabelingError):
    """A backend does one thing at a time; `prediction` says which it is at."""

    code = "prediction_under_way"


class BackendDisabled(LabelingError):
    code = "backend_disabled"


class BackendFault(LabelingError):
    """Base of what goes wrong with a requester's model."""

    code = "backend_fault"


class BackendResting(BackendFault):
    """The backend failed too often and is left alone; `until` says for how long, `last_problem` why."""

    code = "backend_resting"


class BackendUnreachable(BackendFault):
    code = "backend_unreachable"


class BackendTooSlow(BackendFault):
    code = "backend_too_slow"


class BackendRefused(BackendFault):
    """The backend answered with an error; `status` is its HTTP status."""

    code = "backend_refused"


class BackendTooLarge(BackendFault):
    """The backend sent more than is taken; `limit` says how many bytes."""

    code = "backend_too_large"


class BackendGarbled(BackendFault):
    """The backend sent something else than the protocol says."""

    code = "backend_garbled"


class DuplicateName(LabelingError):
    """There is one of that name already."""

    code = "duplicate_name"


class NothingToDo(LabelingError):
    """Nothing is left to be done, or to be looked at again."""

    code = "nothing_to_do"
