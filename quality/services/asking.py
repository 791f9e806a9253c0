"""Reviews that a person asks for."""

from uuid import UUID

from django.db import transaction

from labeling.errors import WrongState
from labeling.models import AT_WORK, JobState, LabelingJob, Task, TaskState
from labeling.services import review_cap
from quality.errors import NoReviewLeft, ReviewUnderWay
from quality.services.concluding import conclude_task
from quality.services.reviews import ask_for_check

ALLOWED = (*AT_WORK, JobState.PAUSED)


@transaction.atomic
def request_review(task_id: UUID) -> Task:
    """Have somebody look at a task that is done with, within the reviews that the job pays for.

    Raises
    ------
    WrongState
        The job hands out no tasks any more, or the task still wants answers.
    ReviewUnderWay, NoReviewLeft
        Somebody is asked already; or the job may ask nobody more.
    """
    task = (
        Task.objects.select_for_update(no_key=True, of=("self",))
        .select_related("asset", "job__ontology")
        .get(pk=task_id)
    )
    job: LabelingJob = task.job
    if job.state not in ALLOWED:
        raise WrongState(f"The job is {job.state}.", state=job.state, allowed_states=[each.value for each in ALLOWED])
    if task.state != TaskState.RETIRED or task.is_gold or not task.n_counted:
        raise WrongState(
            "The task is not done with, or nobody has answered it.",
            state=task.state,
            allowed_states=[TaskState.RETIRED.value],
        )
    if task.children.filter(state=TaskState.OPEN).exists():
        raise ReviewUnderWay("Somebody is asked to look at the task already.", field="task")
    review = ask_for_check(task, conclude_task(task))
    if review is not None:
        return review
    if job.n_reviews >= review_cap(job):
        raise NoReviewLeft("The job has asked for all the reviews that it pays for.", n_reviews=job.n_reviews)
    raise NoReviewLeft("Nobody is left who may review this task.", n_reviews=job.n_reviews)
