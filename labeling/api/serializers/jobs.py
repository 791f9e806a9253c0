"""Shapes of jobs, offers and answers, as requesters see them."""

from typing import Any

from django.utils import timezone
from rest_framework import serializers

from labeling.api.serializers.fields import NumberField
from labeling.models import AnnotationTypeName, Answer, LabelingJob, OrderBy, Purpose, ReviewedBy, Workforce
from labeling.models.jobs import one_asset_per_task
from marketplace.operations.api.fields import FlagField, IdField, NameField, TimestampField, WholeNumberField
from marketplace.operations.api.serializers import MoneyField, ProblemFieldSerializer, StrictSerializer
from marketplace.operations.core.currencies import CURRENCIES, USUAL_CURRENCY

MAX_OFFERS = 5_000
MAX_OVERLAP = 100
LEAST_GAIN_HELP = (
    "gain of accuracy that a further answer is expected to bring, at least; a task that more answers would hardly help "
    "is done as disputed before max_overlap. 0 buys on regardless, 0.001 saves up to a quarter of the answers"
)
UNITS_HELP = (
    "objects, such as boxes, expected in one asset: effort and pay grow with it; unused where a class or every pixel "
    "is asked for"
)
ORDER_BY_HELP = (
    "in which order tasks are first handed out: `dataset`, as the assets came, or `uncertainty`, where the pre-labels "
    "named by `order_source` have the lowest scores; what they say nothing of comes last"
)
CURRENCY_HELP = (
    "in which the work is priced, paid for and paid, by its ISO 4217 code; nothing is exchanged. An order needs a rate "
    "card and least wages in it"
)
MAX_LEARNERS = 10_000
PURPOSE_HELP = (
    "`training` and `exam` teach workers: the answer of every asset is stated (`/jobs/{id}/gold`) and what they answer "
    "is scored; in a training they are told at once, in an exam at the end"
)
ATTESTS_HELP = (
    "field of expertise that passing attests in the organization's jobs: one of the rate card's; courses only"
)
REQUIRES_HELP = "a training or an exam of the organization that workers have passed before they work here"
REVIEW_SHARE_HELP = (
    "reviews and adjudications bought per task, at most: disputed tasks first, then a sample by the risk of error"
)
REVIEWED_BY_HELP = (
    "who checks others' work: `peer`, any worker of the job; `senior`, members with the role reviewer; `requester`, "
    "members with that role, unpaid. Never whoever had the asset in hand themselves"
)
WORKFORCE_HELP = "who may claim: `public`, every worker; `private`, those with the role worker in the organization"
BY_OFFER_ONLY_HELP = "a task is claimed only by workers it was offered to (`/jobs/{id}/offers`)"


SPLIT_HELP = (
    "how assets become tasks: `strategy`, and parameters beside it. `one_asset_per_task`; `balanced_batches` "
    "(batch_effort_s); `tiles` (tile_px, margin_px); `frame_windows` (window); `class_groups` (max_classes); "
    "`verify_prelabels`"
)


