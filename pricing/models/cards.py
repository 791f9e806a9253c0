"""Rate cards that were added to a service: immutable versions of documents."""

from typing import Any

from django.db import models
from django.db.models import Q

from marketplace.accounts.core.ids import new_id
from marketplace.accounts.models import User


class StoredCard(models.Model):
    """One version of a rate card; immutable (a trigger refuses changes): a correction is another version."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    card = models.CharField(max_length=64)
    version = models.CharField(max_length=64)
    document = models.JSONField[dict[str, Any], dict[str, Any]](help_text="docs/rate-cards.md says what it holds")
    sha256 = models.CharField(max_length=64, help_text="of the document's canonical JSON")
    added_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["card", "version"], name="stored_card_version_once"),
            models.CheckConstraint(condition=~Q(card="") & ~Q(version=""), name="stored_card_named"),
        ]

    def __str__(self) -> str:
        return f"{self.card} {self.version}"
