from django.db import migrations

ADD = """
CREATE FUNCTION quality_audit_stands() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR OLD.state IN ('passed', 'failed', 'cancelled')
       OR (NEW.run_id, NEW.number, NEW.kind, NEW.max_error, NEW.confidence, NEW.expected_error, NEW.population,
           NEW.n_items, NEW.plan, NEW.seed) IS DISTINCT FROM
          (OLD.run_id, OLD.number, OLD.kind, OLD.max_error, OLD.confidence, OLD.expected_error, OLD.population,
           OLD.n_items, OLD.plan, OLD.seed) THEN
        RAISE EXCEPTION 'an audit keeps its plan, and once ended its result: % refused', TG_OP
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'quality_audit_stands';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER quality_audit_stands BEFORE UPDATE OR DELETE ON quality_audit
    FOR EACH ROW EXECUTE FUNCTION quality_audit_stands();

CREATE FUNCTION quality_audititem_stands() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF (SELECT run_id FROM quality_audit WHERE id = NEW.audit_id) IS DISTINCT FROM
           (SELECT run_id FROM quality_consensuslabel WHERE id = NEW.label_id) THEN
            RAISE EXCEPTION 'the label is of another run than the audit'
                USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'quality_audititem_of_its_run';
        END IF;
        RETURN NEW;
    END IF;
    IF TG_OP = 'DELETE' OR OLD.verdict IS NOT NULL
       OR (NEW.audit_id, NEW.label_id, NEW.ordinal, NEW.stratum)
          IS DISTINCT FROM (OLD.audit_id, OLD.label_id, OLD.ordinal, OLD.stratum) THEN
        RAISE EXCEPTION 'a draw and a verdict stand: % refused', TG_OP
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'quality_audititem_stands';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER quality_audititem_stands BEFORE INSERT OR UPDATE OR DELETE ON quality_audititem
    FOR EACH ROW EXECUTE FUNCTION quality_audititem_stands();
"""
REMOVE = """
DROP TRIGGER quality_audititem_stands ON quality_audititem;
DROP FUNCTION quality_audititem_stands();
DROP TRIGGER quality_audit_stands ON quality_audit;
DROP FUNCTION quality_audit_stands();
"""


class Migration(migrations.Migration):
    dependencies = [("quality", "0003_audits")]

    operations = [migrations.RunSQL(ADD, REMOVE)]
