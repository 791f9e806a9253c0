"""Builders: `make.task(overlap=3)` has a default for all that a test is not about, and goes through the services.

Whatever belongs to somebody is founded on the way: `make.published_job()` brings its organization, project, dataset and
paid order with it. Give `home=` (an organization) where several things belong together.
"""

import io
from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from itertools import count
from typing import Any

from django.utils import timezone
from PIL import Image

from labeling.models import (
    Answer,
    Asset,
    Assignment,
    CloseReason,
    Dataset,
    GuidelineVersion,
    Ingest,
    IngestSource,
    JobWorker,
    LabelingJob,
    OntologyVersion,
    Project,
    Task,
    Verdict,
)
from labeling.services import (
    IngestOrder,
    JobSpec,
    Pace,
    SentVerdict,
    StatedConflict,
    add_external_asset,
    add_guideline,
    add_image,
    add_ontology,
    claim_tasks,
    close_job,
    create_dataset,
    create_job,
    create_project,
    give_expertise,
    request_ingest,
    run_ingest,
    set_gold_rate,
    submit_answer,
)
from marketplace.accounts.models import Membership, Organization, Role, User, WorkerProfile
from marketplace.accounts.services import add_member, create_organization, issue_token
from marketplace.ledger.services import deposit
from marketplace.orders.models import Order
from marketplace.orders.services import OrderTerms, create_order, fund_order, publish_order, quote_order, run_publish
from quality.models import (
    Audit,
    Collector,
    Comparison,
    ConsensusLabel,
    ConsensusRun,
    Finding,
    FindingKind,
    GoldTask,
    JobRule,
    LabelState,
    RuleAction,
)
from quality.services import (
    AuditOrder,
    KnownAnswer,
    RuleSpec,
    add_gold,
    make_rule,
    order_audit,
    score_gold,
    update_belief,
    weigh_review,
)

CLASSES = ("cat", "dog")
WIDTH, HEIGHT = 640, 480
PLENTY_MICROS = 10_000_000_000
PACE = Pace(per_asset_s=5.0, per_unit_s=10.0)

_numbers = count(1)


# --- people ---------------------------------------------------------------------------------------------------------
def user(*roles: Role, home: Organization | None = None, password: str | None = None) -> User:
    """Return a user, with these roles in an organization (a new one unless given)."""
    n = next(_numbers)
    made = User(email=f"user-{n}@example.org", display_name=f"User {n}")
    made.set_password(password)  # None is a password that nobody can type, and costs no hashing
    made.save()
    WorkerProfile.objects.create(user=made)
    if roles:
        where = home or organization()
        for role in roles:
            add_member(where.pk, user_id=made.pk, role=role, now=timezone.now())
    return made


def worker(home: Organization | None = None) -> User:
    """Return somebody who works: in public jobs, or as a member of an organization's own workforce."""
    return user() if home is None else user(Role.WORKER, home=home)


def known_for(expertise: str, *, home: Organization | None = None, somebody: User | None = None) -> User:
    """Return a worker who is known to know a field, in everybody's jobs or those of an organization."""
    known = somebody or worker()
    where = None if home is None else home.pk
    given_by = user() if home is None else owner_of(home)
    give_expertise(known.pk, expertise=expertise, organization_id=where, evidence="licence", given_by_id=given_by.pk)
    return known


def organization(name: str = "Acme", *, owner: User | None = None) -> Organization:
    """Return an organization; its owner is requester and manager."""
    return create_organization(name, owner_id=(owner or user()).pk, now=timezone.now())


def token(holder: User) -> str:
    """Return the text of a new bearer token."""
    return issue_token(holder.pk, name="test", now=timezone.now()).secret


def owner_of(home: Organization) -> User:
    """Return somebody who orders for the organization."""
    return Membership.objects.select_related("user").filter(organization=home, role=Role.REQUESTER)[0].user


# --- what is to be labeled ------------------------------------------------------------------------------------------
def project(home: Organization | None = None, *, name: str = "Pets") -> Project:
    """Return an empty project."""
    where = home or organization()
    return create_project(organization_id=where.pk, name=name, created_by_id=owner_of(where).pk)


def ontology(plan: Project | None = None, *, classes: tuple[str, ...] = CLASSES) -> OntologyVersion:
    """Return the next ontology of a project."""
    entries = [{"name": name, "description": ""} for name in classes]
    return add_ontology((plan or project()).pk, classes=entries)


def guideline(plan: Project | None = None, *, text: str = "Look twice.") -> GuidelineVersion:
    """Return the next guidelines of a project."""
    return add_guideline((plan or project()).pk, text=text)


