from django.db import migrations

from marketplace.operations.core.immutable import forbid_truncate

ONE_CURRENCY = """
    CREATE OR REPLACE FUNCTION ledger_require_zero_sum() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
        total numeric;
        n_currencies integer;
    BEGIN
        SELECT sum(amount_micros), count(DISTINCT currency) INTO total, n_currencies
            FROM ledger_entry WHERE transfer_id = NEW.transfer_id;
        IF n_currencies > 1 THEN
            RAISE EXCEPTION 'transfer % mixes currencies', NEW.transfer_id
                USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'transfer_of_one_currency';
        END IF;
        IF total <> 0 THEN
            RAISE EXCEPTION 'transfer % does not sum to zero', NEW.transfer_id
                USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'transfer_sums_to_zero';
        END IF;
        RETURN NULL;
    END $$;
"""

EACH_CURRENCY = """
    CREATE OR REPLACE FUNCTION ledger_require_zero_sum() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF EXISTS (SELECT FROM ledger_entry WHERE transfer_id = NEW.transfer_id
                   GROUP BY currency HAVING sum(amount_micros) <> 0) THEN
            RAISE EXCEPTION 'transfer % does not sum to zero', NEW.transfer_id
                USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'transfer_sums_to_zero';
        END IF;
        RETURN NULL;
    END $$;
"""

# A transfer is closed with the transaction that made it: two entries that balance, added later, would rewrite the past.
CLOSED = """
    ALTER TABLE ledger_transfer ADD COLUMN made_in xid8 NOT NULL DEFAULT pg_current_xact_id();
    CREATE FUNCTION ledger_require_open_transfer() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF NOT EXISTS (SELECT FROM ledger_transfer WHERE id = NEW.transfer_id AND made_in = pg_current_xact_id()) THEN
            RAISE EXCEPTION 'transfer % is closed', NEW.transfer_id
                USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'transfer_is_closed';
        END IF;
        RETURN NEW;
    END $$;
    CREATE TRIGGER ledger_require_open_transfer BEFORE INSERT ON ledger_entry
        FOR EACH ROW EXECUTE FUNCTION ledger_require_open_transfer();
"""

# A balance follows its entries, and is written by their trigger alone: at depth 1 somebody writes it by hand.
GUARDED = """
    CREATE FUNCTION ledger_guard_account() RETURNS trigger LANGUAGE plpgsql AS $$
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
    CREATE TRIGGER ledger_guard_account BEFORE INSERT OR UPDATE OR DELETE ON ledger_account
        FOR EACH ROW EXECUTE FUNCTION ledger_guard_account();
"""


class Migration(migrations.Migration):
    """No way around the books by SQL: one currency to a transfer, none reopened, no balance by hand, no TRUNCATE."""

    dependencies = [("ledger", "0004_kinds_currencies_reversals")]

    operations = [
        migrations.RunSQL(ONE_CURRENCY, EACH_CURRENCY),
        migrations.RunSQL(
            CLOSED,
            """DROP TRIGGER ledger_require_open_transfer ON ledger_entry; DROP FUNCTION ledger_require_open_transfer();
               ALTER TABLE ledger_transfer DROP COLUMN made_in;""",
        ),
        migrations.RunSQL(
            GUARDED, "DROP TRIGGER ledger_guard_account ON ledger_account; DROP FUNCTION ledger_guard_account();"
        ),
        *[
            migrations.RunSQL(*forbid_truncate(table))
            for table in ("ledger_account", "ledger_transfer", "ledger_entry")
        ],
    ]
