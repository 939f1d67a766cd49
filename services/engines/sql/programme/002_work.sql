-- Where each worker stands, and what it must remember beside the log.
CREATE SCHEMA work;

-- The last position whose effects are durable. A worker that is new here begins at the start.
CREATE TABLE work.places (
    worker   text PRIMARY KEY,
    position bigint NOT NULL
);
INSERT INTO work.places VALUES ('policies', 0), ('notifier', 0);

-- One row per message to a person: the key keeps it from being sent twice.
-- state: due, sending, sent, failed, unconfirmed (handed over, no answer), withheld (no way to
-- reach the person, or erased), for-staff (somebody rings or posts it).
CREATE TABLE work.notices (
    position  bigint NOT NULL,
    cause     text   NOT NULL,
    person    text   NOT NULL,
    template  text   NOT NULL,
    fact      text   NOT NULL,
    state     text   NOT NULL DEFAULT 'due'
              CHECK (state IN ('due', 'sending', 'sent', 'failed', 'unconfirmed', 'withheld',
                               'for-staff')),
    channel   text,
    attempts  integer NOT NULL DEFAULT 0,
    problem   text,
    due_at    timestamptz NOT NULL,
    done_at   timestamptz,
    PRIMARY KEY (cause, person, template)
);
CREATE INDEX notices_open ON work.notices (position) WHERE state IN ('due', 'sending');

-- What the scheduler has asked for, so that it asks once for each thing that fell due.
CREATE TABLE work.asked (
    agenda_key text NOT NULL,
    command    text NOT NULL,
    due_at     timestamptz NOT NULL,
    target     text NOT NULL,
    answer     text NOT NULL,
    asked_at   timestamptz NOT NULL,
    PRIMARY KEY (agenda_key, command, due_at, target)
);
