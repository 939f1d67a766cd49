-- What is told in confidence has a log of its own, never relayed: all that stands in 001_log.sql is
-- made before this with `concerns` in the place of `log` (services/engines/schema.py).

-- For whoever checks the log: each position with a digest of what stands there, and nothing of it.
CREATE FUNCTION concerns.digests() RETURNS TABLE ("position" bigint, digest bytea) STABLE
    LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT position, sha256(document) FROM concerns.events ORDER BY position;
$$;
