"""What stands on an invoice in words."""

from marketplace.ledger.adapters.paper import Paper, PaperLine
from marketplace.ledger.models import Invoice

LINE_WORDS = {
    "labour": "Answers",
    "review": "Reviews and adjudications",
    "gold": "Answers to control and training tasks",
    "late": "Late answers",
    "top_up": "Top-ups to the promised pay",
    "bonus": "Bonuses",
    "set_up": "Set-up work",
    "fee": "Platform fee",
    "reversal": "Corrections",
    "cap": "Rounded down to the agreed maximum",
}


def line_words(kind: str) -> str:
    """Return what a line is called."""
    return LINE_WORDS.get(kind, kind.replace("_", " ").capitalize())


def paper_of(invoice: Invoice) -> Paper:
    """Return the invoice as it is printed; the customer's id stands below a name that a font may lack letters for."""
    issuer, customer = invoice.parties["issuer"], invoice.parties["customer"]
    address = [line.strip() for line in issuer["address"].split("|") if line.strip()]
    tax = [f"Tax id {issuer['tax_id']}"] if issuer["tax_id"] else []
    lines = [
        PaperLine(line_words(line.kind), line.quantity, line.amount_micros)
        for line in sorted(invoice.lines.all(), key=lambda line: line.position)
    ]
    return Paper(
        title="Invoice" if invoice.total_micros >= 0 else "Credit note",
        number=invoice.name,
        date=invoice.issued_at.date().isoformat(),
        issuer=(issuer["name"], *address, *tax)[:5],
        customer=(customer["name"], str(invoice.organization_id)),
        subject=invoice.subject,
        order=str(invoice.order_id),
        currency=invoice.currency,
        lines=tuple(lines),
        total_micros=invoice.total_micros,
        exact_micros=invoice.exact_micros,
        sha256=invoice.sha256,
    )
