-- The log: what has happened, in one gapless order. Insert and select only.
CREATE SCHEMA log;

CREATE TABLE log.format (
    format integer NOT NULL
);
INSERT INTO log.format VALUES (1);

CREATE TABLE log.events (
    position bigint PRIMARY KEY CHECK (position > 0),
    type     text   NOT NULL,
    tags     text[] NOT NULL,
    document bytea  NOT NULL
);
CREATE INDEX events_by_type ON log.events (type, position);

-- Decisions look facts up by the rarest tag and the type.
CREATE TABLE log.tags (
    tag      text   NOT NULL,
    type     text   NOT NULL,
    position bigint NOT NULL,
    PRIMARY KEY (tag, type, position)
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
