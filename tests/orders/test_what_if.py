"""What-if grids are on the terms of the job's order."""

import pytest
from django.utils import timezone

from marketplace.orders.services import OrderTerms, create_order, quote_order, what_if_ordered
from tests import make

pytestmark = pytest.mark.django_db


def test_a_job_as_it_stands_costs_what_its_order_is_quoted() -> None:
    home = make.organization()
    make.funds(home, micros=20_000_000_000)
    # So many boxes that the fee's next tier has begun.
    make.funded_order(make.job(home=home, annotation_type="bounding_box", units_per_asset=20_000.0))
    job = make.job(home=home, n_tasks=30, min_overlap=2, max_overlap=6)
    order = create_order(job, created_by_id=job.created_by_id, terms=OrderTerms(wage_micros=24_000_000))
    quote = quote_order(order.pk).quote
    assert quote is not None
    assert quote.fee_ppm < 200_000
    drafted = what_if_ordered(job, now=timezone.now()).cells[0]
    assert (drafted.expected_micros, drafted.cap_micros) == (quote.expected_micros, quote.cap_micros)
    assert drafted.cost.p90_micros == quote.cost_p90_micros