class NewJobSerializer(StrictSerializer):
    """A job to be drafted; its project is that of the ontology."""

    ontology = IdField()
    guideline = IdField()
    dataset = IdField()
    name = NameField()
    annotation_type = serializers.ChoiceField(choices=AnnotationTypeName.choices)
    min_overlap = WholeNumberField(
        default=2, min_value=1, max_value=MAX_OVERLAP, help_text="answers to every task at least"
    )
    max_overlap = WholeNumberField(
        default=5, min_value=1, max_value=MAX_OVERLAP, help_text="answers to a task at most, where they leave doubt"
    )
    target_confidence = NumberField(
        default=0.98,
        min_value=0.501,
        max_value=0.9999,
        help_text="how sure of its label a task is done before max_overlap",
    )
    least_gain = NumberField(default=0.0, min_value=0.0, max_value=0.5, help_text=LEAST_GAIN_HELP)
    review_share = NumberField(default=0.0, min_value=0.0, max_value=1.0, help_text=REVIEW_SHARE_HELP)
    reviewed_by = serializers.ChoiceField(
        choices=ReviewedBy.choices, default=ReviewedBy.PEER, help_text=REVIEWED_BY_HELP
    )
    units_per_asset = NumberField(default=1.0, min_value=0.01, max_value=5_000, help_text=UNITS_HELP)
    lease_s = WholeNumberField(
        default=600, min_value=1, max_value=86_400, help_text="seconds that a worker holds a task without heartbeat"
    )
    purpose = serializers.ChoiceField(choices=Purpose.choices, default=Purpose.WORK, help_text=PURPOSE_HELP)
    n_learners = WholeNumberField(
        default=0, min_value=0, max_value=MAX_LEARNERS, help_text="workers that a training or an exam is paid for"
    )
    pass_share = NumberField(
        default=0.8, min_value=0.01, max_value=1.0, help_text="share of right answers that passes a training or an exam"
    )
    attests = NameField(default="", allow_blank=True, max_length=64, help_text=ATTESTS_HELP)
    requires = IdField(default=None, allow_null=True, help_text=REQUIRES_HELP)
    order_by = serializers.ChoiceField(choices=OrderBy.choices, default=OrderBy.DATASET, help_text=ORDER_BY_HELP)
    order_source = NameField(default="", allow_blank=True, help_text="of the pre-labels whose scores count")
    order_version = NameField(default="", allow_blank=True, help_text="of that source: the latest unless given")
    workforce = serializers.ChoiceField(choices=Workforce.choices, default=Workforce.PUBLIC, help_text=WORKFORCE_HELP)
    by_offer_only = FlagField(default=False, help_text=BY_OFFER_ONLY_HELP)
    split = serializers.JSONField(default=one_asset_per_task, help_text=SPLIT_HELP)
    currency = serializers.ChoiceField(choices=CURRENCIES, default=USUAL_CURRENCY, help_text=CURRENCY_HELP)
    deadline = TimestampField(
        default=None, allow_null=True, help_text="when the job ends, whatever is done by then; never unless given"
    )

    def validate_deadline(self, deadline: Any) -> Any:
        """Refuse a deadline that is over."""
        if deadline is not None and deadline <= timezone.now():
            raise serializers.ValidationError("The deadline lies in the past.", code="in_the_past")
        return deadline

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse fewer answers at most than at least, and peers where every task is offered."""
        if attrs["max_overlap"] < attrs["min_overlap"]:
            raise serializers.ValidationError({"max_overlap": ["At least min_overlap."]}, code="min_value")
        if attrs["by_offer_only"] and attrs["review_share"] and attrs["reviewed_by"] == ReviewedBy.PEER:
            said = "Where tasks are claimed by offer only, reviews are by `senior` or `requester`."
            raise serializers.ValidationError({"reviewed_by": [said]}, code="no_peers")
        if (attrs["order_by"] == OrderBy.UNCERTAINTY) != bool(attrs["order_source"]):
            said = "Name the pre-labels whose scores count, with `order_by` `uncertainty` alone."
            raise serializers.ValidationError({"order_source": [said]}, code="order")
        if attrs["order_version"] and not attrs["order_source"]:
            raise serializers.ValidationError({"order_version": ["A version is one of a source."]}, code="order")
        self._validate_purpose(attrs)
        return attrs

    def _validate_purpose(self, attrs: dict[str, Any]) -> None:
        """Refuse learners of a job that teaches nothing, and work in one that does."""
        if attrs["purpose"] == Purpose.WORK:
            wrong = {"n_learners": "Only a training or an exam has learners."} if attrs["n_learners"] else {}
            wrong |= {"attests": "Only a training or an exam attests anything."} if attrs["attests"] else {}
        else:
            said = {
                "n_learners": "At least 1." if not attrs["n_learners"] else "",
                "review_share": "Nobody reviews what is known." if attrs["review_share"] else "",
                "by_offer_only": "A training or an exam is open to the workforce." if attrs["by_offer_only"] else "",
            }
            wrong = {name: text for name, text in said.items() if text}
        if wrong:
            raise serializers.ValidationError({name: [text] for name, text in wrong.items()}, code="purpose")


class JobSerializer(serializers.ModelSerializer[LabelingJob]):
    pay = MoneyField(source="pay_micros", read_only=True, help_text="for one accepted answer")

    class Meta:
        model = LabelingJob
        fields = [
            "id",
            "organization",
            "project",
            "name",
            "annotation_type",
            "purpose",
            "n_learners",
            "pass_share",
            "attests",
            "requires",
            "expertise",
            "ontology",
            "guideline",
            "snapshot",
            "state",
            "close_reason",
            "workforce",
            "by_offer_only",
            "min_overlap",
            "max_overlap",
            "target_confidence",
            "least_gain",
            "review_share",
            "reviewed_by",
            "units_per_asset",
            "order_by",
            "order_source",
            "order_version",
            "parent_job",
            "lease_s",
            "deadline",
            "split",
            "n_tasks",
            "pay",
            "currency",
            "created_at",
            "opened_at",
            "closed_at",
        ]
        read_only_fields = fields
        extra_kwargs = {
            "workforce": {"help_text": WORKFORCE_HELP},
            "least_gain": {"help_text": LEAST_GAIN_HELP},
            "purpose": {"help_text": PURPOSE_HELP},
            "attests": {"help_text": ATTESTS_HELP},
            "requires": {"help_text": REQUIRES_HELP},
            "expertise": {"help_text": "field whose people alone work here, as the order was quoted; empty: anybody"},
            "review_share": {"help_text": REVIEW_SHARE_HELP},
            "reviewed_by": {"help_text": REVIEWED_BY_HELP},
            "units_per_asset": {"help_text": UNITS_HELP},
            "split": {"help_text": SPLIT_HELP},
            "by_offer_only": {"help_text": BY_OFFER_ONLY_HELP},
        }


class NewOfferSerializer(StrictSerializer):
    """A task, by its id or by its asset's external id, and the worker who should get it."""

    worker = IdField()
    asset = NameField(required=False)
    task = IdField(required=False)
    rank = WholeNumberField(
        default=0,
        min_value=-(2**31),
        max_value=2**31 - 1,
        help_text="of tasks with equal priority the one offered at the lowest rank is handed out first",
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse both ways to name the task, and none."""
        if ("asset" in attrs) == ("task" in attrs):
            raise serializers.ValidationError({"task": ["Give either the task or its asset."]}, code="either_or")
        return attrs


class NewOffersSerializer(StrictSerializer):
    offers = serializers.ListField(child=NewOfferSerializer(), allow_empty=False, max_length=MAX_OFFERS)


class RefusedOfferSerializer(serializers.Serializer[Any]):
    index = serializers.IntegerField()
    problem = ProblemFieldSerializer()


class OffersGivenSerializer(serializers.Serializer[Any]):
    """How many offers stand, and those that were refused."""

    given = serializers.IntegerField()
    items = RefusedOfferSerializer(many=True)


class AnswerSerializer(serializers.ModelSerializer[Answer]):
    """An answer under its worker's pseudonym in the job."""

    external_id = serializers.CharField(source="task.asset.external_id", read_only=True)
    worker = serializers.CharField(source="pseudonym", read_only=True)
    annotations = serializers.JSONField(source="payload.annotations", read_only=True)

    class Meta:
        model = Answer
        fields = [
            "id",
            "task",
            "external_id",
            "worker",
            "counted",
            "uncounted_reason",
            "annotations",
            "active_ms",
            "submitted_at",
        ]
        read_only_fields = fields
