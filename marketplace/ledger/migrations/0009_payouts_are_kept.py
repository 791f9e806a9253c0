from django.db import migrations

from marketplace.operations.core.immutable import forbid_truncate

# A payout is what was asked for, and goes its way once: `reconcile` need not be what finds another amount.
PAYOUTS = """
    CREATE FUNCTION ledger_guard_payout() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'INSERT' THEN
            IF NEW.state <> 'requested' THEN
                RAISE EXCEPTION 'payout % is not asked for first', NEW.id
                    USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'payout_asked_for_first';
            END IF;
            RETURN NEW;
        END IF;
        IF TG_OP = 'DELETE'
            OR (NEW.id, NEW.worker_id, NEW.currency, NEW.amount_micros, NEW.requested_at)
                <> (OLD.id, OLD.worker_id, OLD.currency, OLD.amount_micros, OLD.requested_at)
            OR (OLD.state, NEW.state) NOT IN
                (('requested', 'sent'), ('requested', 'failed'), ('sent', 'paid'), ('sent', 'failed'))
            OR (OLD.state = 'sent' AND (NEW.file_id, NEW.sent_at) IS DISTINCT FROM (OLD.file_id, OLD.sent_at)) THEN
            RAISE EXCEPTION 'payout % is kept as it was asked for: % refused', OLD.id, TG_OP
                USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'payout_kept';
        END IF;
        RETURN NEW;
    END $$;
    CREATE TRIGGER ledger_guard_payout BEFORE INSERT OR UPDATE OR DELETE ON ledger_payout
        FOR EACH ROW EXECUTE FUNCTION ledger_guard_payout();
"""
# Once it is written it is with the provider.
FILES = """
    CREATE FUNCTION ledger_guard_payout_file() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'DELETE' OR OLD.written_at IS NOT NULL
            OR (NEW.id, NEW.provider, NEW.currency, NEW.created_at)
                <> (OLD.id, OLD.provider, OLD.currency, OLD.created_at) THEN
            RAISE EXCEPTION 'payout file % is kept as it was handed over: % refused', OLD.id, TG_OP
                USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'payout_file_kept';
        END IF;
        RETURN NEW;
    END $$;
    CREATE TRIGGER ledger_guard_payout_file BEFORE UPDATE OR DELETE ON ledger_payoutfile
        FOR EACH ROW EXECUTE FUNCTION ledger_guard_payout_file();
"""


class Migration(migrations.Migration):
    """Payouts and their files are kept: nobody changes an amount, a payee or a way that was gone, nor empties them."""

    dependencies = [("ledger", "0008_closed_to_every_depth")]

    operations = [
        migrations.RunSQL(
            PAYOUTS, "DROP TRIGGER ledger_guard_payout ON ledger_payout; DROP FUNCTION ledger_guard_payout();"
        ),
        migrations.RunSQL(
            FILES,
            "DROP TRIGGER ledger_guard_payout_file ON ledger_payoutfile; DROP FUNCTION ledger_guard_payout_file();",
        ),
        *[migrations.RunSQL(*forbid_truncate(table)) for table in ("ledger_payout", "ledger_payoutfile")],
    ]
