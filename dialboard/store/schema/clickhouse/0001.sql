-- Which resources have a table here, as they were last prepared.
CREATE TABLE IF NOT EXISTS resources (name String, definition String, version Int64)
ENGINE = ReplacingMergeTree(version) ORDER BY name
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1;
-- Spans of which everything is here, one line a write: merged when read.
CREATE TABLE IF NOT EXISTS coverage (
    account String,
    resource LowCardinality(String),
    twilio_account String,
    from_at DateTime64(6, 'UTC'),
    until_at DateTime64(6, 'UTC')
)
ENGINE = ReplacingMergeTree ORDER BY (account, resource, twilio_account, from_at, until_at)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1;
-- How far a log was absorbed: the newest line counts.
CREATE TABLE IF NOT EXISTS cursors (account String, name String, sequence Int64, version Int64)
ENGINE = ReplacingMergeTree(version) ORDER BY (account, name)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1
