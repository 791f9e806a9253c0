"""Where people's earnings go."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from marketplace.accounts.models import PayoutDestination


@transaction.atomic(savepoint=False)
def set_payout_destination(user_id: UUID, *, reference: str, now: datetime) -> PayoutDestination:
    """Name where a person's earnings go; the same again changes nothing, and so does not start the wait anew."""
    destination, _ = PayoutDestination.objects.select_for_update(no_key=True).get_or_create(
        user_id=user_id, defaults={"reference": reference, "changed_at": now}
    )
    if destination.reference != reference:
        destination.reference, destination.changed_at = reference, now
        destination.save(update_fields=["reference", "changed_at"])
    return destination


def forget_payout_destination(user_id: UUID) -> None:
    """Forget it; what was asked for and not sent then goes back into the balance."""
    PayoutDestination.objects.filter(pk=user_id).delete()
