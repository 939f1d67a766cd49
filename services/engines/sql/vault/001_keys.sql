-- The vault: keys, apart from what they open, with a dump of its own.
CREATE SCHEMA vault;

-- The epoch whose key wraps all keys that are made now, how often keys were destroyed or changed
-- (whoever has some at hand looks whether it is still the same), and since when audiences are
-- given new keys, while they are.
CREATE TABLE vault.state (
    one      boolean     PRIMARY KEY DEFAULT true CHECK (one),
    epoch    integer     NOT NULL DEFAULT 1,
    changes  bigint      NOT NULL DEFAULT 0,
    turning  timestamptz
);
INSERT INTO vault.state DEFAULT VALUES;

-- Who has locked this empty table turns keys: only who may update a table can lock it so that
-- others wait, and that is one role.
CREATE TABLE vault.turners_turn ();

-- A key is wrapped by the key of its epoch; destroying it, in all its versions, is what erasing
-- means. It falls with any of its holders too, which are people whom its name does not name.
CREATE TABLE vault.keys (
    audience text        NOT NULL,
    version  integer     NOT NULL,
    epoch    integer     NOT NULL,
    wrapped  bytea,
    holders  text[],
    made_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (audience, version)
);
CREATE INDEX keys_by_holder ON vault.keys USING gin (holders) WHERE holders IS NOT NULL;
-- An empty key is a destroyed one, for ever: only who may destroy makes one.
ALTER TABLE vault.keys ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON vault.keys FOR SELECT USING (true);
CREATE POLICY made ON vault.keys FOR INSERT WITH CHECK (wrapped IS NOT NULL
    OR has_column_privilege('vault.keys', 'wrapped', 'UPDATE'));
CREATE POLICY changed ON vault.keys FOR UPDATE USING (true);

-- Under what name and how people can be reached, sealed for each of them; and the words by which
-- they are found, keyed by an epoch's key: none until they were indexed for it. `otherwise_at` is
-- the position of the last change of it that the card has taken in.
CREATE TABLE vault.people (
    person text        PRIMARY KEY,
    card   bytea       NOT NULL,
    met_at timestamptz NOT NULL DEFAULT now(),
    epoch  integer,
    words  bigint[],
    otherwise_at bigint NOT NULL DEFAULT 0
);
CREATE INDEX people_by_word ON vault.people USING gin (words)
    WITH (gin_pending_list_limit = 256) WHERE words IS NOT NULL;
CREATE INDEX people_to_index ON vault.people (person) WHERE words IS NULL;

-- Who may be meant by an e-mail address or a telephone number, found by a keyed digest of it;
-- `named` is one of it together with the name. Several people may share one.
CREATE TABLE vault.identities (
    digest bytea NOT NULL,
    person text  NOT NULL,
    named  bytea NOT NULL,
    PRIMARY KEY (digest, person)
);
CREATE INDEX identities_by_person ON vault.identities (person);

-- Whose a subject of an issuer may be, found by a keyed digest of it. `sealed` is what the digest is
-- made of again in the next epoch, sealed for the person. A tie counts only if it stands recorded.
CREATE TABLE vault.ties (
    tie     text        PRIMARY KEY,
    person  text        NOT NULL,
    digest  bytea       NOT NULL,
    sealed  bytea       NOT NULL,
    made_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX ties_by_digest ON vault.ties (digest);
CREATE INDEX ties_by_person ON vault.ties (person);
