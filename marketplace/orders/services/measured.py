"""What a quote promises an hour, and what such work was measured to take."""

from decimal import Decimal

from marketplace.operations.core.money import MICROS
from marketplace.orders.models import Order, PayRecord
from pricing.models import Quote


def measured_ms(order: Order) -> int | None:
    """Return how long answers of such a job were last seen to take, in an order of the organization's that is alike."""
    job = order.job
    alike = PayRecord.objects.filter(
        order__job__ontology=job.ontology_id,
        order__job__annotation_type=job.annotation_type,
        order__job__units_per_asset=job.units_per_asset,
        order__job__split=job.split,
    ).exclude(paces=[])
    for record in alike.order_by("-looked_at")[:5]:
        unaided = [pace for pace in record.paces if pace["kind"] == "annotate" and not pace["aided"]]
        if unaided:
            return int(max(unaided, key=lambda pace: pace["n_answers"])["median_ms"])
    return None


def promised_micros(quote: Quote) -> int:
    """Return what a quote says that an hour pays, with what a field's people and rush add."""
    said = quote.assumptions
    stated = said.get("expert_wage_per_hour")
    wage = Decimal(stated or said["wage_per_hour"]) * (1 if stated else Decimal(said.get("expertise_pay_times", "1")))
    return int(wage * (1 + Decimal(said.get("rush", "0"))) * MICROS)
