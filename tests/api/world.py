"""One of everything, made when asked for."""

from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from uuid import UUID

from django.utils import timezone

from labeling.models import (
    AnnotationImport,
    Answer,
    Asset,
    Assignment,
    Dataset,
    GuidelineVersion,
    Ingest,
    JobWorker,
    LabelingJob,
    ModelBackend,
    OntologyVersion,
    Prediction,
    Project,
    Task,
    WorkerGrant,
)
from labeling.services import assist, pause_job
from labeling.services.backends.pictures import token_for
from marketplace.accounts.models import ApiToken, Invitation, Role
from marketplace.accounts.services import invite_member, set_payout_destination
from marketplace.ledger.core.invoicing import Charge
from marketplace.ledger.models import AccountKind, Invoice, Payout, PayoutFile
from marketplace.ledger.services import Charged, account_for, issue_invoice, request_payout, send_payouts
from marketplace.operations.core.ids import new_id
from marketplace.operations.models import Operation
from marketplace.orders.models import Freeze, Order, Rejection
from marketplace.orders.services import appeal_rejection, publish_order
from quality.models import Audit, AuditItem, ConsensusLabel, ConsensusRun, Finding, GoldState, GoldTask, JobRule
from quality.services import confirm_finding
from tests import make
from tests.conftest import Cast
from tests.labeling.assisting import asked, backend
from tests.labeling.importing import coco, requested
from tests.labeling.test_splitting import prelabelled
from tests.ledger.purses import give
from tests.orders import deciding
from tests.orders.flow import piloted


