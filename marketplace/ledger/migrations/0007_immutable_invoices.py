from django.db import migrations

from marketplace.operations.core.immutable import forbid_changes, forbid_truncate

TABLES = ["ledger_invoice", "ledger_invoiceline"]

# Whichever of the two is written last, at the commit they agree.
TOTAL = """
    CREATE FUNCTION ledger_require_invoice_total() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
        its_invoice uuid := CASE WHEN TG_TABLE_NAME = 'ledger_invoice' THEN (to_jsonb(NEW) ->> 'id')::uuid
                        ELSE (to_jsonb(NEW) ->> 'invoice_id')::uuid END;
    BEGIN
        IF NOT EXISTS (
            SELECT FROM ledger_invoice i WHERE i.id = its_invoice
                AND i.total_micros = (SELECT sum(amount_micros) FROM ledger_invoiceline WHERE invoice_id = its_invoice)
                AND i.exact_micros = (SELECT sum(exact_micros) FROM ledger_invoiceline WHERE invoice_id = its_invoice)
        ) THEN
            RAISE EXCEPTION 'the lines of invoice % do not sum to its total', its_invoice
                USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'invoice_total_of_lines';
        END IF;
        RETURN NULL;
    END $$;
    CREATE CONSTRAINT TRIGGER ledger_require_invoice_total AFTER INSERT ON ledger_invoice
        DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger_require_invoice_total();
    CREATE CONSTRAINT TRIGGER ledger_require_invoice_total AFTER INSERT ON ledger_invoiceline
        DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger_require_invoice_total();
"""

# A series counts by one: a gap would be a number that nobody can show.
NO_GAPS = """
    CREATE FUNCTION ledger_require_next_number() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF NEW.number <> 1 + (SELECT coalesce(max(number), 0) FROM ledger_invoice
                              WHERE issuer = NEW.issuer AND year = NEW.year) THEN
            RAISE EXCEPTION 'invoice %-% leaves a gap', NEW.year, NEW.number
                USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'invoice_number_next';
        END IF;
        RETURN NEW;
    END $$;
    CREATE TRIGGER ledger_require_next_number BEFORE INSERT ON ledger_invoice
        FOR EACH ROW EXECUTE FUNCTION ledger_require_next_number();
"""


class Migration(migrations.Migration):
    """Invoices stand as they were issued, add up, and are numbered without gaps."""

    dependencies = [("ledger", "0006_invoices_and_payouts")]

    operations = [
        *[migrations.RunSQL(*forbid_changes(table)) for table in TABLES],
        *[migrations.RunSQL(*forbid_truncate(table)) for table in TABLES],
        migrations.RunSQL(
            TOTAL,
            """DROP TRIGGER ledger_require_invoice_total ON ledger_invoice;
               DROP TRIGGER ledger_require_invoice_total ON ledger_invoiceline;
               DROP FUNCTION ledger_require_invoice_total();""",
        ),
        migrations.RunSQL(
            NO_GAPS,
            """DROP TRIGGER ledger_require_next_number ON ledger_invoice;
               DROP FUNCTION ledger_require_next_number();""",
        ),
    ]
