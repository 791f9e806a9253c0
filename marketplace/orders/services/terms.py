"""What a requester says of an order beside its job: how answers are accepted, what an hour pays, and for whom it is."""

from dataclasses import dataclass
from typing import Any, Final

from labeling.errors import InvalidInput
from labeling.models import LabelingJob
from marketplace.accounts.core.countries import is_country
from marketplace.orders.core.deciding import ACCEPT_AFTER_S, LEAST_ACCEPT_AFTER_S, MOST_ACCEPT_AFTER_S
from marketplace.orders.models import Acceptance


@dataclass(frozen=True)
class OrderTerms:
    """Terms of an order.

    Attributes
    ----------
    acceptance : `automatic`, or `manual`: a person decides, and after `accept_after_s` seconds the clock accepts.
    countries : whose workers the job is for; none: of all whose least wage it pays.
    wage_micros : what an hour of work is to pay; None: the platform's usual wage.
    """

    acceptance: Acceptance = Acceptance.AUTOMATIC
    accept_after_s: int = ACCEPT_AFTER_S
    countries: tuple[str, ...] = ()
    wage_micros: int | None = None

    @property
    def columns(self) -> dict[str, Any]:
        """Return the terms as the order keeps them."""
        return vars(self) | {"countries": sorted(set(self.countries))}


USUAL_TERMS: Final = OrderTerms()


def require_terms(job: LabelingJob, terms: OrderTerms) -> None:
    """Refuse terms that cannot be kept.

    Raises
    ------
    InvalidInput
        Naming the field.
    """
    if job.teaches and terms.acceptance == Acceptance.MANUAL:
        raise InvalidInput("Whoever learns is paid whatever they answer.", field="acceptance")
    if not LEAST_ACCEPT_AFTER_S <= terms.accept_after_s <= MOST_ACCEPT_AFTER_S:
        raise InvalidInput(f"Between {LEAST_ACCEPT_AFTER_S} and {MOST_ACCEPT_AFTER_S} seconds.", field="accept_after_s")
    unknown = [code for code in terms.countries if not is_country(code)]
    if unknown:
        raise InvalidInput(f"There is no country {unknown[0][:10]!r} in ISO 3166-1 alpha-2.", field="countries")
    if terms.wage_micros is not None and terms.wage_micros <= 0:
        raise InvalidInput("More than nothing.", field="wage_per_hour")
