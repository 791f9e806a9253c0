"""Payouts: rounded down, one at a time, sent in a file, answered line by line; the money is always somewhere."""

import csv
import io
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from django.utils import timezone

from marketplace.accounts.services import forget_payout_destination, set_payout_destination
from marketplace.ledger.core.payout_files import Answer, AnswerUnreadable, read_answers
from marketplace.ledger.errors import (
    AmountNotPayable,
    BelowMinimum,
    DestinationTooNew,
    InsufficientFunds,
    NoPayoutDestination,
    PayoutUnderway,
    ProviderAnswerRefused,
)
from marketplace.ledger.models import AccountKind, Payout, PayoutFile, Transfer
from marketplace.ledger.services import (
    Settled,
    paying_out,
    request_all_payouts,
    request_payout,
    send_payouts,
    settle_payouts,
)
from tests import invariants, make
from tests.ledger.purses import give, held, payee, payout

pytestmark = pytest.mark.django_db
WORKER, WAITING, TRANSIT, OUTSIDE = AccountKind.WORKER, AccountKind.PAYOUT, AccountKind.TRANSIT, AccountKind.PROVIDER


def _answer(about: Payout, *, paid: bool = True, micros: int | None = None) -> Answer:
    amount = about.amount_micros if micros is None else micros
    return Answer(about.pk, paid, amount, about.currency, "po_1", "" if paid else "Account closed", 2)


def _rows(file: PayoutFile) -> list[dict[str, str]]:
    with default_storage.open(file.storage_name) as stored:
        return list(csv.DictReader(io.StringIO(stored.read().decode(), newline="")))


def test_payouts_that_wait_do_not_keep_others_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paying_out, "MAX_A_FILE", 2)
    waiting, gone, ready = [payout() for _ in range(3)], [payout() for _ in range(2)], [payout() for _ in range(3)]
    for each in waiting:
        set_payout_destination(each.worker_id, reference="acct_new", now=timezone.now())
    for each in gone:
        forget_payout_destination(each.worker_id)
    sent = send_payouts()
    assert sorted(file.n_payouts for file in sent) == [1, 2]
    states = dict(Payout.objects.values_list("pk", "state"))
    assert [states[each.pk] for each in (*waiting, *gone, *ready)] == ["requested"] * 3 + ["failed"] * 2 + ["sent"] * 3
    assert send_payouts() == []


@pytest.mark.parametrize(
    ("currency", "earned", "paid", "kept"),
    [
        ("USD", 5_019_999, 5_010_000, 9_999),
        ("JPY", 512_999_999, 512_000_000, 999_999),
        ("KWD", 5_001_999, 5_001_000, 999),
    ],
)
def test_a_payout_is_rounded_down_and_the_remainder_stays(currency: str, earned: int, paid: int, kept: int) -> None:
    worker = payee(micros=earned, currency=currency)
    asked = request_payout(worker.pk, currency=currency)
    assert (asked.state, asked.amount_micros) == ("requested", paid)
    assert held(WORKER, worker.pk, currency=currency) == kept
    assert held(WAITING, worker.pk, currency=currency) == paid


def test_a_part_of_the_balance_may_be_asked_for_in_whole_minor_units() -> None:
    worker = payee(micros=5_000_000)
    with pytest.raises(AmountNotPayable, match="in steps of") as refused, transaction.atomic():
        request_payout(worker.pk, currency="USD", amount_micros=1_000_001)
    assert refused.value.field == "amount"
    with pytest.raises(InsufficientFunds), transaction.atomic():
        request_payout(worker.pk, currency="USD", amount_micros=5_010_000)
    request_payout(worker.pk, currency="USD", amount_micros=2_000_000)
    assert held(WORKER, worker.pk) == 3_000_000


def test_too_little_is_not_paid_out_and_the_least_is_named() -> None:
    worker = payee(micros=999_999)
    with pytest.raises(BelowMinimum) as refused, transaction.atomic():
        request_payout(worker.pk, currency="USD")
    assert refused.value.data == {"minimum": "1.00", "currency": "USD"}
    assert not Payout.objects.exists()


