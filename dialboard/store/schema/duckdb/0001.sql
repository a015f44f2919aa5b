-- Which resources have a table here, as they were last prepared: a process that starts again can be asked at once.
CREATE TABLE resources (name VARCHAR NOT NULL, definition VARCHAR NOT NULL);
-- Spans of which everything is here, UTC; merged when they touch, so there are few.
CREATE TABLE coverage (
    account VARCHAR NOT NULL,
    twilio_account VARCHAR NOT NULL,
    resource VARCHAR NOT NULL,
    from_at TIMESTAMP NOT NULL,
    until_at TIMESTAMP NOT NULL
);
-- How far a log was absorbed.
CREATE TABLE cursors (account VARCHAR NOT NULL, name VARCHAR NOT NULL, sequence BIGINT NOT NULL)