def dataset(home: Organization | None = None, *, n_assets: int = 0, name: str = "Photos") -> Dataset:
    """Return a dataset with so many external assets named `asset-1`, `asset-2`, ..."""
    where = home or organization()
    made = create_dataset(organization_id=where.pk, name=name, created_by_id=owner_of(where).pk)
    for n in range(1, n_assets + 1):
        asset(made, external_id=f"asset-{n}")
    return made


def asset(
    photos: Dataset | None = None,
    *,
    external_id: str | None = None,
    width: int | None = WIDTH,
    height: int | None = HEIGHT,
    sequence: str = "",
    frame: int | None = None,
) -> Asset:
    """Return an external asset."""
    name = external_id or f"asset-{next(_numbers)}"
    where = photos or dataset()
    return add_external_asset(where.pk, external_id=name, width=width, height=height, sequence=sequence, frame=frame)


def image_asset(photos: Dataset | None = None, *, external_id: str | None = None, **image: Any) -> Asset:
    """Return an asset whose bytes are stored; `image` goes to `image_bytes`."""
    name = external_id or f"image-{next(_numbers)}"
    return add_image((photos or dataset()).pk, content=image_bytes(**image), external_id=name)


def image_bytes(*, width: int = 32, height: int = 24, encoding: str = "PNG", colour: str = "teal") -> bytes:
    """Return an encoded image."""
    buffer = io.BytesIO()
    Image.new("RGB", (width, height), colour).save(buffer, format=encoding)
    return buffer.getvalue()


def ingest(
    photos: Dataset | None = None,
    *,
    source: str = "manifest",
    content: bytes = b'{"external_id": "one"}\n',
    **bucket: str,
) -> Ingest:
    """Return an ingest that was asked for; `bucket` names a storage and a key instead of the content."""
    where = photos or dataset()
    file = None if bucket else io.BytesIO(content)
    order = IngestOrder(source=IngestSource(source), file=file, **bucket)
    return request_ingest(where, order, created_by_id=where.created_by_id)


def ingested(photos: Dataset | None = None, **what: Any) -> Ingest:
    """Return an ingest that was run to its end; `what` goes to `ingest`."""
    asked = ingest(photos, **what)
    run_ingest(asked.pk)
    return Ingest.objects.select_related("operation", "dataset").get(pk=asked.pk)


# --- jobs and orders ------------------------------------------------------------------------------------------------
def spec(**changes: Any) -> JobSpec:
    """Return what a requester says of a job."""
    defaults: dict[str, Any] = {
        "name": "Cats and dogs",
        "annotation_type": "image_classification",
        "workforce": "public",
        "by_offer_only": False,
        "min_overlap": 1,
        "max_overlap": max(3, changes.get("min_overlap", 1)),
        "target_confidence": 0.9,
        "least_gain": 0.0,
        "review_share": 0.0,
        "reviewed_by": "peer",
        "units_per_asset": 1.0,
        "lease_s": 600,
        "deadline": None,
    }
    return JobSpec(**(defaults | changes))


def job(
    *,
    n_tasks: int = 3,
    home: Organization | None = None,
    photos: Dataset | None = None,
    classes: tuple[str, ...] = CLASSES,
    words: OntologyVersion | None = None,
    n_gold: int = 0,
    requires: LabelingJob | None = None,
    **changes: Any,
) -> LabelingJob:
    """Return a drafted job on `n_tasks` external assets, or on the dataset given; `changes` go to `spec`.

    With `words`, on this ontology and its project. Its last `n_gold` assets are known to be cats.
    """
    where = home or (photos.organization if photos else organization())
    if words is not None:
        where = words.project.organization
    plan = words.project if words is not None else project(where)
    drafted = create_job(
        dataset=photos or dataset(where, n_assets=n_tasks),
        ontology=words or ontology(plan, classes=classes),
        guideline=guideline(plan),
        spec=spec(**changes),
        created_by_id=owner_of(where).pk,
        requires=requires,
    )
    if n_gold:
        gold(drafted, names=[f"asset-{n}" for n in range(n_tasks, n_tasks - n_gold, -1)])
    return drafted


def gold(
    drafted: LabelingJob, *, names: Sequence[str] = ("asset-1",), annotations: Any = None, by: User | None = None
) -> list[GoldTask]:
    """Return gold stated in a draft, cats unless told otherwise; of a job that has gold, that."""
    held = list(GoldTask.objects.filter(job=drafted))
    if held:
        return held
    truth = [{"class": CLASSES[0]}] if annotations is None else annotations
    known = [KnownAnswer(annotations=truth, external_id=name) for name in names]
    return add_gold(drafted.pk, known, created_by_id=(by or drafted.created_by).pk)