def test_one_payout_is_under_way_at_a_time() -> None:
    first = payout()
    give(WORKER, first.worker_id, micros=9_000_000)
    with pytest.raises(PayoutUnderway) as refused, transaction.atomic():
        request_payout(first.worker_id, currency="USD")
    assert refused.value.data == {"payout": str(first.pk)}
    assert held(WORKER, first.worker_id) == 9_000_000


def test_nobody_is_paid_who_did_not_say_where() -> None:
    worker = make.worker()
    give(WORKER, worker.pk, micros=5_000_000)
    with pytest.raises(NoPayoutDestination), transaction.atomic():
        request_payout(worker.pk, currency="USD")


def test_a_destination_that_was_just_changed_gets_nothing_for_a_day() -> None:
    worker = payee(micros=5_000_000)
    changed = timezone.now()
    set_payout_destination(worker.pk, reference="acct_thief", now=changed)
    with pytest.raises(DestinationTooNew) as refused, transaction.atomic():
        request_payout(worker.pk, currency="USD")
    assert refused.value.data["usable_from"] == changed + timedelta(days=1)


def test_naming_the_same_destination_again_does_not_start_the_wait_anew() -> None:
    worker = payee(micros=5_000_000, reference="acct_1")
    set_payout_destination(worker.pk, reference="acct_1", now=timezone.now())
    assert request_payout(worker.pk, currency="USD").state == "requested"


def test_a_file_names_id_destination_and_amount_and_its_money_is_in_transit() -> None:
    first, second = payout(micros=5_019_999), payout(micros=7_000_000)
    [file] = send_payouts()
    assert [(row["payout_id"], row["destination"], row["amount"], row["currency"]) for row in _rows(file)] == [
        (str(first.pk), "acct_1", "5.01", "USD"),
        (str(second.pk), "acct_1", "7.00", "USD"),
    ]
    first.refresh_from_db()
    assert (first.state, first.file) == ("sent", file)
    assert held(TRANSIT, file.pk) == file.total_micros == 12_010_000
    assert held(WAITING, first.worker_id) == 0
    assert send_payouts() == []


def test_each_currency_has_a_file_of_its_own() -> None:
    payout(), payout(currency="EUR"), payout(currency="JPY", micros=900_000_000)
    files = send_payouts()
    assert sorted((file.currency, _rows(file)[0]["amount"]) for file in files) == [
        ("EUR", "5.00"),
        ("JPY", "900"),
        ("USD", "5.00"),
    ]


def test_what_the_provider_paid_has_left_the_books_and_what_failed_is_back() -> None:
    good, bad = payout(), payout()
    [file] = send_payouts()
    before = held(OUTSIDE, None)
    answers = [_answer(good), _answer(bad, paid=False)]
    assert settle_payouts(answers) == Settled(n_paid=1, n_failed=1, n_before=0)
    good.refresh_from_db()
    bad.refresh_from_db()
    assert (good.state, good.provider_reference) == ("paid", "po_1")
    assert (bad.state, bad.failure) == ("failed", "Account closed")
    assert held(TRANSIT, file.pk) == 0
    assert held(OUTSIDE, None) == before + good.amount_micros
    assert held(WORKER, bad.worker_id) == bad.amount_micros
    assert invariants.broken() == {}
    assert settle_payouts(answers) == Settled(n_paid=0, n_failed=0, n_before=2)
    assert held(WORKER, bad.worker_id) == bad.amount_micros
    assert request_payout(bad.worker_id, currency="USD").state == "requested"  # and may be tried again


def test_every_state_is_a_transfer_of_its_own() -> None:
    good = payout()
    send_payouts()
    settle_payouts([_answer(good)])
    references = [f"{kind}:{good.pk}" for kind in ("payout", "payout_sent", "payout_paid")]
    assert list(
        Transfer.objects.filter(reference__in=references).order_by("created_at").values_list("kind", flat=True)
    ) == [
        "payout",
        "payout_sent",
        "payout_paid",
    ]


