-- What a worker could not do, and what operators have ordered about it.

-- The dead letters: an event that a worker can't take in for one key, and behind it, in order, the
-- later events of that key. A letter is lost until it is done or discarded; rows are never removed.
-- state: dead (it failed), waiting (one before it failed), done, discarded.
CREATE TABLE work.letters (
    letter   bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    worker   text   NOT NULL,
    key      text   NOT NULL,
    position bigint NOT NULL,
    fact     text   NOT NULL,
    state    text   NOT NULL CHECK (state IN ('dead', 'waiting', 'done', 'discarded')),
    error    text,
    problem  text,
    attempts integer NOT NULL DEFAULT 0,
    first_at timestamptz NOT NULL,
    last_at  timestamptz NOT NULL,
    PRIMARY KEY (worker, key, position)
);
CREATE INDEX letters_open ON work.letters (worker, key, position)
    WHERE state IN ('dead', 'waiting');

-- Who ordered what and why, and what came of it. Orders to a worker are carried out by that worker.
CREATE TABLE work.orders (
    number      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    verb        text   NOT NULL CHECK (verb IN ('redrive', 'discard', 'pause', 'resume', 'replay',
                                                'rebuild', 'rollback', 'rebuild-stream',
                                                'settle')),
    worker      text   NOT NULL,
    who         text   NOT NULL,
    reason      text   NOT NULL,
    given_at    timestamptz NOT NULL,
    letters     bigint[] NOT NULL DEFAULT '{}',
    per_second  double precision CHECK (per_second > 0),
    details     jsonb  NOT NULL DEFAULT '{}',
    finished_at timestamptz,
    outcome     jsonb
);
CREATE INDEX orders_open ON work.orders (worker, number) WHERE finished_at IS NULL;

-- Workers that an operator has told to rest.
CREATE TABLE work.paused (
    worker text PRIMARY KEY,
    since  timestamptz NOT NULL,
    who    text NOT NULL,
    reason text NOT NULL
);
