-- Read models: one table per projection and version, made by the projector.
CREATE SCHEMA read;

CREATE TABLE read.places (
    projection text    NOT NULL,
    version    integer NOT NULL,
    position   bigint  NOT NULL,
    PRIMARY KEY (projection, version)
);
