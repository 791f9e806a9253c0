"""SQL that makes the rows of a table unchangeable, for migrations."""


def forbid_changes(table: str) -> tuple[str, str]:
    """Return the statements that add, and that remove, a trigger refusing UPDATE and DELETE on a table.

    The trigger stands whatever the code above does; correcting a row means adding another.
    """
    name = f"{table}_is_append_only"
    add = f"""
        CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION '{table} is append-only: % refused', TG_OP
                USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = '{name}';
        END $$;
        CREATE TRIGGER {name} BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION {name}();
    """
    remove = f"DROP TRIGGER {name} ON {table}; DROP FUNCTION {name}();"
    return add, remove


def forbid_truncate(table: str) -> tuple[str, str]:
    """Return the statements that add, and that remove, a trigger refusing to empty a table at one stroke.

    TRUNCATE passes row triggers by. Tests, which empty their own database between each other, disable it.
    """
    name = f"{table}_is_not_truncated"
    add = f"""
        CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION '{table} is append-only: TRUNCATE refused'
                USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = '{name}';
        END $$;
        CREATE TRIGGER {name} BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION {name}();
    """
    remove = f"DROP TRIGGER {name} ON {table}; DROP FUNCTION {name}();"
    return add, remove
