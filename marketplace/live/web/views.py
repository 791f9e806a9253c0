"""The pages: sign in, the jobs one looks after, and one job live."""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import LoginView, LogoutView
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from labeling.models import LabelingJob
from labeling.models.projects import SEES_WORK
from marketplace.accounts.api.forms import SignInForm
from marketplace.accounts.models import Organization, User
from marketplace.live.api.progress import JobProgress, progress_of, read_progress, with_progress
from marketplace.live.web.board import SHOWN_EVENTS, SHOWN_TASKS, read_grid, read_lines, segments, tiles
from marketplace.live.web.outlook import BASES, DEADLINES, read_outlook
from marketplace.live.web.words import OTHER, REASONS, REASONS_OF_ONE, SENTENCES, answers_wanted

JOBS_OF_A_PAGE = 25

sign_in = LoginView.as_view(
    template_name="live/login.html", authentication_form=SignInForm, redirect_authenticated_user=True
)
sign_out = LogoutView.as_view()


@require_safe
@never_cache
@login_required
def jobs(request: HttpRequest) -> HttpResponse:
    """Show the jobs one looks after, newest first."""
    user = _user(request)
    visible = with_progress(LabelingJob.objects.visible_to(user)).select_related("organization")
    after = request.GET.get("after")
    if after is not None:
        visible = visible.filter(pk__lt=_id(after))
    rows = list(visible.order_by("-pk")[: JOBS_OF_A_PAGE + 1])
    shown = [progress_of(job) for job in rows[:JOBS_OF_A_PAGE]]
    context = {
        "entries": [_summary(progress) for progress in shown],
        "older": shown[-1].job.pk if len(rows) > JOBS_OF_A_PAGE else None,
        "is_first_page": after is None,
        "sees_work": bool(rows) or Organization.objects.with_role(user, *SEES_WORK).exists(),
    }
    return render(request, "live/jobs.html", context)


@require_safe
@never_cache
@login_required
def job(request: HttpRequest, job_id: UUID) -> HttpResponse:
    """Show one job; a script keeps the page up to date from the event after those shown."""
    visible = LabelingJob.objects.visible_to(_user(request)).select_related("organization", "project")
    progress = read_progress(visible, job_id)
    if progress is None:
        raise Http404
    context = {
        **_summary(progress),
        "seq": progress.seq,
        "counters": progress.counters,
        "tiles": tiles(progress),
        "grid": read_grid(progress),
        "lines": read_lines(progress),
        "outlook": read_outlook(progress.job),
        "shown_tasks": SHOWN_TASKS,
        "words": {
            "sentences": SENTENCES,
            "other": OTHER,
            "reasons": REASONS,
            "reasons_of_one": REASONS_OF_ONE,
            "n_lines": SHOWN_EVENTS,
            "bases": BASES,
            "deadlines": DEADLINES,
        },
    }
    return render(request, "live/job.html", context)


def _summary(progress: JobProgress) -> dict[str, object]:
    n_tasks = progress.job.n_tasks
    n_retired = progress.counters.get("retired", 0)
    return {
        "job": progress.job,
        "n_retired": n_retired,
        "n_answers": progress.counters.get("answers", 0),
        "percent": 100 * n_retired // n_tasks if n_tasks else 0,
        "segments": segments(progress),
        "answers_wanted": answers_wanted(progress.job.min_overlap, progress.job.max_overlap),
    }


def _user(request: HttpRequest) -> User:
    if not isinstance(request.user, User):
        raise Http404
    return request.user


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise Http404 from None
