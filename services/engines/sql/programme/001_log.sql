-- The log: what has happened, in one gapless order. Insert and select only.
CREATE SCHEMA log;

CREATE TABLE log.format (
    format integer NOT NULL
);
INSERT INTO log.format VALUES (4);

CREATE TABLE log.events (
    position bigint PRIMARY KEY CHECK (position > 0),
    type     text   NOT NULL,
    tags     text[] NOT NULL,
    document bytea  NOT NULL
) WITH (toast_tuple_target = 8160);
-- What is sealed can't be compressed, and what fits a page is read at one stroke from it.
ALTER TABLE log.events ALTER COLUMN document SET STORAGE EXTERNAL;
CREATE INDEX events_by_type ON log.events (type, position);

-- Decisions look facts up by the rarest tag and the type.
CREATE TABLE log.tags (
    tag      text   NOT NULL,
    type     text   NOT NULL,
    position bigint NOT NULL,
    PRIMARY KEY (tag, type, position)
);

-- What is too large for a fact, sealed as its fields are. A fact has its digest.
CREATE TABLE log.parts (
    digest bytea PRIMARY KEY CHECK (digest = sha256(sealed)),
    sealed bytea NOT NULL
);
-- Commands that were accepted and brought about nothing, so that they are known again: who sent
-- them, and a digest of what they asked for, keyed by the people whom they are about (sealed).
CREATE TABLE log.without_effect (
    command text   PRIMARY KEY,
    sender  text   NOT NULL,
    digest  text   NOT NULL,
    people  bytea  NOT NULL,
    number  bigint GENERATED ALWAYS AS IDENTITY UNIQUE
);

CREATE FUNCTION log.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the log is immutable: % on %.% is refused',
        TG_OP, TG_TABLE_SCHEMA, TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END
$$;
CREATE TRIGGER immutable BEFORE UPDATE OR DELETE OR TRUNCATE ON log.events
    FOR EACH STATEMENT EXECUTE FUNCTION log.refuse_change();
CREATE TRIGGER immutable BEFORE UPDATE OR DELETE OR TRUNCATE ON log.tags
    FOR EACH STATEMENT EXECUTE FUNCTION log.refuse_change();
CREATE TRIGGER immutable BEFORE UPDATE OR DELETE OR TRUNCATE ON log.parts
    FOR EACH STATEMENT EXECUTE FUNCTION log.refuse_change();
CREATE TRIGGER immutable BEFORE UPDATE OR DELETE OR TRUNCATE ON log.without_effect
    FOR EACH STATEMENT EXECUTE FUNCTION log.refuse_change();

-- What a checkpoint keeps of the event at its position; null where the log has none.
CREATE FUNCTION log.digest_at(at bigint) RETURNS bytea STABLE
    RETURN (SELECT sha256(document) FROM log.events WHERE position = at);
