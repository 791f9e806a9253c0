from django.db import migrations

# A balance is the one before and the entry that it is brought up to: the guard adds it up by itself, so that no trigger of
# anybody's, however deep it lies, writes another. Ids of an account's entries rise, as the account is locked for each.
COUNTED = """
    ALTER TABLE ledger_account ADD COLUMN last_entry_id bigint NOT NULL DEFAULT 0;
    ALTER TABLE ledger_account DISABLE TRIGGER ledger_guard_account;
    UPDATE ledger_account a SET last_entry_id = e.id
        FROM (SELECT account_id, max(id) AS id FROM ledger_entry GROUP BY account_id) e WHERE e.account_id = a.id;
    ALTER TABLE ledger_account ENABLE TRIGGER ledger_guard_account;
    CREATE OR REPLACE FUNCTION ledger_keep_balance() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        UPDATE ledger_account SET last_entry_id = NEW.id WHERE id = NEW.account_id AND currency = NEW.currency;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'account % does not hold %', NEW.account_id, NEW.currency
                USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'entry_currency_of_account';
        END IF;
        RETURN NULL;
    END $$;
    CREATE OR REPLACE FUNCTION ledger_guard_account() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
        moved bigint;
    BEGIN
        IF TG_OP = 'INSERT' THEN
            IF NEW.balance_micros <> 0 OR NEW.last_entry_id <> 0 THEN
                RAISE EXCEPTION 'an account opens empty'
                    USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'account_opens_empty';
            END IF;
            RETURN NEW;
        END IF;
        IF TG_OP = 'UPDATE' AND NEW.last_entry_id > OLD.last_entry_id
            AND (NEW.id, NEW.kind, NEW.currency, NEW.balance_micros)
                = (OLD.id, OLD.kind, OLD.currency, OLD.balance_micros)
            AND NEW.owner_id IS NOT DISTINCT FROM OLD.owner_id THEN
            SELECT amount_micros INTO moved FROM ledger_entry WHERE id = NEW.last_entry_id AND account_id = NEW.id;
        END IF;
        IF moved IS NULL THEN
            RAISE EXCEPTION 'account % is kept by its entries: % refused', OLD.id, TG_OP
                USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'account_kept_by_entries';
        END IF;
        NEW.balance_micros := OLD.balance_micros + moved;
        RETURN NEW;
    END $$;
"""
BY_DEPTH = """
    CREATE OR REPLACE FUNCTION ledger_keep_balance() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        UPDATE ledger_account SET balance_micros = balance_micros + NEW.amount_micros
            WHERE id = NEW.account_id AND currency = NEW.currency;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'account % does not hold %', NEW.account_id, NEW.currency
                USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'entry_currency_of_account';
        END IF;
        RETURN NULL;
    END $$;
    CREATE OR REPLACE FUNCTION ledger_guard_account() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'INSERT' THEN
            IF NEW.balance_micros <> 0 THEN
                RAISE EXCEPTION 'an account opens empty'
                    USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'account_opens_empty';
            END IF;
            RETURN NEW;
        END IF;
        IF TG_OP = 'DELETE' OR pg_trigger_depth() < 2
            OR (NEW.id, NEW.kind, NEW.currency) <> (OLD.id, OLD.kind, OLD.currency)
            OR NEW.owner_id IS DISTINCT FROM OLD.owner_id THEN
            RAISE EXCEPTION 'account % is kept by its entries: % refused', OLD.id, TG_OP
                USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'account_kept_by_entries';
        END IF;
        RETURN NEW;
    END $$;
    ALTER TABLE ledger_account DROP COLUMN last_entry_id;
"""
# What closes at its commit says itself neither when that is, nor by which transaction: a transfer dated back would change
# statements and tax totals of a time that is over.
STAMPED = """
    CREATE FUNCTION ledger_stamp_transfer() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        NEW.made_in := pg_current_xact_id();
        IF NEW.created_at < transaction_timestamp() OR NEW.created_at > clock_timestamp() THEN
            RAISE EXCEPTION 'transfer % is not of now', NEW.id
                USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'transfer_is_of_now';
        END IF;
        RETURN NEW;
    END $$;
    CREATE TRIGGER ledger_stamp_transfer BEFORE INSERT ON ledger_transfer
        FOR EACH ROW EXECUTE FUNCTION ledger_stamp_transfer();
"""
# Lines that add up to nothing would pass as part of an invoice that was issued long ago.
CLOSED_INVOICES = """
    ALTER TABLE ledger_invoice ADD COLUMN made_in xid8 NOT NULL DEFAULT pg_current_xact_id();
    CREATE FUNCTION ledger_stamp_invoice() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        NEW.made_in := pg_current_xact_id();
        IF NEW.issued_at < transaction_timestamp() OR NEW.issued_at > clock_timestamp()
            OR NEW.year <> extract(year FROM NEW.issued_at AT TIME ZONE 'UTC') THEN
            RAISE EXCEPTION 'invoice % is not of now', NEW.id
                USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'invoice_is_of_now';
        END IF;
        RETURN NEW;
    END $$;
    CREATE TRIGGER ledger_stamp_invoice BEFORE INSERT ON ledger_invoice
        FOR EACH ROW EXECUTE FUNCTION ledger_stamp_invoice();
    CREATE FUNCTION ledger_require_open_invoice() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF NOT EXISTS (SELECT FROM ledger_invoice WHERE id = NEW.invoice_id AND made_in = pg_current_xact_id()) THEN
            RAISE EXCEPTION 'invoice % is closed', NEW.invoice_id
                USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'invoice_is_closed';
        END IF;
        RETURN NEW;
    END $$;
    CREATE TRIGGER ledger_require_open_invoice BEFORE INSERT ON ledger_invoiceline
        FOR EACH ROW EXECUTE FUNCTION ledger_require_open_invoice();
"""


class Migration(migrations.Migration):
    """No way around the books by SQL: balances by entries alone, transfers and invoices of their own transaction."""

    dependencies = [("ledger", "0007_immutable_invoices")]

    operations = [
        migrations.RunSQL(COUNTED, BY_DEPTH),
        migrations.RunSQL(
            STAMPED,
            "DROP TRIGGER ledger_stamp_transfer ON ledger_transfer; DROP FUNCTION ledger_stamp_transfer();",
        ),
        migrations.RunSQL(
            CLOSED_INVOICES,
            """DROP TRIGGER ledger_require_open_invoice ON ledger_invoiceline;
               DROP FUNCTION ledger_require_open_invoice();
               DROP TRIGGER ledger_stamp_invoice ON ledger_invoice; DROP FUNCTION ledger_stamp_invoice();
               ALTER TABLE ledger_invoice DROP COLUMN made_in;""",
        ),
    ]
