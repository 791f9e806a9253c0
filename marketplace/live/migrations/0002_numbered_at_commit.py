from django.db import migrations

# The stream's row is the hottest of all and must be locked last. A deferred trigger does that for every transaction,
# whatever the order of its statements: the commit numbers the events, stream by stream in the order of their ids.
NUMBER = """
    CREATE FUNCTION live_number_events() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
        fresh record;
        last_seq bigint;
    BEGIN
        -- Rows without a number are those of this transaction: nobody else's can be seen before they are numbered.
        FOR fresh IN
            SELECT stream_id, count(*) AS n FROM live_event WHERE seq IS NULL GROUP BY stream_id ORDER BY stream_id
        LOOP
            UPDATE live_stream SET seq = seq + fresh.n, counters = (
                SELECT coalesce(jsonb_object_agg(key, total), '{}') FROM (
                    SELECT key, sum(value::bigint) AS total FROM (
                        SELECT key, value FROM jsonb_each_text(live_stream.counters)
                        UNION ALL
                        SELECT delta.key, delta.value FROM live_event, jsonb_each_text(live_event.deltas) AS delta
                        WHERE live_event.stream_id = fresh.stream_id AND live_event.seq IS NULL
                    ) AS parts GROUP BY key
                ) AS sums
            ) WHERE id = fresh.stream_id RETURNING seq INTO last_seq;
            UPDATE live_event SET seq = last_seq - fresh.n + numbered.place FROM (
                SELECT id, row_number() OVER (ORDER BY id) AS place FROM live_event
                WHERE stream_id = fresh.stream_id AND seq IS NULL
            ) AS numbered WHERE live_event.id = numbered.id;
        END LOOP;
        RETURN NULL;
    END $$;
    CREATE CONSTRAINT TRIGGER live_number_events AFTER INSERT ON live_event
        DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION live_number_events();
    CREATE INDEX live_event_unnumbered ON live_event (stream_id) WHERE seq IS NULL;
"""
UNNUMBER = """
    DROP INDEX live_event_unnumbered;
    DROP TRIGGER live_number_events ON live_event;
    DROP FUNCTION live_number_events();
"""

FREEZE = """
    CREATE FUNCTION live_event_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'DELETE' OR OLD.seq IS NOT NULL THEN
            RAISE EXCEPTION 'live_event is append-only: % refused', TG_OP
                USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'live_event_is_append_only';
        END IF;
        RETURN NEW;
    END $$;
    CREATE TRIGGER live_event_is_append_only BEFORE UPDATE OR DELETE ON live_event
        FOR EACH ROW EXECUTE FUNCTION live_event_is_append_only();
"""
THAW = "DROP TRIGGER live_event_is_append_only ON live_event; DROP FUNCTION live_event_is_append_only();"


class Migration(migrations.Migration):
    dependencies = [("live", "0001_initial")]

    operations = [migrations.RunSQL(NUMBER, UNNUMBER), migrations.RunSQL(FREEZE, THAW)]
