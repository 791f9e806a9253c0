"""How assets look, and what is wrong with some of them."""

from typing import Self

from django.db import models
from django.db.models import Q

from labeling.core.cleaning import FlawKind as _Kind
from labeling.models.datasets import Asset, Dataset
from marketplace.accounts.models import User


class AssetFeatures(models.Model):
    """An image in numbers, computed once when it came; the measures are explained in `labeling.core.imaging`."""

    asset = models.OneToOneField(Asset, on_delete=models.PROTECT, primary_key=True, related_name="features")
    dataset = models.ForeignKey(Dataset, on_delete=models.PROTECT, related_name="+")
    thumbnail_key = models.CharField(max_length=200)
    dhash = models.BigIntegerField()
    dhash_mirrored = models.BigIntegerField()
    phash = models.BigIntegerField()
    phash_mirrored = models.BigIntegerField()
    edge_density = models.FloatField()
    entropy = models.FloatField()
    jpeg_bits_per_pixel = models.FloatField()
    jpeg_rms_error = models.FloatField()
    laplacian_variance = models.FloatField()
    contrast = models.FloatField()
    mean_luma = models.FloatField()
    dark_share = models.FloatField()
    bright_share = models.FloatField()
    n_regions = models.PositiveIntegerField()
    colourfulness = models.FloatField()
    megapixels = models.FloatField(help_text="of the original")
    is_compared = models.BooleanField(default=False, help_text="near duplicates were looked for")

    class Meta:
        verbose_name_plural = "asset features"
        indexes = [models.Index(fields=["dataset"], name="features_to_compare", condition=Q(is_compared=False))]

    def __str__(self) -> str:
        return f"features of {self.asset_id}"


class FlawKind(models.TextChoices):
    """What may be wrong with an asset."""

    EXACT_DUPLICATE = _Kind.EXACT_DUPLICATE.value
    NEAR_DUPLICATE = _Kind.NEAR_DUPLICATE.value
    MIRRORED_DUPLICATE = _Kind.MIRRORED_DUPLICATE.value
    BLURRED = _Kind.BLURRED.value
    DARK = _Kind.DARK.value
    OVEREXPOSED = _Kind.OVEREXPOSED.value
    TINY = _Kind.TINY.value
    ODD_SIZE = _Kind.ODD_SIZE.value


class FlawDecision(models.TextChoices):
    """What is done about a flaw."""

    OPEN = "open", "not decided: the asset is labeled"
    KEPT = "kept", "the asset is labeled, for itself"
    EXCLUDED = "excluded", "the asset is left out"
    MERGED = "merged", "the asset gets the labels of the other"


class AssetFlawQuerySet(models.QuerySet["AssetFlaw"]):
    def visible_to(self, user: User) -> Self:
        """Return the flaws of visible datasets."""
        return self.filter(dataset__in=Dataset.objects.visible_to(user))


class AssetFlaw(models.Model):
    """Something that was noticed about an asset, how much of it, and what the requester chose to do."""

    id = models.BigAutoField(primary_key=True)
    dataset = models.ForeignKey(Dataset, on_delete=models.PROTECT, related_name="flaws", db_index=False)
    asset = models.ForeignKey(Asset, on_delete=models.PROTECT, related_name="flaws", db_index=False)
    kind = models.CharField(max_length=24, choices=FlawKind)
    score = models.FloatField(help_text="the measure that passed the threshold; of duplicates, bits that differ")
    other = models.ForeignKey(Asset, on_delete=models.PROTECT, related_name="+", null=True)
    decision = models.CharField(max_length=16, choices=FlawDecision, default=FlawDecision.OPEN)
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True)
    decided_at = models.DateTimeField(null=True)

    objects = AssetFlawQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["asset", "kind"], name="asset_flaw_once"),
            models.CheckConstraint(condition=Q(kind__in=FlawKind.values), name="asset_flaw_kind_known"),
            models.CheckConstraint(condition=Q(decision__in=FlawDecision.values), name="asset_flaw_decision_known"),
        ]
        indexes = [models.Index(fields=["dataset", "kind", "id"], name="asset_flaw_by_kind")]

    def __str__(self) -> str:
        return f"{self.kind} {self.asset_id}"
