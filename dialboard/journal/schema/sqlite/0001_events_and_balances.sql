-- Events are numbered in the order in which they became durable; a number is never used again.
CREATE TABLE events (
    sequence    INTEGER PRIMARY KEY AUTOINCREMENT,
    account     TEXT NOT NULL,
    key         TEXT NOT NULL,
    id          TEXT NOT NULL,
    received_at INTEGER NOT NULL, -- microseconds since 1970, UTC
    body        BLOB NOT NULL,    -- the whole event, MessagePack
    UNIQUE (account, key)
) STRICT;

-- Pages list an account's events and count them from here, without touching the bodies.
CREATE INDEX events_of_account ON events (account, sequence, received_at);

-- Most events are found by their id through the key, which is the same; this holds only the others.
CREATE INDEX events_with_own_key ON events (id) WHERE id <> key;

-- granted is the sum of the account's grants, debited the number of its events.
CREATE TABLE balances (
    account   TEXT PRIMARY KEY,
    tokens    INTEGER NOT NULL,
    granted   INTEGER NOT NULL,
    debited   INTEGER NOT NULL,
    unmetered INTEGER NOT NULL CHECK (unmetered IN (0, 1)),
    CHECK (tokens = granted - debited),
    CHECK (tokens >= 0 OR unmetered)
) STRICT, WITHOUT ROWID;

CREATE TABLE grants (
    id         TEXT PRIMARY KEY,
    account    TEXT NOT NULL,
    tokens     INTEGER, -- null: made the account unmetered
    applied_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX grants_of_account ON grants (account);
