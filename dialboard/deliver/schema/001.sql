-- What became of each event at each destination, and how far the journal was read. The same words run on SQLite and
-- PostgreSQL. Times are microseconds since 1970.
CREATE TABLE deliveries (
    destination TEXT NOT NULL,
    sequence BIGINT NOT NULL,
    account TEXT NOT NULL,
    event TEXT NOT NULL,
    received_at BIGINT NOT NULL,
    state TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    updated_at BIGINT NOT NULL,
    next_try_at BIGINT,
    -- Set before the request leaves and cleared by what came of it: still set at a start, the program ended in between.
    sending_at BIGINT,
    reason TEXT,
    detail TEXT NOT NULL,
    PRIMARY KEY (destination, sequence)
);
CREATE INDEX deliveries_due ON deliveries (destination, next_try_at) WHERE next_try_at IS NOT NULL;
CREATE INDEX deliveries_listed ON deliveries (account, sequence);
CREATE INDEX deliveries_sending ON deliveries (sending_at) WHERE sending_at IS NOT NULL;
CREATE TABLE cursors (name TEXT PRIMARY KEY, sequence BIGINT NOT NULL);
