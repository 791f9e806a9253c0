"""A machine that moves money through the real services in any order, twice and from two threads, beside a model."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, ClassVar
from uuid import UUID, uuid4

from django.db import connection
from django.db.models import Sum
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from labeling.core.shares import WHOLE_PPM
from labeling.models import Answer, Assignment, CloseReason, JobWorker
from labeling.services import claim_tasks, close_job, submit_answer
from marketplace.accounts.models import Organization, User
from marketplace.ledger.core.payout_files import Answer as ProviderAnswer
from marketplace.ledger.errors import BelowMinimum, InsufficientFunds, PayoutUnderway
from marketplace.ledger.models import Account, AccountKind, Entry, Payout, Transfer
from marketplace.ledger.services import deposit, request_payout, send_payouts, settle_payouts
from marketplace.operations.errors import DomainError
from marketplace.orders.errors import AlreadyDecided, AppealMade, NothingToDecide, OrderWrongState
from marketplace.orders.models import Order
from marketplace.orders.services import (
    accept_by_hand,
    appeal_rejection,
    cancel_order,
    fund_order,
    give_bonus,
    look_after,
    publish_order,
    reject_answer,
    run_publish,
    settle_order,
    uphold_rejection,
    win_appeal,
)
from quality.models import ConsensusLabel
from tests import invariants, make
from tests.choreography.crowd import run_together
from tests.ledger.purses import payee
from tests.orders.deciding import MANUAL, against, consensus_on, let_pass

CENT = 10_000
MOST_ORDERS = 8
ESCROW, PREPAID, WORKER, FEE = AccountKind.ESCROW, AccountKind.PREPAID, AccountKind.WORKER, AccountKind.FEE
WAITING, TRANSIT, OUTSIDE, ROUNDING = (
    AccountKind.PAYOUT,
    AccountKind.TRANSIT,
    AccountKind.PROVIDER,
    AccountKind.ROUNDING,
)
Act = Callable[[], Any]
Refusals = tuple[type[DomainError], ...]


class Mode(Enum):
    """How often a thing is asked for: once, again when it was done, or by two threads at the same time."""

    ONCE = 1
    AGAIN = 2
    AT_ONCE = 3


MODES = st.sampled_from(Mode)
PICKS = st.integers(0, 1_000)
SHARES = st.sampled_from([0, 1, 333_333, 500_000, 999_999])


@dataclass
class Bought:
    """What the model knows of an order."""

    order: Order
    pay_micros: int
    state: str = "quoted"
    paid_micros: int = 0
    bonus_micros: int = 0
    waiting: list[Answer] = field(default_factory=list)
    rejected: dict[UUID, tuple[UUID, int, str]] = field(default_factory=dict)  # worker, withheld, state

    @property
    def cap_micros(self) -> int:
        assert self.order.quote is not None
        return self.order.quote.cap_micros


def half_up(micros: int) -> int:
    """Return whole cents: the model's own rounding."""
    return (micros + CENT // 2) // CENT * CENT


def tried(act: Act, mode: Mode, refusals: Refusals = ()) -> int:
    """Do it as often as the mode says and return how often it was not refused; any other error is the test's."""
    n_done: list[int] = []

    def once() -> None:
        try:
            act()
        except refusals:
            return
        n_done.append(1)

    if mode is Mode.AT_ONCE:
        run_together([once, once])
    else:
        for _ in range(mode.value):
            once()
    return len(n_done)


class Money(RuleBasedStateMachine):
    """Two organizations, three workers, and every service that moves money.

    What cannot be done yet becomes the step before it. No rule has a precondition: who wins a race between threads is
    anybody's guess, and what is drawn next must not depend on it.
    """

    n_steps: ClassVar[int] = 0

    @initialize()
    def begin(self) -> None:
        send_payouts()  # what earlier histories left must not get into this one's files
        self.homes: list[Organization] = [make.organization() for _ in range(2)]
        self.workers: list[User] = [payee() for _ in range(3)]
        self.orders: list[Bought] = []
        self.deposits: list[tuple[UUID, int, str]] = []
        self.payouts: dict[UUID, Payout] = {}
        self.books: defaultdict[tuple[str, UUID | None], int] = defaultdict(int)
        for kind in (OUTSIDE, FEE, ROUNDING):  # shared with what ran before
            self.books[kind, None] = self._balance(kind, None)
        self.last_entry = Entry.objects.order_by("-pk").values_list("pk", flat=True).first() or 0

    # --- money comes in ---------------------------------------------------------------------------------------------
    @rule(pick=PICKS, cents=st.integers(1, 1_000), mode=MODES)
    def put_in(self, pick: int, cents: int, mode: Mode) -> None:
        home, reference = self.homes[pick % 2].pk, str(uuid4())
        micros = cents * CENT
        assert tried(self._deposit(home, micros, reference), mode) >= 1
        self._move((OUTSIDE, None), (PREPAID, home), micros)
        self.deposits.append((home, micros, reference))

    @rule(pick=PICKS, mode=MODES)
    def put_in_what_was_put_in_before(self, pick: int, mode: Mode) -> None:
        if not self.deposits:
            self.put_in(pick=pick, cents=100, mode=mode)
            return
        tried(self._deposit(*self.deposits[pick % len(self.deposits)]), mode)

    # --- orders -----------------------------------------------------------------------------------------------------
    @rule(pick=PICKS, n_tasks=st.integers(1, 4), overlap=st.integers(1, 2))
    def want(self, pick: int, n_tasks: int, overlap: int) -> None:
        if len(self.orders) >= MOST_ORDERS:
            self.put_in(pick=pick, cents=100, mode=Mode.ONCE)
            return
        home = self.homes[pick % 2]
        order = make.order(make.job(home=home, n_tasks=n_tasks, min_overlap=overlap, max_overlap=overlap), terms=MANUAL)
        assert order.quote is not None
        self.orders.append(Bought(order, order.quote.pay_micros))

    @rule(pick=PICKS, mode=MODES)
    def fund(self, pick: int, mode: Mode) -> None:
        if not self._some("quoted"):
            self.want(pick=pick, n_tasks=2, overlap=2)
            return
        bought = self._pick("quoted", pick)
        home = (PREPAID, bought.order.organization_id)
        n_done = tried(lambda: fund_order(bought.order.pk), mode, (InsufficientFunds, OrderWrongState))
        assert n_done == (1 if self.books[home] >= bought.cap_micros else 0)
        if n_done:
            self._move(home, (ESCROW, bought.order.pk), bought.cap_micros)
            bought.state = "funded"

    @rule(pick=PICKS, mode=MODES)
    def give_up(self, pick: int, mode: Mode) -> None:
        if not self._some("funded"):
            self.fund(pick=pick, mode=mode)
            return
        bought = self._pick("funded", pick)
        assert tried(lambda: cancel_order(bought.order.pk), mode, (OrderWrongState,)) == 1
        self._move((ESCROW, bought.order.pk), (PREPAID, bought.order.organization_id), bought.cap_micros)
        bought.state = "cancelled"

    @rule(pick=PICKS)
    def publish(self, pick: int) -> None:
        if not self._some("funded"):
            self.fund(pick=pick, mode=Mode.ONCE)
            return
        bought = self._pick("funded", pick)
        publish_order(bought.order.pk, requested_by_id=bought.order.created_by_id)
        run_publish(bought.order.pk)
        bought.state = "published"

    # --- work and decisions -----------------------------------------------------------------------------------------
    @rule(pick=PICKS, who=PICKS)
    def work(self, pick: int, who: int) -> None:
        if not self._some("published"):
            self.publish(pick=pick)
            return
        bought = self._pick("published", pick)
        for held in claim_tasks(bought.order.job_id, self.workers[who % 3].pk, limit=1):
            # At once, as they say: a stalled machine must not make them slow, and so owed more than the model knows.
            submitted = submit_answer(held.pk, annotations=[{"class": "dog"}], active_ms=1)
            assert submitted.answer is not None
            bought.waiting.append(submitted.answer)

    @rule(pick=PICKS, mode=MODES)
    def accept(self, pick: int, mode: Mode) -> None:
        if not self._waiting():
            self.work(pick=pick, who=pick)
            return
        bought, answer = self._take(pick)
        assert tried(lambda: accept_by_hand(answer.pk), mode) >= 1
        self._pay(bought, answer.worker_id, bought.pay_micros)

    @rule(pick=PICKS, share=SHARES, mode=MODES)
    def reject(self, pick: int, share: int, mode: Mode) -> None:
        if not self._waiting():
            self.work(pick=pick, who=pick)
            return
        bought, answer = self._take(pick)
        assert tried(self._rejection(answer, share), mode, (AlreadyDecided,)) == 1
        self._note_rejection(bought, answer, share)

    @rule(pick=PICKS, share=SHARES)
    def accept_and_reject_at_once(self, pick: int, share: int) -> None:
        if not self._waiting():
            self.work(pick=pick, who=pick)
            return
        bought, answer = self._take(pick)
        acts = [lambda: accept_by_hand(answer.pk), self._rejection(answer, share)]
        run_together([lambda act=act: tried(act, Mode.ONCE, (AlreadyDecided,)) and None for act in acts])  # type: ignore[misc] # bound early
        if Assignment.objects.get(pk=answer.assignment_id).accepted_share == 1:
            self._pay(bought, answer.worker_id, bought.pay_micros)
        else:
            self._note_rejection(bought, answer, share)

    @rule(pick=PICKS, mode=MODES)
    def appeal(self, pick: int, mode: Mode) -> None:
        if not self._rejected("open"):
            self.reject(pick=pick, share=0, mode=mode)
            return
        bought, rejection_id = self._pick_rejection("open", pick)
        assert tried(lambda: appeal_rejection(rejection_id, text="It is a dog."), mode, (AppealMade,)) == 1
        self._set_rejection(bought, rejection_id, "appealed")

    @rule(pick=PICKS, mode=MODES)
    def win(self, pick: int, mode: Mode) -> None:
        if not self._rejected("appealed"):
            self.appeal(pick=pick, mode=mode)
            return
        bought, rejection_id = self._pick_rejection("appealed", pick)
        manager = make.owner_of(bought.order.organization).pk
        judge = make.user().pk if manager == bought.order.job.created_by_id else manager
        assert tried(lambda: win_appeal(rejection_id, note="", by_id=judge), mode, (NothingToDecide,)) == 1
        self._pay_withheld(bought, rejection_id)

    @rule(pick=PICKS, mode=MODES)
    def lose(self, pick: int, mode: Mode) -> None:
        if not self._rejected("appealed"):
            self.appeal(pick=pick, mode=mode)
            return
        bought, rejection_id = self._pick_rejection("appealed", pick)
        judge = make.user().pk
        assert tried(lambda: uphold_rejection(rejection_id, note="", by_id=judge), mode, (NothingToDecide,)) == 1
        self._set_rejection(bought, rejection_id, "closed")

    @rule(pick=PICKS, micros=st.integers(1, 3_000_000), mode=MODES)
    def reward(self, pick: int, micros: int, mode: Mode) -> None:
        if not self._some("published", "settled"):
            self.publish(pick=pick)
            return
        bought = self._pick(("published", "settled"), pick)
        place = JobWorker.objects.filter(job=bought.order.job_id).order_by("pseudonym").first()
        if place is None:
            return
        bonus_id, home = uuid4(), (PREPAID, bought.order.organization_id)
        n_done = tried(
            lambda: give_bonus(
                bought.order.job_id,
                bonus_id=bonus_id,
                pseudonym=place.pseudonym,
                micros=micros,
                reason="Good.",
                given_by_id=bought.order.created_by_id,
            ),
            mode,
            (InsufficientFunds,),
        )
        assert bool(n_done) == (self.books[home] >= micros)
        if n_done:
            self._move(home, (WORKER, place.worker_id), micros)
            if bought.state == "settled":
                self._round(home, [micros])
            else:
                bought.bonus_micros += micros

    @rule(pick=PICKS, mode=MODES)
    def end(self, pick: int, mode: Mode) -> None:
        if not self._some("published"):
            self.publish(pick=pick)
            return
        bought = self._pick("published", pick)
        for answer in bought.waiting:
            accept_by_hand(answer.pk)
            self._pay(bought, answer.worker_id, bought.pay_micros)
        bought.waiting.clear()
        for rejection in bought.order.rejections.filter(state__in=["open", "appealed"]):
            let_pass(rejection)
        close_job(bought.order.job_id, reason=CloseReason.MANUAL)
        tried(lambda: settle_order(bought.order.job_id), mode)
        tried(lambda: look_after(bought.order.pk), mode)
        for rejection_id, (_, _, state) in list(bought.rejected.items()):
            if state == "appealed":  # silence is for the worker
                self._pay_withheld(bought, rejection_id)
        self._close(bought)

    # --- money goes out ---------------------------------------------------------------------------------------------
    @rule(who=PICKS, mode=MODES)
    def ask_for_a_payout(self, who: int, mode: Mode) -> None:
        richest = max(self.workers, key=lambda one: self.books[WORKER, one.pk])
        if self.books[WORKER, richest.pk] < 100 * CENT:  # nobody can be paid out yet
            self.reward(pick=who, micros=2_000_001, mode=mode)
            return
        worker = (self.workers[who % 3] if who % 2 else richest).pk
        due = self.books[WORKER, worker] // CENT * CENT
        is_free = not any(one.worker_id == worker for one in self.payouts.values())
        made: list[Payout] = []
        refusals = (BelowMinimum, PayoutUnderway)
        n_done = tried(lambda: made.append(request_payout(worker, currency="USD")), mode, refusals)
        assert n_done == (1 if due >= 100 * CENT and is_free else 0)
        for payout in made:
            self._move((WORKER, worker), (WAITING, worker), due)
            self.payouts[payout.pk] = payout

    @rule(mode=MODES)
    def send(self, mode: Mode) -> None:
        if all(one.file_id for one in self.payouts.values()):
            self.ask_for_a_payout(who=len(self.orders), mode=mode)
            return
        tried(send_payouts, mode)
        for payout in self.payouts.values():
            if payout.file_id is None:
                payout.refresh_from_db()
                self._move((WAITING, payout.worker_id), (TRANSIT, payout.file_id), payout.amount_micros)

    @rule(pick=PICKS, paid=st.booleans(), mode=MODES)
    def hear_from_the_provider(self, pick: int, paid: bool, mode: Mode) -> None:
        if not any(one.file_id for one in self.payouts.values()):
            self.send(mode=mode)
            return
        sent = sorted((one for one in self.payouts.values() if one.file_id), key=lambda one: one.pk)
        payout = sent[pick % len(sent)]
        answer = ProviderAnswer(payout.pk, paid, payout.amount_micros, "USD", "po", "", 2)
        assert tried(lambda: settle_payouts([answer]), mode) >= 1
        target = (OUTSIDE, None) if paid else (WORKER, payout.worker_id)
        self._move((TRANSIT, payout.file_id), target, payout.amount_micros)
        del self.payouts[payout.pk]

    # --- what always holds ------------------------------------------------------------------------------------------
    @invariant()
    def books_and_model_agree(self) -> None:
        type(self).n_steps += 1
        if not hasattr(self, "books"):
            return
        kept = {
            (kind, owner): micros
            for kind, owner, micros in Account.objects.filter(currency="USD").values_list(
                "kind", "owner_id", "balance_micros"
            )
            if (kind, owner) in self.books
        }
        known = {key: micros for key, micros in self.books.items() if key in kept or micros}
        differing = {key: (kept.get(key), known.get(key)) for key in kept | known if kept.get(key) != known.get(key)}
        assert not differing, (differing, self._latest())
        assert all(micros >= 0 for (kind, _), micros in self.books.items() if kind not in {OUTSIDE, ROUNDING})

    @invariant()
    def new_transfers_balance(self) -> None:
        if not hasattr(self, "books"):
            return
        fresh = Entry.objects.filter(pk__gt=self.last_entry)
        touched = fresh.values_list("transfer").annotate(total=Sum("amount_micros"))
        assert all(total == 0 for _, total in touched)
        self.last_entry = fresh.order_by("-pk").values_list("pk", flat=True).first() or self.last_entry

    def teardown(self) -> None:
        """Check every invariant of the database at the end of a history."""
        try:
            assert invariants.broken() == {}
            assert not Transfer.objects.exclude(entries__isnull=False).filter(kind="pay").exists()
        finally:
            connection.close()

    # --- the model --------------------------------------------------------------------------------------------------
    def _move(self, source: tuple[str, UUID | None], target: tuple[str, UUID | None], micros: int) -> None:
        self.books[source] -= micros
        self.books[target] += micros

    def _pay(self, bought: Bought, worker_id: UUID, micros: int) -> None:
        self._move((ESCROW, bought.order.pk), (WORKER, worker_id), micros)
        bought.paid_micros += micros

    def _pay_withheld(self, bought: Bought, rejection_id: UUID) -> None:
        worker_id, withheld, _ = bought.rejected[rejection_id]
        self._pay(bought, worker_id, withheld)
        self._set_rejection(bought, rejection_id, "closed")

    def _close(self, bought: Bought) -> None:
        quote = bought.order.quote
        assert quote is not None
        escrow, home = (ESCROW, bought.order.pk), (PREPAID, bought.order.organization_id)
        fee = half_up(bought.paid_micros * quote.fee_ppm // 1_000_000) + quote.set_up_micros
        fee = min(fee, self.books[escrow])
        self._move(escrow, (FEE, None), fee)
        self._round(escrow, [bought.paid_micros, bought.bonus_micros, fee])
        self._move(escrow, home, self.books[escrow])
        bought.state = "settled"

    def _round(self, payer: tuple[str, UUID | None], exact: list[int]) -> None:
        total = sum(half_up(micros) for micros in exact)
        most = (sum(exact) + self.books[payer]) // CENT * CENT
        self._move(payer, (ROUNDING, None), min(total, most) - sum(exact) if any(exact) else 0)

    def _note_rejection(self, bought: Bought, answer: Answer, share: int) -> None:
        earned = -(-bought.pay_micros * share // WHOLE_PPM)
        self._pay(bought, answer.worker_id, earned)
        rejection = bought.order.rejections.get(assignment=answer.assignment_id)
        bought.rejected[rejection.pk] = (answer.worker_id, bought.pay_micros - earned, "open")

    def _set_rejection(self, bought: Bought, rejection_id: UUID, state: str) -> None:
        bought.rejected[rejection_id] = (*bought.rejected[rejection_id][:2], state)

    # --- picking ----------------------------------------------------------------------------------------------------
    def _some(self, *states: str) -> bool:
        return any(bought.state in states for bought in self.orders)

    def _pick(self, states: str | tuple[str, ...], pick: int) -> Bought:
        found = [bought for bought in self.orders if bought.state in ((states,) if isinstance(states, str) else states)]
        return found[pick % len(found)]

    def _waiting(self) -> list[tuple[Bought, Answer]]:
        return [(bought, answer) for bought in self.orders for answer in bought.waiting]

    def _take(self, pick: int) -> tuple[Bought, Answer]:
        waiting = self._waiting()
        bought, answer = waiting[pick % len(waiting)]
        bought.waiting.remove(answer)
        return bought, answer

    def _rejected(self, state: str) -> list[tuple[Bought, UUID]]:
        return [
            (bought, rejection_id)
            for bought in self.orders
            if bought.state == "published"
            for rejection_id, (_, _, known) in bought.rejected.items()
            if known == state
        ]

    def _pick_rejection(self, state: str, pick: int) -> tuple[Bought, UUID]:
        found = self._rejected(state)
        return found[pick % len(found)]

    def _deposit(self, home: UUID, micros: int, reference: str) -> Act:
        return lambda: deposit(home, micros=micros, currency="USD", reference=reference)

    def _rejection(self, answer: Answer, share: int) -> Act:
        label = ConsensusLabel.objects.filter(task=answer.task_id).first() or consensus_on(answer.task)
        by = answer.job.created_by_id
        return lambda: reject_answer(answer.pk, against(label.pk, share_ppm=share), by_id=by)

    def _latest(self) -> list[tuple[str, int]]:
        """Return what was moved last, for whoever looks into a difference."""
        latest = Entry.objects.filter(amount_micros__gt=0).order_by("-pk")[:6]
        return list(latest.values_list("transfer__kind", "amount_micros"))

    def _balance(self, kind: AccountKind, owner_id: UUID | None) -> int:
        found = Account.objects.filter(kind=kind, owner_id=owner_id, currency="USD")
        return found.values_list("balance_micros", flat=True).first() or 0
