-- From here on a body is an array of the event's values. Older ones, maps, are read as well; an older Dialboard cannot
-- read the new ones and refuses a journal with this number.

-- Bytes are compared, not words by the rules of some language: that costs most of an insert where the database has one.
ALTER TABLE journal.events
    ALTER account TYPE text COLLATE "C", ALTER key TYPE text COLLATE "C", ALTER id TYPE text COLLATE "C";
ALTER TABLE journal.balances ALTER account TYPE text COLLATE "C";

-- Keeps a batch and debits it. Gives one number an event, in the order asked: the event's own when it is kept now, minus
-- that of the event kept earlier under its key, 0 when the balance does not cover it.
--
-- 1. Numbers are taken under a lock that is let go at once, in the same moment as the transaction gets its own number.
--    So of two writers the one with the lower transaction has all the lower sequence numbers, and a reader that keeps
--    below the oldest open transaction misses nothing. Numbers that are not needed stay gaps.
-- 2. The balances are locked in one order (no deadlock). From here on nobody else writes events of these accounts, so
--    what is looked up below stays true until the commit.
-- 3. Only a batch that one of its accounts might not be able to pay is looked at event by event.
-- 4. A key that is there already is found by the insert itself; a look-up before it would cost as much again.
--
-- The plans are made once a connection, when the table may still be empty: they are forced to look keys up by their
-- index, or would read the whole table for every batch. Planning anew each time costs more than the insert.
DROP FUNCTION journal.append;
CREATE FUNCTION journal.append(
    accounts text[], keys text[], ids text[], received timestamptz[], bodies bytea[]
) RETURNS bigint[]
LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off
AS $$
DECLARE
    asked bigint := cardinality(accounts);
    numbers bigint[];
    payable boolean; -- all of them, whatever they are
    covered boolean[]; -- those that are new and have a token, when not all are payable
    kept bigint;
BEGIN
    PERFORM pg_advisory_lock(7046029254386353131);
    PERFORM pg_current_xact_id();
    SELECT array_agg(nextval('journal.events_sequence_seq')) INTO numbers FROM generate_series(1, asked);
    PERFORM pg_advisory_unlock(7046029254386353131);

    SELECT bool_and(b.unmetered OR b.tokens >= asked)
        AND count(*) = (SELECT count(DISTINCT account) FROM unnest(accounts) AS account)
        INTO payable
        FROM (SELECT * FROM journal.balances WHERE account = ANY (accounts) ORDER BY account FOR UPDATE) b;

    IF payable IS NOT TRUE THEN
        SELECT array_agg(is_new AND coalesce(unmetered OR tokens >= rank, false) ORDER BY place) INTO covered
        FROM (
            SELECT n.*, b.unmetered, b.tokens,
                row_number() OVER (PARTITION BY n.account, n.is_new ORDER BY n.place) AS rank
            FROM (
                SELECT a.account, a.place, e.sequence IS NULL
                    AND row_number() OVER (PARTITION BY a.account, a.key ORDER BY a.place) = 1 AS is_new
                FROM unnest(accounts, keys) WITH ORDINALITY AS a (account, key, place)
                LEFT JOIN journal.events e ON e.account = a.account AND e.key = a.key
            ) n LEFT JOIN journal.balances b ON b.account = n.account
        ) ranked;
    END IF;

    WITH added AS (
        INSERT INTO journal.events (sequence, account, key, id, received_at, body)
        SELECT a.sequence, a.account, a.key, a.id, a.received_at, a.body
        FROM unnest(numbers, accounts, keys, ids, received, bodies) WITH ORDINALITY
            AS a (sequence, account, key, id, received_at, body, place)
        WHERE payable OR covered[a.place]
        ON CONFLICT (account, key) DO NOTHING
        RETURNING events.account
    ),
    debit AS (
        UPDATE journal.balances b SET tokens = b.tokens - spent.n, debited = b.debited + spent.n
        FROM (SELECT account, count(*) AS n FROM added GROUP BY account) spent
        WHERE b.account = spent.account
    )
    SELECT count(*) INTO kept FROM added;
    IF kept = asked THEN
        RETURN numbers;
    END IF;

    RETURN (
        SELECT array_agg(
            CASE e.sequence WHEN numbers[a.place] THEN e.sequence ELSE coalesce(-e.sequence, 0) END ORDER BY a.place
        )
        FROM unnest(accounts, keys) WITH ORDINALITY AS a (account, key, place)
        LEFT JOIN journal.events e ON e.account = a.account AND e.key = a.key
    );
END
$$;
