-- A read model is a view, read.<projection>, over one of its builds, which are tables
-- read.<projection>_v<version>_<build>. Read models never migrate: what was there is built anew.
CREATE SCHEMA read;

-- state: building (beside the one that serves), serving (the view shows it), kept (as it was when
-- another took its place, for a rollback). `changes` counts what was done to rows apart from going
-- on, so that whoever remembers rows knows when to forget them. `event` and `moved_at` are as in
-- work.places.
CREATE TABLE read.builds (
    projection  text    NOT NULL,
    build       integer NOT NULL,
    version     integer NOT NULL,
    state       text    NOT NULL CHECK (state IN ('building', 'serving', 'kept')),
    position    bigint  NOT NULL DEFAULT 0,
    changes     integer NOT NULL DEFAULT 0,
    event       bytea,
    moved_at    timestamptz NOT NULL DEFAULT now(),
    made_at     timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (projection, build),
    CONSTRAINT one_of_each UNIQUE (projection, state) DEFERRABLE INITIALLY DEFERRED
);