def funds(home: Organization, *, micros: int = PLENTY_MICROS, currency: str = "USD") -> None:
    """Put prepaid money into an organization's account."""
    deposit(home.pk, micros=micros, currency=currency, reference=f"test-{next(_numbers)}")


def order(drafted: LabelingJob | None = None, *, terms: OrderTerms | None = None, **job_changes: Any) -> Order:
    """Return a quoted order."""
    subject = drafted or job(**job_changes)
    agreed = create_order(subject, created_by_id=subject.created_by_id, terms=terms or OrderTerms())
    return quote_order(agreed.pk)


def funded_order(drafted: LabelingJob | None = None, **job_changes: Any) -> Order:
    """Return an order whose escrow is filled."""
    quoted = order(drafted, **job_changes)
    funds(quoted.organization)
    return fund_order(quoted.pk)


def published_job(drafted: LabelingJob | None = None, **job_changes: Any) -> LabelingJob:
    """Return an open job with its tasks, bought and paid for."""
    funded = funded_order(drafted, **job_changes)
    publish_order(funded.pk, requested_by_id=funded.created_by_id)
    run_publish(funded.pk)
    return LabelingJob.objects.get(pk=funded.job_id)


# --- work -----------------------------------------------------------------------------------------------------------
def task(*, overlap: int = 1, **job_changes: Any) -> Task:
    """Return the one task of an open job, wanting `overlap` answers."""
    return published_job(n_tasks=1, min_overlap=overlap, **job_changes).tasks.get()


def gold_lease(opened: LabelingJob, *, by: User | None = None) -> Assignment:
    """Return a worker's lease on gold of an open job."""
    somebody = by or worker()
    JobWorker.objects.get_or_create(job=opened, worker=somebody, defaults={"pseudonym": f"w-{next(_numbers)}"})
    set_gold_rate(opened.pk, somebody.pk, ppm=1_000_000)
    if LabelingJob.objects.values_list("gold_reserve_micros", flat=True).get(pk=opened.pk) < opened.pay_micros:
        LabelingJob.objects.filter(pk=opened.pk).update(gold_reserve_micros=opened.pay_micros)  # few tasks, little gold
    [held] = claim_tasks(opened.pk, somebody.pk, limit=1)
    if not held.task.is_gold:
        raise AssertionError("The worker has seen all gold of the job.")
    return held


def lease(opened: LabelingJob | None = None, *, by: User | None = None) -> Assignment:
    """Return a worker's lease on the best task of an open job."""
    [assignment] = claim_tasks((opened or published_job()).pk, (by or worker()).pk, limit=1)
    return assignment


def answer(held: Assignment | None = None, *, annotations: list[dict[str, Any]] | None = None) -> Answer:
    """Return an answer to a lease, `cat` unless told otherwise."""
    given = [{"class": CLASSES[0]}] if annotations is None else annotations
    submission = submit_answer((held or lease()).pk, annotations=given, active_ms=None)
    if submission.answer is None:
        raise AssertionError(f"No answer was taken, only a {submission.outcome}.")
    return submission.answer


def course(*, n_lessons: int = 3, n_learners: int = 2, purpose: str = "training", **changes: Any) -> LabelingJob:
    """Return an open training, or exam, of pictures that are all cats."""
    return published_job(n_tasks=n_lessons, n_gold=n_lessons, n_learners=n_learners, purpose=purpose, **changes)


def learn(opened: LabelingJob, *names: str, by: User) -> list[Answer]:
    """Let a learner answer the next lessons of a course with these classes, scored at once."""
    given = [
        answer(held, annotations=[{"class": name}])
        for held, name in zip(claim_tasks(opened.pk, by.pk, limit=len(names)), names, strict=True)
    ]
    for each in given:
        score_gold(each.pk)
    return given


def retired_task(*, classes: Sequence[str] = ("cat",), by: Sequence[User] = (), **job_changes: Any) -> Task:
    """Return a task of an open job, answered with these classes by different workers and done with."""
    terms: dict[str, Any] = {"n_tasks": 2, "min_overlap": len(classes), "max_overlap": len(classes)}
    opened = published_job(**(terms | {"target_confidence": 0.6} | job_changes))
    asked = opened.tasks.order_by("ordinal")[0]
    people = [*by, *(worker() for _ in classes[len(by) :])]
    for somebody, name in zip(people, classes, strict=True):
        answer(lease(opened, by=somebody), annotations=[{"class": name}])
        update_belief(asked.pk)
    return Task.objects.get(pk=asked.pk)


