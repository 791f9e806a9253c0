"""Payout files, and the provider's answers to them: CSV in UTF-8 with a header."""

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from marketplace.operations.core.currencies import CURRENCIES, format_amount
from marketplace.operations.core.domain_error import DomainError
from marketplace.operations.core.money import parse_money
from marketplace.operations.core.spreadsheets import csv_line

PAYMENT_COLUMNS = ("payout_id", "destination", "amount", "currency")
ANSWER_COLUMNS = ("payout_id", "status", "amount", "currency", "provider_reference", "reason")
STATUSES = ("paid", "failed")
MAX_LINE_CHARS = 1_000
MAX_ANSWERS = 200_000
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)
_REFERENCE = re.compile(r"[!-~]{0,100}")


class AnswerUnreadable(DomainError):
    """A file is no answer of a provider; `line` says where."""

    code = "answer_unreadable"


@dataclass(frozen=True)
class Payment:
    """One payment: how much goes to whom, under an id that the provider answers with."""

    payout_id: UUID
    destination: str
    amount_micros: int
    currency: str


@dataclass(frozen=True)
class Answer:
    """What became of a payment, and on which line of the file that stood."""

    payout_id: UUID
    paid: bool
    amount_micros: int
    currency: str
    provider_reference: str
    reason: str
    line: int


def payments_csv(payments: Sequence[Payment]) -> bytes:
    """Return the file of some payments.

    Every cell is an id, a plain word, an amount or a currency: nothing that a spreadsheet takes for a formula.
    """
    lines = [csv_line(PAYMENT_COLUMNS)]
    for payment in payments:
        amount = format_amount(payment.amount_micros, payment.currency)
        lines.append(csv_line((str(payment.payout_id), payment.destination, amount, payment.currency)))
    return b"".join(lines)


def read_answers(lines: Iterable[str]) -> Iterator[Answer]:
    """Yield the answers of a provider's file, each checked by itself.

    Raises
    ------
    AnswerUnreadable
        Saying which line, and what is wrong with it.
    """
    rows = csv.reader(_short(lines), strict=True)
    try:
        header = next(rows, None)
        if header is None or tuple(header) != ANSWER_COLUMNS:
            raise AnswerUnreadable(f"The first line must be {','.join(ANSWER_COLUMNS)}.", line=1)
        for row in rows:
            if rows.line_num > MAX_ANSWERS + 1:
                raise AnswerUnreadable(f"A file has at most {MAX_ANSWERS:,} answers.", line=rows.line_num)
            if row:
                yield _answer(row, rows.line_num)
    except csv.Error as error:
        raise AnswerUnreadable(f"Line {rows.line_num} is no CSV: {error}.", line=rows.line_num) from None


def _short(lines: Iterable[str]) -> Iterator[str]:
    for number, line in enumerate(lines, start=1):
        if len(line) > MAX_LINE_CHARS or "\x00" in line:
            raise AnswerUnreadable(f"Line {number} is too long, or holds a NUL.", line=number)
        yield line


def _answer(row: Sequence[str], line: int) -> Answer:
    def refuse(field: str, detail: str) -> AnswerUnreadable:
        return AnswerUnreadable(f"Line {line}, {field}: {detail}", field=field, line=line)

    if len(row) != len(ANSWER_COLUMNS):
        raise refuse("line", f"it has {len(row)} cells instead of {len(ANSWER_COLUMNS)}.")
    payout_id, status, amount, currency, reference, reason = row
    if not _UUID.fullmatch(payout_id):
        raise refuse("payout_id", "this is none of our ids.")
    if status not in STATUSES:
        raise refuse("status", f"use one of {', '.join(STATUSES)}.")
    micros = parse_money(amount)
    if micros is None:
        raise refuse("amount", "this is no plain decimal amount.")
    if currency not in CURRENCIES:
        raise refuse("currency", "this is no currency that is paid out.")
    if not _REFERENCE.fullmatch(reference):
        raise refuse("provider_reference", "use at most 100 printable ASCII characters.")
    told = "".join(character for character in reason if character.isprintable())[:200]
    return Answer(UUID(payout_id), status == "paid", micros, currency, reference, told, line)
