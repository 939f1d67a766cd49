-- The trail: who opened whose values, and what for. Never a value. Insert and select only.
CREATE SCHEMA trail;

-- opener: a person, or what acted for whoever owns the data folder; issuer and credential: who
-- vouched for them, and a digest of the id of what was shown. whose: the person (or cohort, or case)
-- under whose key it lies. query, purpose: what was asked, and as whom. position: of the log, as it
-- was seen then. told_as: what is told in the place of the opener and the purpose, where
-- these would tell too much; then the opener is keyed. Only the database says when it was, and in
-- which order.
CREATE TABLE trail.openings (
    number     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at         timestamptz NOT NULL DEFAULT clock_timestamp(),
    opener     text   NOT NULL,
    issuer     text   NOT NULL,
    credential text   NOT NULL,
    whose      text   NOT NULL,
    query      text   NOT NULL,
    purpose    text   NOT NULL,
    position   bigint NOT NULL,
    told_as    text   NOT NULL DEFAULT ''
);
CREATE INDEX openings_by_person ON trail.openings (whose, number);

-- Nobody notes in another one's name: whoever shows a token is a person, by whom it was vouched for.
ALTER TABLE trail.openings ENABLE ROW LEVEL SECURITY;
CREATE POLICY noted ON trail.openings FOR INSERT WITH CHECK (CASE
    WHEN current_user IN ('home', 'checker') THEN
        opener = 'system:command-line' AND issuer = '' AND credential = '' AND told_as = ''
    WHEN current_user = 'reader' THEN CASE told_as
        WHEN '' THEN opener ~ '^person_' AND issuer <> '' AND credential <> ''
        ELSE opener ~ '^[0-9a-f]{32}$' AND issuer = '' AND credential = '' END
    ELSE false END);

-- What is told of it. Of the panel no more than that it opened something of somebody's at all: who it
-- was would tell who assesses whom; when, and how often, how the assessments go. And of who reads of
-- their own contact not who they are: nobody is to know whose a contact is.
CREATE VIEW trail.told AS
    SELECT number, at, opener, issuer, credential, whose, query, purpose, position
    FROM trail.openings WHERE told_as = ''
    UNION ALL
    SELECT DISTINCT 0::bigint, NULL::timestamptz, told_as, '', '', whose, query, told_as, NULL::bigint
    FROM trail.openings WHERE told_as <> '';

CREATE FUNCTION trail.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the trail is immutable: % on %.% is refused',
        TG_OP, TG_TABLE_SCHEMA, TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END
$$;
CREATE TRIGGER immutable BEFORE UPDATE OR DELETE OR TRUNCATE ON trail.openings
    FOR EACH STATEMENT EXECUTE FUNCTION trail.refuse_change();