def check_of(answered: Task, *, by: User | None = None) -> Assignment:
    """Return somebody's lease on the check that is under way of a task."""
    somebody = by or worker()
    [held] = [each for each in claim_tasks(answered.job_id, somebody.pk, limit=1) if each.task.is_check]
    if held.task.parent_task_id != answered.pk:
        raise AssertionError("Another task's check comes first.")
    return held


def verdict(
    held: Assignment,
    said: Verdict | None,
    *,
    annotations: list[dict[str, Any]] | None = None,
    conflicts: Sequence[str] = (),
) -> Answer:
    """Return what a reviewer says, weighed at once; a rejection finds the wrong label unless told otherwise."""
    kinds = conflicts or (["mismatching_label"] if said == Verdict.REJECT else [])
    spoken = SentVerdict(verdict=said, conflicts=[StatedConflict(kind) for kind in kinds])
    submission = submit_answer(held.pk, annotations=annotations, active_ms=None, said=spoken)
    if submission.answer is None:
        raise AssertionError(f"No answer was taken, only a {submission.outcome}.")
    weigh_review(held.task_id)
    return submission.answer


def let_expire(held: Assignment) -> Assignment:
    """Turn a lease's clock back, so that it ran out a second ago by the database's clock."""
    Assignment.objects.filter(pk=held.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
    held.refresh_from_db()
    return held


# --- labels and audits ----------------------------------------------------------------------------------------------
def ended_job(opened: LabelingJob | None = None, **job_changes: Any) -> LabelingJob:
    """Return a job that was ended by hand."""
    job_id = (opened or published_job(**job_changes)).pk
    close_job(job_id, reason=CloseReason.MANUAL)
    return LabelingJob.objects.get(pk=job_id)


def run(
    ended: LabelingJob | None = None,
    *,
    states: dict[int, LabelState] | None = None,
    values: dict[int, Any] | None = None,
    n_opinions: int = 0,
    **job_changes: Any,
) -> ConsensusRun:
    """Return a run that calls every task of an ended job a cat, answered or not; `states` and `values` by ordinal."""
    subject = ended or ended_job(**job_changes)
    subject.consensus_runs.update(is_current=False)
    made = ConsensusRun.objects.create(
        job=subject,
        is_current=True,
        number=subject.consensus_runs.count() + 1,
        method="majority",
        parameters={},
        code_version="1",
        n_answers=0,
        converged=True,
    )
    labels = [
        ConsensusLabel(
            run=made,
            task=each,
            state=(states or {}).get(each.ordinal, LabelState.FINAL),
            confidence=0.95,
            value=(values or {}).get(each.ordinal, {"class": "cat", "posterior": {"cat": 0.95, "dog": 0.05}}),
            n_answers=n_opinions,
        )
        for each in subject.tasks.all()
    ]
    ConsensusLabel.objects.bulk_create(labels)
    return made


def audit(
    concluded: ConsensusRun | None = None, *, max_error: str = "0.2", confidence: str = "0.9", **order: Any
) -> Audit:
    """Return a planned audit of a run of twelve labels unless given."""
    subject = concluded or run(n_tasks=12)
    asked = AuditOrder(max_error=Decimal(max_error), confidence=Decimal(confidence), **order)
    return order_audit(subject.job_id, order=asked, created_by_id=subject.job.created_by_id)


def rule(opened: LabelingJob, **changes: Any) -> JobRule:
    """Return a rule that flags a worker who has answered more than nine times, unless told otherwise."""
    said: dict[str, Any] = {
        "collector": Collector.ANSWERS,
        "comparison": Comparison.ABOVE,
        "threshold": 9.0,
        "n_latest": 1,
        "action": RuleAction.FLAG,
    }
    return make_rule(opened.pk, RuleSpec(**(said | changes)), created_by_id=opened.created_by_id)


def finding(opened: LabelingJob | None = None, *, about: User | None = None, partner: User | None = None) -> Finding:
    """Return an open finding about a worker who has a place in the job."""
    opened = opened or published_job()
    about = about or worker()
    for number, member in enumerate((about, partner) if partner else (about,)):
        JobWorker.objects.get_or_create(job=opened, worker=member, defaults={"pseudonym": f"found-{number}"})
    return Finding.objects.create(
        job=opened,
        worker=about,
        partner=partner,
        kind=FindingKind.COPYING if partner else FindingKind.TOO_FAST,
        n_answers=40,
        p_value=1e-6,
        evidence={"pace_ratio": 0.2, "n_tested": 30, "level": 0.001},
    )
