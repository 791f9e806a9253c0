from django.db import migrations

BALANCE = """
    CREATE FUNCTION ledger_keep_balance() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        UPDATE ledger_account SET balance_micros = balance_micros + NEW.amount_micros
            WHERE id = NEW.account_id AND currency = NEW.currency;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'account % does not hold %', NEW.account_id, NEW.currency
                USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'entry_currency_of_account';
        END IF;
        RETURN NULL;
    END $$;
    CREATE TRIGGER ledger_keep_balance AFTER INSERT ON ledger_entry
        FOR EACH ROW EXECUTE FUNCTION ledger_keep_balance();
"""

ZERO_SUM = """
    CREATE FUNCTION ledger_require_zero_sum() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF EXISTS (SELECT FROM ledger_entry WHERE transfer_id = NEW.transfer_id
                   GROUP BY currency HAVING sum(amount_micros) <> 0) THEN
            RAISE EXCEPTION 'transfer % does not sum to zero', NEW.transfer_id
                USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'transfer_sums_to_zero';
        END IF;
        RETURN NULL;
    END $$;
    CREATE CONSTRAINT TRIGGER ledger_require_zero_sum AFTER INSERT ON ledger_entry
        DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger_require_zero_sum();
"""


class Migration(migrations.Migration):
    """Balances are kept, and transfers balanced, by the database itself."""

    dependencies = [("ledger", "0002_append_only")]

    operations = [
        migrations.RunSQL(
            BALANCE, "DROP TRIGGER ledger_keep_balance ON ledger_entry; DROP FUNCTION ledger_keep_balance();"
        ),
        migrations.RunSQL(
            ZERO_SUM,
            "DROP TRIGGER ledger_require_zero_sum ON ledger_entry; DROP FUNCTION ledger_require_zero_sum();",
        ),
    ]
