-- The log: what has happened, in one gapless order. Insert and select only.
CREATE SCHEMA log;

CREATE TABLE log.format (
    format integer NOT NULL
);
INSERT INTO log.format VALUES (9);

-- Nobody is at the writer's turn but who has locked this table, which is empty for ever: only who
-- may update a table can lock it so that others wait, and that is one role.
CREATE TABLE log.writers_turn ();

CREATE TABLE log.events (
    position bigint PRIMARY KEY CHECK (position > 0),
    type     text   NOT NULL,
    tags     text[] NOT NULL,
    document bytea  NOT NULL
) WITH (toast_tuple_target = 8160);
-- What is sealed can't be compressed, and what fits a page is read at one stroke from it.
ALTER TABLE log.events ALTER COLUMN document SET STORAGE EXTERNAL;
CREATE INDEX events_by_type ON log.events (type, position);

-- Decisions look facts up by the rarest tag and the type. Nobody writes here: what is put into the
-- log is found by its own tags.
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

-- The log gives out the next position and no other, whoever writes. What one statement writes must
-- follow, in order, what was there: positions are unique, so behind one that is there and before
-- none that is, lies the end. Bytes 98 to 124 of an event say when it was recorded
-- (events/envelope.py), and that never goes back; what is no event is opaque to the log.
CREATE FUNCTION log.put_in_order() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    event CONSTANT bytea := '{"specversion":"1.0","sequence":"';
    next  bigint;
    last  bytea;
    one   record;
BEGIN
    FOR one IN SELECT position, substring(document FOR 124) AS head FROM placed LOOP
        IF next IS NULL AND one.position > 1 THEN
            SELECT position + 1, substring(document FOR 124) INTO next, last
                FROM log.events WHERE position = one.position - 1;
        END IF;
        IF one.position <> coalesce(next, 1) THEN
            RAISE EXCEPTION 'the log has no gaps: % is not the next position', one.position
                USING ERRCODE = 'insufficient_privilege';
        END IF;
        IF substring(one.head FOR 33) = event AND substring(last FOR 33) = event
            AND substring(one.head FROM 98) < substring(last FROM 98) THEN
            RAISE EXCEPTION 'the log does not go back: % was recorded before what it follows',
                one.position USING ERRCODE = 'insufficient_privilege';
        END IF;
        next := one.position + 1;
        last := one.head;
    END LOOP;
    INSERT INTO log.tags (tag, type, position)
        SELECT tag, type, position FROM placed, unnest(tags) AS tag;
    RETURN NULL;
END
$$;
CREATE TRIGGER in_order AFTER INSERT ON log.events REFERENCING NEW TABLE AS placed
    FOR EACH STATEMENT EXECUTE FUNCTION log.put_in_order();

-- What a checkpoint keeps of the event at its position; null where the log has none.
CREATE FUNCTION log.digest_at(at bigint) RETURNS bytea STABLE
    RETURN (SELECT sha256(document) FROM log.events WHERE position = at);