def test_an_answer_that_is_not_about_what_was_sent_is_refused_with_all_others() -> None:
    good, asked = payout(), payout()
    send_payouts()
    unsent = payout()
    for wrong in (_answer(asked, micros=1), _answer(unsent), Answer(good.worker_id, True, 1, "USD", "", "", 3)):
        with pytest.raises(ProviderAnswerRefused, match="Line"), transaction.atomic():
            settle_payouts([_answer(good), wrong])
    good.refresh_from_db()
    assert good.state == "sent"


def test_the_provider_cannot_take_its_word_back() -> None:
    good = payout()
    send_payouts()
    settle_payouts([_answer(good)])
    with pytest.raises(ProviderAnswerRefused, match="paid already"), transaction.atomic():
        settle_payouts([_answer(good, paid=False)])
    assert held(WORKER, good.worker_id) == 0


def test_a_payout_whose_destination_was_withdrawn_goes_back_instead_of_into_a_file() -> None:
    asked = payout()
    forget_payout_destination(asked.worker_id)
    assert send_payouts() == []
    asked.refresh_from_db()
    assert (asked.state, asked.failure, asked.file) == ("failed", "The destination was withdrawn.", None)
    assert held(WORKER, asked.worker_id) == asked.amount_micros


def test_a_payout_whose_destination_changed_after_it_was_asked_for_waits() -> None:
    asked = payout()
    set_payout_destination(asked.worker_id, reference="acct_thief", now=timezone.now())
    assert send_payouts() == []
    asked.refresh_from_db()
    assert asked.state == "requested"


def test_payouts_that_wait_for_their_destinations_keep_nobody_else_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paying_out, "MAX_A_FILE", 1)
    early, late = payout(), payout()
    set_payout_destination(early.worker_id, reference="acct_2", now=timezone.now())
    [file] = send_payouts()
    assert [row["payout_id"] for row in _rows(file)] == [str(late.pk)]


def _die_before_the_hand_over(monkeypatch: pytest.MonkeyPatch) -> None:
    """Put what was asked for into a batch, and die before it is handed over."""

    def die(*_: object) -> None:
        raise OSError("disk full")

    with monkeypatch.context() as broken:
        broken.setattr(paying_out, "_hand_over", die)
        with pytest.raises(OSError, match="disk full"):
            send_payouts()


def test_a_destination_that_changed_while_a_batch_waited_to_be_handed_over_gets_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    good, robbed, gone = payout(), payout(), payout()
    _die_before_the_hand_over(monkeypatch)
    set_payout_destination(robbed.worker_id, reference="acct_thief", now=timezone.now())
    forget_payout_destination(gone.worker_id)
    [file] = send_payouts()
    assert [row["payout_id"] for row in _rows(file)] == [str(good.pk)]
    assert (file.n_payouts, file.total_micros) == (1, good.amount_micros) == (1, held(TRANSIT, file.pk))
    for returned in (robbed, gone):
        returned.refresh_from_db()
        assert returned.state == "failed"
        assert held(WORKER, returned.worker_id) == returned.amount_micros
    assert "changed" in robbed.failure
    assert invariants.broken() == {}


