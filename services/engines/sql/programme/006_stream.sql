-- While the stream is made anew: its consumers as they were, and the last position each was done
-- with. Empty at all other times; what stands here after a crash is where the next try goes on.
CREATE TABLE work.saved_consumers (
    name   text   PRIMARY KEY,
    config jsonb  NOT NULL,
    floor  bigint NOT NULL
);
