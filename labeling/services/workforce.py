"""Whom a job is for, as people: to be asked where there are few of them."""

from django.db.models import CharField, Exists, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from labeling.models import LabelingJob, ReviewedBy, WorkerGrant, Workforce
from labeling.models.jobs import REVIEWING_ROLE
from labeling.services.countries import Countries
from marketplace.accounts.models import Membership, Role, User, WorkerProfile


def never_runs_out(job: LabelingJob) -> bool:
    """Return whether a job may always find somebody more: a public one, unless it is for people of a field."""
    return job.workforce == Workforce.PUBLIC and not job.expertise


def workforce_of(job: LabelingJob, *, countries: Countries | None = None) -> QuerySet[User]:
    """Return the active people of a job's workforce whom it is offered to, and who are of its field.

    Whoever has not passed what the job requires may pass it yet, and is among them.

    Parameters
    ----------
    countries : whose workers the job is to be offered to; None: those it is offered to.
    """
    meant = countries or Countries(only=job.open_to, but=job.closed_to)
    people = User.objects.filter(is_active=True)
    if job.workforce == Workforce.PRIVATE:
        people = _members(job, Role.WORKER)
    stated = WorkerProfile.objects.filter(pk=OuterRef("pk")).values("country")
    people = people.annotate(stated=Coalesce(Subquery(stated), Value(""), output_field=CharField()))
    if meant.only is not None:
        people = people.filter(stated__in=meant.only)
    return _of_field(job, people.exclude(stated__in=meant.but))


def reviewers_of(job: LabelingJob, *, countries: Countries | None = None) -> QuerySet[User]:
    """Return the active people who check others' work in a job; who is paid for it is of its field."""
    if job.reviewed_by == ReviewedBy.PEER:
        return workforce_of(job, countries=countries)
    members = _members(job, REVIEWING_ROLE[ReviewedBy(job.reviewed_by)])
    return members if job.reviewed_by == ReviewedBy.REQUESTER else _of_field(job, members)


def _of_field(job: LabelingJob, people: QuerySet[User]) -> QuerySet[User]:
    if not job.expertise:
        return people
    return people.filter(Exists(WorkerGrant.objects.attesting(job).filter(worker=OuterRef("pk"))))


def _members(job: LabelingJob, role: Role) -> QuerySet[User]:
    roles = Membership.objects.filter(organization=job.organization_id, role=role, user=OuterRef("pk"))
    return User.objects.filter(Exists(roles), is_active=True)