def test_a_batch_whose_process_died_before_the_hand_over_is_handed_over_by_the_next(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked = payout()
    _die_before_the_hand_over(monkeypatch)
    asked.refresh_from_db()
    assert (asked.state, asked.file and asked.file.written_at) == ("sent", None)
    [file] = send_payouts()
    assert [row["payout_id"] for row in _rows(file)] == [str(asked.pk)]


def test_pay_day_asks_for_everybody_who_can_be_paid() -> None:
    rich, poor = payee(micros=5_000_000), payee(micros=10_000)
    homeless = make.worker()
    give(WORKER, homeless.pk, micros=5_000_000)
    assert request_all_payouts().n_requested == 1
    assert list(Payout.objects.values_list("worker_id", flat=True)) == [rich.pk]
    assert held(WORKER, poor.pk) == 10_000


def test_the_commands_send_and_book(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    worker = payee(micros=5_000_000)
    call_command("pay_out", "--everybody")
    asked = Payout.objects.get(worker_id=worker.pk)
    answer = tmp_path / "answer.csv"
    header = "payout_id,status,amount,currency,provider_reference,reason\n"
    answer.write_text(f"{header}{asked.pk},paid,5.00,USD,po_7,\n")
    call_command("settle_payouts", str(answer))
    asked.refresh_from_db()
    assert asked.state == "paid"
    told = capsys.readouterr().out
    assert "1 payout, 5.00 USD" in told
    assert "1 paid, 0 failed" in told
    answer.write_text(f"{header}{asked.pk},paid,5.01,USD,po_7,\n")
    with pytest.raises(CommandError, match=r"Line 2: 5.00 USD was sent.*Nothing was booked"):
        call_command("settle_payouts", str(answer))


ID = "01933b1e-0000-7000-8000-000000000000"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "The first line must be"),
        ("payout_id,status\n", "The first line must be"),
        (f"{{}}{ID},paid,1.00,USD,po\n", "it has 5 cells instead of 6"),
        ("{}x,paid,1.00,USD,po,\n", "payout_id: this is none of our ids"),
        (f"{{}}{ID},lost,1.00,USD,po,\n", "status: use one of paid, failed"),
        (f"{{}}{ID},paid,-1.00,USD,po,\n", "amount: this is no plain decimal amount"),
        (f"{{}}{ID},paid,1.00,XXX,po,\n", "currency: this is no currency"),
        (f"{{}}{ID},paid,1.00,USD,{'x' * 101},\n", "provider_reference: use at most 100"),
        (f"{{}}{ID},paid,1.00,USD,po,{'x' * 1001}\n", "too long"),
        (f'{{}}{ID},paid,1.00,USD,po,"x\n', "is no CSV"),
    ],
)
def test_a_file_that_is_no_answer_is_refused_by_line(text: str, told: str) -> None:
    header = "payout_id,status,amount,currency,provider_reference,reason\n"
    with pytest.raises(AnswerUnreadable, match=told):
        list(read_answers(io.StringIO(text.format(header))))


@pytest.mark.parametrize("reference", ["=1+1", "@x", "-x", "+x", "a b", "", "a,b", "x" * 101, 'a"b'])
def test_a_destination_is_a_plain_word_by_the_database_itself(reference: str) -> None:
    with pytest.raises(IntegrityError, match="payout_destination_is_a_word"), transaction.atomic():
        payee(reference=reference[:100] if len(reference) <= 100 else "\N{LATIN SMALL LETTER E WITH ACUTE}")


def test_an_operator_is_told_who_is_left_out_of_a_pay_day_and_why(capsys: pytest.CaptureFixture[str]) -> None:
    payee(micros=5_000_000)
    payee(micros=900_000)
    payout()
    give(WORKER, make.worker().pk, micros=5_000_000)
    moved = payout()
    for worker_id in (moved.worker_id, payee(micros=7_000_000).pk):
        set_payout_destination(worker_id, reference="acct_2", now=timezone.now())
    call_command("pay_out", "--everybody")
    asked, *left_out, sent, waiting = capsys.readouterr().out.splitlines()
    assert asked == "Asked for 1 payout."
    assert left_out == [
        "Left out 1 balance: below the least payout.",
        "Left out 1 balance: whither was changed lately.",
        "Left out 1 balance: it is not known whither.",
    ]
    assert sent.endswith(": 2 payouts, 10.00 USD")
    assert waiting == "1 payout waiting: whither was changed lately."


def test_an_answer_that_is_no_file_or_no_text_is_refused_in_a_line(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"missing.csv: No such file or directory.$"):
        call_command("settle_payouts", str(tmp_path / "missing.csv"))
    (tmp_path / "bytes.csv").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(CommandError, match=r"bytes.csv is no text in UTF-8.$"):
        call_command("settle_payouts", str(tmp_path / "bytes.csv"))
