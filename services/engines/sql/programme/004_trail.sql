-- The trail: who opened whose values, and what for. Never a value. Insert and select only.
CREATE SCHEMA trail;

-- opener: a person, or what acted for whoever owns the data folder; issuer and credential: who
-- vouched for them, and a digest of the id of what was shown. whose: the person (or cohort, or case)
-- under whose key it lies. query, purpose: what was asked, and as whom. position: of the log, as it
-- was seen then. Only the database says when it was, and in which order.
CREATE TABLE trail.openings (
    number     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at         timestamptz NOT NULL DEFAULT clock_timestamp(),
    opener     text   NOT NULL,
    issuer     text   NOT NULL,
    credential text   NOT NULL,
    whose      text   NOT NULL,
    query      text   NOT NULL,
    purpose    text   NOT NULL,
    position   bigint NOT NULL
);
CREATE INDEX openings_by_person ON trail.openings (whose, number);

CREATE FUNCTION trail.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the trail is immutable: % on %.% is refused',
        TG_OP, TG_TABLE_SCHEMA, TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END
$$;
CREATE TRIGGER immutable BEFORE UPDATE OR DELETE OR TRUNCATE ON trail.openings
    FOR EACH STATEMENT EXECUTE FUNCTION trail.refuse_change();
