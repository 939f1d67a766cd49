-- The vault: keys, apart from what they open, with a dump of its own.
CREATE SCHEMA vault;

-- A key is wrapped by the master key; destroying it is what erasing means. It falls with any of its
-- holders too, which are people whom its name does not name.
CREATE TABLE vault.keys (
    audience text    NOT NULL,
    version  integer NOT NULL DEFAULT 1,
    wrapped  bytea,
    holders  text[],
    PRIMARY KEY (audience, version)
);
CREATE INDEX keys_by_holder ON vault.keys USING gin (holders) WHERE holders IS NOT NULL;

-- Who somebody is, found by a keyed digest of an e-mail address or a telephone number.
CREATE TABLE vault.identities (
    digest bytea PRIMARY KEY,
    person text NOT NULL
);
