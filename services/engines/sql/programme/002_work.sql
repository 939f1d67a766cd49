-- Where each worker stands, and what it must remember beside the log. Where several workers share a
-- table, rows tell whose they are, and only that worker moves them. (Policies say nothing to who
-- owns the tables: one role for everything has to.)
CREATE SCHEMA work;

-- A worker's checkpoint: the last position whose effects are durable, the digest (SHA-256) of the
-- event that was there, by which a log that was shortened is known, and since when it is there.
CREATE TABLE work.places (
    worker   text PRIMARY KEY,
    position bigint NOT NULL,
    event    bytea,
    moved_at timestamptz NOT NULL DEFAULT now()
);
ALTER TABLE work.places ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON work.places FOR SELECT USING (true);
CREATE POLICY own ON work.places FOR UPDATE USING (current_user IN (worker, 'operator'));

-- An operator may have a worker take in again what it took in, and not pass over what it did not.
CREATE FUNCTION work.refuse_to_pass_over() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'an operator sets nobody forward' USING ERRCODE = 'insufficient_privilege';
END
$$;
CREATE TRIGGER only_back BEFORE UPDATE ON work.places FOR EACH ROW
    WHEN (current_user = 'operator' AND new.position > old.position)
    EXECUTE FUNCTION work.refuse_to_pass_over();

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
-- An operator says what became of those that are lost, and of no others.
ALTER TABLE work.notices ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON work.notices FOR SELECT USING (true);
CREATE POLICY entered ON work.notices FOR INSERT WITH CHECK (true);
CREATE POLICY settled ON work.notices FOR UPDATE
    USING (current_user <> 'operator' OR state IN ('failed', 'unconfirmed'))
    WITH CHECK (current_user <> 'operator' OR state IN ('due', 'sent'));

-- Who has locked this empty table hands messages over; see log.writers_turn.
CREATE TABLE work.senders_turn ();

-- What the scheduler has asked for, what came of it at last, and when it asks again if the agenda
-- still has it then. settled: the door accepted or refused it, and not because it was too early;
-- tries: how often in a row it was not. agenda_position: the last fact about it when it was asked.
CREATE TABLE work.asked (
    agenda_key      text NOT NULL,
    command         text NOT NULL,
    due_at          timestamptz NOT NULL,
    target          text NOT NULL,
    answer          text NOT NULL,
    settled         boolean NOT NULL,
    tries           integer NOT NULL,
    agenda_position bigint NOT NULL,
    asked_at        timestamptz NOT NULL,
    again_at        timestamptz NOT NULL,
    PRIMARY KEY (agenda_key, command, due_at, target)
);

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
-- Those that are no worker's are a build's, and with it the projector's.
ALTER TABLE work.letters ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON work.letters FOR SELECT USING (true);
CREATE POLICY own_new ON work.letters FOR INSERT WITH CHECK (worker = current_user
    OR current_user = 'projector' AND worker NOT IN ('policies', 'notifier'));
CREATE POLICY own ON work.letters FOR UPDATE USING (worker = current_user
    OR current_user = 'projector' AND worker NOT IN ('policies', 'notifier'));

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
-- The projector orders in its own name what a new version of its code needs. What came of an order
-- is said once, by whom it concerns.
ALTER TABLE work.orders ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON work.orders FOR SELECT USING (true);
CREATE POLICY given ON work.orders FOR INSERT WITH CHECK (current_user = 'operator'
    OR current_user = 'projector' AND who = 'system:projector'
    AND verb = 'rebuild' AND finished_at IS NULL);
CREATE POLICY own ON work.orders FOR UPDATE USING (finished_at IS NULL AND (worker = current_user
    OR current_user = 'projector' AND worker NOT IN ('policies', 'notifier'))) WITH CHECK (true);

-- Workers that an operator has told to rest.
CREATE TABLE work.paused (
    worker text PRIMARY KEY,
    since  timestamptz NOT NULL,
    who    text NOT NULL,
    reason text NOT NULL
);

-- What keeps a worker from its work, in its own words. It counts as long as it is told again.
CREATE TABLE work.complaints (
    worker  text PRIMARY KEY,
    fault   text NOT NULL,
    problem text NOT NULL,
    since   timestamptz NOT NULL DEFAULT now(),
    told_at timestamptz NOT NULL DEFAULT now()
);
ALTER TABLE work.complaints ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON work.complaints FOR SELECT USING (true);
CREATE POLICY own_new ON work.complaints FOR INSERT WITH CHECK (worker = current_user);
CREATE POLICY own ON work.complaints FOR UPDATE USING (worker = current_user);

-- How the mailbox is into which letters come back, if there is one.
CREATE TABLE work.mailbox (
    one       boolean PRIMARY KEY DEFAULT true CHECK (one),
    problem   text NOT NULL,
    unread    bigint,
    since     timestamptz NOT NULL DEFAULT now(),
    looked_at timestamptz NOT NULL DEFAULT now()
);

-- While the stream is made anew: its consumers as they were, and the last position each was done
-- with and at which stream and log were equal; the digest of the event there, and the epoch of the
-- stream. Empty at all other times; what stands here after a crash is where the next try goes on.
CREATE TABLE work.saved_consumers (
    name   text   PRIMARY KEY,
    config jsonb  NOT NULL,
    floor  bigint NOT NULL,
    event  bytea,
    epoch  text   NOT NULL
);

-- Who has locked this empty table makes the stream anew; see log.writers_turn.
CREATE TABLE work.rebuilders_turn ();

-- What a stream had that the log had not, and when it had come there: kept for ever as evidence
-- before the stream was made anew. What is personal in it is sealed as in the log.
CREATE TABLE work.replaced (
    epoch       text   NOT NULL,
    sequence    bigint NOT NULL,
    subject     text   NOT NULL,
    document    bytea  NOT NULL,
    stored_at   timestamptz NOT NULL,
    replaced_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (epoch, sequence)
);
