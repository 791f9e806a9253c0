"""Moving money. Entries are written in the order of their accounts' ids: the one lock order of the ledger."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Q

from marketplace.ledger.errors import AlreadyReversed, CurrenciesMixed, InsufficientFunds, ReferenceReused
from marketplace.ledger.models import MAY_OWE, Account, AccountKind, Entry, Transfer, TransferKind
from marketplace.operations.adapters import database_now
from marketplace.operations.core.money import format_money

Owner = tuple[AccountKind, UUID | None]


def account_for(kind: AccountKind, owner_id: UUID | None, currency: str) -> Account:
    """Return the account, opened if there was none."""
    [account] = accounts_for((kind, owner_id), currency=currency)
    return account


def accounts_for(*owners: Owner, currency: str) -> list[Account]:
    """Return the accounts in the order asked for, opened where there was none."""
    found = _find_accounts(owners, currency)
    missing = [owner for owner in owners if owner not in found]
    if missing:
        Account.objects.bulk_create(
            [Account(kind=kind, owner_id=owner_id, currency=currency) for kind, owner_id in missing],
            ignore_conflicts=True,
        )
        found = _find_accounts(owners, currency)
    return [found[owner] for owner in owners]


def _find_accounts(owners: Sequence[Owner], currency: str) -> dict[Owner, Account]:
    by_kind: defaultdict[AccountKind, list[UUID]] = defaultdict(list)
    chosen = Q(pk__in=[])
    for kind, owner_id in owners:
        if owner_id is None:
            chosen |= Q(kind=kind, owner_id=None)
        else:
            by_kind[kind].append(owner_id)
    for kind, owner_ids in by_kind.items():  # one condition for each kind, however many own one
        chosen |= Q(kind=kind, owner_id__in=owner_ids)
    found = Account.objects.filter(chosen, currency=currency)
    return {(AccountKind(account.kind), account.owner_id): account for account in found}


@transaction.atomic(savepoint=False)
def post_transfer(
    kind: TransferKind,
    *,
    reference: str,
    amounts: Mapping[Account, int],
    order_id: UUID | None = None,
    assignment_id: UUID | None = None,
    reverses: Transfer | None = None,
    reason: str = "",
) -> Transfer:
    """Move micro-units between accounts: positive into an account, negative out of it; zero amounts are left out.

    The same reference a second time moves nothing and returns the first transfer.

    Raises
    ------
    ReferenceReused
        The reference belongs to a transfer with other entries.
    InsufficientFunds
        An account would be overdrawn; nothing moved.
    CurrenciesMixed
        The accounts hold different currencies; nothing moved.
    """
    _require_one_currency(amounts)
    moved = {account.pk: micros for account, micros in amounts.items() if micros}
    # Locked before the balances are looked at, in the order of ids: the CHECK on the account is the second wall.
    held = {
        account.pk: account
        for account in Account.objects.select_for_update(no_key=True).filter(pk__in=moved).order_by("pk")
    }
    transfer = Transfer(
        kind=kind,
        reference=reference,
        order_id=order_id,
        assignment_id=assignment_id,
        reverses=reverses,
        reason=reason,
    )
    if not _insert(transfer):
        return _same_or_refuse(reference, kind, moved)
    for account in held.values():
        _require_covered(account, moved[account.pk])
    Entry.objects.bulk_create(
        Entry(transfer=transfer, account=account, currency=account.currency, amount_micros=moved[account.pk])
        for account in held.values()
    )
    return transfer


@transaction.atomic(savepoint=False)
def reverse_transfer(transfer_id: UUID, *, reason: str) -> Transfer:
    """Move the money of a transfer back where it came from; a second call returns the first reversal.

    Of an order's, its escrow may be where that is: `take_back` of orders sees to it that nothing stays there.

    Raises
    ------
    AlreadyReversed
        The transfer is a reversal itself.
    InsufficientFunds
        Who got the money no longer has it; nothing moved.
    """
    wrong = Transfer.objects.get(pk=transfer_id)
    if wrong.kind == TransferKind.REVERSAL:
        raise AlreadyReversed("A reversal is not reversed; post what is right instead.", reference=wrong.reference)
    return post_transfer(
        TransferKind.REVERSAL,
        reference=f"reversal:{wrong.pk}",
        amounts={entry.account: -entry.amount_micros for entry in wrong.entries.select_related("account")},
        order_id=wrong.order_id,
        assignment_id=wrong.assignment_id,
        reverses=wrong,
        reason=reason,
    )


def _require_one_currency(amounts: Mapping[Account, int]) -> None:
    currencies = sorted({account.currency for account in amounts})
    if len(currencies) > 1:
        raise CurrenciesMixed("A transfer stays in one currency.", currencies=currencies)


def _insert(transfer: Transfer) -> bool:
    """Insert the transfer and return whether its reference was free."""
    transfer.created_at = database_now()
    with connection.cursor() as cursor:
        cursor.execute(
            """INSERT INTO ledger_transfer (id, kind, reference, order_id, assignment_id, reverses_id, reason,
                    created_at)
               VALUES (%s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT (reference) DO NOTHING""",
            [
                transfer.pk,
                transfer.kind,
                transfer.reference,
                transfer.order_id,
                transfer.assignment_id,
                transfer.reverses_id,
                transfer.reason,
                transfer.created_at,
            ],
        )
        return bool(cursor.rowcount)


def _require_covered(account: Account, micros: int) -> None:
    missing = -(account.balance_micros + micros)
    if missing > 0 and account.kind not in MAY_OWE:
        raise InsufficientFunds(
            f"The {account.kind} account lacks {format_money(missing)} {account.currency}.",
            account=account.kind,
            missing=format_money(missing),
            currency=account.currency,
        )


def _same_or_refuse(reference: str, kind: TransferKind, moved: Mapping[int, int]) -> Transfer:
    stored = Transfer.objects.get(reference=reference)
    before = dict(stored.entries.values_list("account_id", "amount_micros"))
    if stored.kind != kind or before != dict(moved):
        raise ReferenceReused("This reference moved other money before.", reference=reference)
    return stored
