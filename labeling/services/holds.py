"""Holding a job: it is paused, and those who order it cannot let it go on by themselves."""

from uuid import UUID

from labeling.models import AT_WORK, HoldReason, JobState, LabelingJob
from labeling.signals import job_held, job_paused, job_released, job_resumed


def hold_job(job_id: UUID, *, reason: HoldReason) -> None:
    """Hand out no more tasks of a job until it is released; one that has ended is only marked. Safe to repeat.

    The caller holds the transaction.
    """
    job = LabelingJob.objects.select_for_update(no_key=True).get(pk=job_id)
    if job.held_for:
        return
    was_open = job.state in AT_WORK
    job.held_for = reason
    job.state = JobState.PAUSED if was_open else job.state
    job.save(update_fields=["held_for", "state"])
    if was_open:
        job_paused.send(sender=None, job_id=job_id, data={"reason": reason.value}, deltas={})
    job_held.send(sender=None, job_id=job_id, data={"reason": reason.value}, deltas={})


def release_job(job_id: UUID) -> None:
    """Let a held job go on, or end as it would have. Safe to repeat; the caller holds the transaction."""
    job = LabelingJob.objects.select_for_update(no_key=True).get(pk=job_id)
    if not job.held_for:
        return
    reason, was_paused = job.held_for, job.state == JobState.PAUSED
    job.held_for = HoldReason.NONE
    job.state = job.state_at_work if was_paused else job.state
    job.save(update_fields=["held_for", "state"])
    job_released.send(sender=None, job_id=job_id, data={"reason": reason}, deltas={})
    if was_paused:
        job_resumed.send(sender=None, job_id=job_id, data={}, deltas={})