@dataclass
class World:
    """The things of the cast's organization; tasks are leased and answered by its worker."""

    cast: Cast

    @cached_property
    def project(self) -> Project:
        return make.project(self.cast.home)

    @cached_property
    def ontology(self) -> OntologyVersion:
        return make.ontology(self.project)

    @cached_property
    def guideline(self) -> GuidelineVersion:
        return make.guideline(self.project)

    @cached_property
    def boxes_draft(self) -> LabelingJob:
        return make.job(home=self.cast.home, annotation_type="bounding_box")

    @cached_property
    def assisted_draft(self) -> LabelingJob:
        assist(self.prelabelled_draft.pk, source="detector", version="", unaided_share=0.5)
        return self.draft

    @cached_property
    def prelabelled_draft(self) -> LabelingJob:
        prelabelled(self.draft, "asset-1")
        return self.draft

    @cached_property
    def annotation_import(self) -> AnnotationImport:
        return requested(coco(), job=self.boxes_draft)

    @cached_property
    def backend(self) -> ModelBackend:
        return backend(self.boxes_draft.ontology.project, "https://model.example.org")

    @cached_property
    def prediction(self) -> Prediction:
        return asked(self.backend, self.boxes_draft)

    @cached_property
    def image_token(self) -> str:
        return token_for(self.image)

    @cached_property
    def dataset(self) -> Dataset:
        return make.dataset(self.cast.home, n_assets=1)

    @cached_property
    def image(self) -> Asset:
        return make.image_asset(self.dataset)

    @cached_property
    def ingest(self) -> Ingest:
        return make.ingest(self.dataset)

    @cached_property
    def draft(self) -> LabelingJob:
        return make.job(home=self.cast.home)

    @cached_property
    def roomy_draft(self) -> LabelingJob:
        return make.job(home=self.cast.home, n_tasks=3)

    @cached_property
    def draft_gold(self) -> GoldTask:
        return make.gold(self.roomy_draft, by=self.cast.owner)[0]

    @cached_property
    def gold(self) -> GoldTask:
        return make.gold(make.published_job(home=self.cast.home, n_tasks=3, n_gold=1))[0]

    @cached_property
    def disputed_gold(self) -> GoldTask:
        GoldTask.objects.filter(pk=self.gold.pk).update(state=GoldState.DISPUTED)
        return self.gold

    @cached_property
    def job(self) -> LabelingJob:
        return make.published_job(home=self.cast.home)

    @cached_property
    def answered_task(self) -> Task:
        return make.retired_task(home=self.cast.home, review_share=1.0)

    @cached_property
    def course(self) -> LabelingJob:
        return make.course(n_lessons=1, home=self.cast.home)

    @cached_property
    def lesson(self) -> Assignment:
        return make.learn(self.course, "cat", by=self.cast.worker)[0].assignment

    @cached_property
    def grant(self) -> WorkerGrant:
        return WorkerGrant.objects.get(course=self.lesson.job)

    @cached_property
    def paused_job(self) -> LabelingJob:
        pause_job(self.job.pk)
        return self.job

    @cached_property
    def private_job(self) -> LabelingJob:
        return make.published_job(home=self.cast.home, workforce="private")

    @cached_property
    def assignment(self) -> Assignment:
        return make.lease(self.job, by=self.cast.worker)

    @cached_property
    def concluded_job(self) -> LabelingJob:
        ConsensusRun.objects.create(
            job=self.job,
            number=1,
            is_current=True,
            method="majority",
            parameters={},
            code_version="1",
            n_answers=0,
            converged=True,
        )
        return self.job

    @cached_property
    def audited_run(self) -> ConsensusRun:
        return make.run(make.ended_job(self.job))

    @cached_property
    def audit(self) -> Audit:
        return make.audit(self.audited_run)

    @cached_property
    def audit_item(self) -> AuditItem:
        return self.audit.items.get(ordinal=1)

    @cached_property
    def rule(self) -> JobRule:
        return make.rule(self.job)

    @cached_property
    def finding(self) -> Finding:
        return make.finding(self.job, about=self.cast.worker)

    @cached_property
    def confirmed_finding(self) -> Finding:
        return confirm_finding(self.finding.pk, note="So it is.", pause_minutes=None, user_id=self.cast.manager.pk)

    @cached_property
    def waiting_answer(self) -> Answer:
        return deciding.answered(deciding.manual_job(home=self.cast.home), by=self.cast.worker)

    @cached_property
    def evidence(self) -> ConsensusLabel:
        return deciding.consensus_on(self.waiting_answer.task)

    @cached_property
    def rejection(self) -> Rejection:
        return deciding.rejected(self.waiting_answer, by=self.cast.owner)

    @cached_property
    def appealed(self) -> Rejection:
        return appeal_rejection(self.rejection.pk, text="It is a dog.")

    @cached_property
    def freeze(self) -> Freeze:
        now = timezone.now()
        return Freeze.objects.create(
            order=self.rejection.order, n_decided=1, n_rejected=1, frozen_at=now, decide_until=now + timedelta(days=1)
        )

    @property
    def pseudonym(self) -> str:
        """Return what the cast's worker is called in the job."""
        return JobWorker.objects.get(job=self.assignment.job, worker=self.cast.worker).pseudonym

    @cached_property
    def order(self) -> Order:
        return make.order(home=self.cast.home)

    @cached_property
    def fundable_order(self) -> Order:
        make.funds(self.cast.home)
        return self.order

    @cached_property
    def funded_order(self) -> Order:
        return make.funded_order(home=self.cast.home)

    @cached_property
    def invoice(self) -> Invoice:
        home = self.cast.home.pk
        invoice = issue_invoice(
            Charged(organization_id=home, order_id=new_id(), currency="USD", subject="Cats"),
            [Charge("labour", 1_000_000, 1)],
            payer=account_for(AccountKind.PREPAID, home, "USD"),
        )
        assert invoice is not None
        return invoice

    @cached_property
    def payout(self) -> Payout:
        set_payout_destination(self.cast.worker.pk, reference="acct_1", now=timezone.now() - timedelta(days=30))
        give(AccountKind.WORKER, self.cast.worker.pk, micros=5_000_000)
        return request_payout(self.cast.worker.pk, currency="USD")

    @cached_property
    def payout_file(self) -> PayoutFile:
        assert self.payout.pk
        return send_payouts()[0]

    @cached_property
    def piloted_order(self) -> Order:
        return piloted(make.funded_order(home=self.cast.home, n_tasks=4, min_overlap=1, max_overlap=1))

    @cached_property
    def operation(self) -> Operation:
        return publish_order(self.funded_order.pk, requested_by_id=self.cast.owner.pk)

    @cached_property
    def invitation(self) -> Invitation:
        cast = self.cast
        return invite_member(
            cast.home.pk,
            email=cast.worker.email,
            role=Role.REVIEWER,
            invited_by_id=cast.manager.pk,
            now=timezone.now(),
        )

    def token_id_of(self, name: str) -> UUID:
        """Return the id of a token of a member of the cast."""
        holder = getattr(self.cast, name)
        make.token(holder)
        return ApiToken.objects.filter(user=holder)[0].pk
