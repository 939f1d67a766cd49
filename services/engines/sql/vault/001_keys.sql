-- The vault: keys, apart from what they open, with a dump of its own.
CREATE SCHEMA vault;

-- A key is wrapped by the master key; destroying it is what erasing means.
CREATE TABLE vault.keys (
    audience text    NOT NULL,
    version  integer NOT NULL DEFAULT 1,
    wrapped  bytea,
    PRIMARY KEY (audience, version)
);

-- Who somebody is, found by a keyed digest of an e-mail address or a telephone number.
CREATE TABLE vault.identities (
    digest bytea PRIMARY KEY,
    person text NOT NULL
);
