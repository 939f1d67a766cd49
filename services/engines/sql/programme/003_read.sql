-- A read model is a view, read.<projection>, over one of its builds, which are tables
-- read.<projection>_v<version>_<build>. Read models never migrate: what was there is built anew.
-- All of them are the owner's: whoever could make a function or a view here could have it run with
-- the rights of who reads.
CREATE SCHEMA read;

-- state: building (beside the one that serves), serving (the view shows it), kept (as it was when
-- another took its place, for a rollback). `changes` counts what was done to rows apart from going
-- on, so that whoever remembers rows knows when to forget them. `event` and `moved_at` are as in
-- work.places.
CREATE TABLE read.builds (
    projection  text    NOT NULL CHECK (projection ~ '^[a-z][a-z0-9_]{0,39}$'),
    build       integer NOT NULL CHECK (build > 0),
    version     integer NOT NULL CHECK (version > 0),
    state       text    NOT NULL CHECK (state IN ('building', 'serving', 'kept')),
    position    bigint  NOT NULL DEFAULT 0,
    changes     integer NOT NULL DEFAULT 0,
    event       bytea,
    moved_at    timestamptz NOT NULL DEFAULT now(),
    made_at     timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (projection, build),
    CONSTRAINT one_of_each UNIQUE (projection, state) DEFERRABLE INITIALLY DEFERRED
);

-- Who has locked one of these empty tables gives each projection its first build, or carries out
-- orders about builds; see log.writers_turn.
CREATE TABLE read.makers_turn ();
CREATE TABLE read.rebuilders_turn ();

-- Who may do what in builds and views: rights that are given when one of them is made.
CREATE TABLE read.rights (
    role    text    NOT NULL,
    on_view boolean NOT NULL,
    what    text    NOT NULL CHECK (what IN ('SELECT', 'INSERT', 'DELETE', 'UPDATE (row)')),
    PRIMARY KEY (role, on_view, what)
);

CREATE FUNCTION read.table_of(of_projection text, of_build integer) RETURNS text STABLE
    LANGUAGE sql SET search_path = pg_catalog, pg_temp
    RETURN (SELECT format('read.%I', format('%s_v%s_%s', projection, version, build))
        FROM read.builds WHERE (projection, build) = (of_projection, of_build));

CREATE FUNCTION read.give_rights(relation text, is_view boolean) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    one record;
BEGIN
    FOR one IN SELECT * FROM read.rights JOIN pg_roles ON rolname = role WHERE on_view = is_view LOOP
        EXECUTE format('GRANT %s ON %s TO %I', one.what, relation, one.role);
    END LOOP;
END
$$;

-- Adds a build, empty and at position 0, with an index for each of some fields of its rows; its
-- number. Rows are large and mostly sealed: to look at one field of all of them reads them whole.
CREATE FUNCTION read.make_build(
    of_projection text, of_version integer, in_state text, found_by text[])
    RETURNS integer LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    made integer;
    field text;
BEGIN
    INSERT INTO read.builds (projection, build, version, state)
        SELECT of_projection, coalesce(max(build), 0) + 1, of_version, in_state
        FROM read.builds WHERE projection = of_projection RETURNING build INTO made;
    EXECUTE format('CREATE TABLE %s (key text PRIMARY KEY, row jsonb NOT NULL)',
        read.table_of(of_projection, made));
    FOREACH field IN ARRAY found_by LOOP
        EXECUTE format('CREATE INDEX ON %s ((row->>%L))',
            read.table_of(of_projection, made), field);
    END LOOP;
    PERFORM read.give_rights(read.table_of(of_projection, made), false);
    RETURN made;
END
$$;

-- Removes a build that does not serve.
CREATE FUNCTION read.drop_build(of_projection text, of_build integer)
    RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    its_table text := read.table_of(of_projection, of_build);
BEGIN
    DELETE FROM read.builds WHERE (projection, build) = (of_projection, of_build)
        AND state <> 'serving';
    IF NOT FOUND THEN
        RAISE EXCEPTION 'no build that could be dropped' USING ERRCODE = 'insufficient_privilege';
    END IF;
    EXECUTE format('DROP TABLE %s', its_table);
END
$$;

-- Lets the view show a build from the end of the transaction on. Whoever reads it for long is not
-- waited for long, since all others who read wait behind us.
CREATE FUNCTION read.show_build(of_projection text, of_build integer)
    RETURNS void LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp SET lock_timeout = '2s' AS $$
DECLARE
    its_table text := read.table_of(of_projection, of_build);
    its_view  text := format('read.%I', of_projection);
    is_new    boolean := to_regclass(its_view) IS NULL;
BEGIN
    IF its_table IS NULL THEN
        RAISE EXCEPTION 'no such build' USING ERRCODE = 'insufficient_privilege';
    END IF;
    EXECUTE format('CREATE OR REPLACE VIEW %s AS SELECT key, row FROM %s', its_view, its_table);
    IF is_new THEN
        PERFORM read.give_rights(its_view, true);
    END IF;
END
$$;
