-- An event debits its account by itself, so that keeping a batch of events and debiting it is one statement: atomic
-- and durable without a transaction around it, and nothing can be kept that is not paid for.
CREATE TRIGGER events_debit AFTER INSERT ON events
BEGIN
    UPDATE balances SET tokens = tokens - 1, debited = debited + 1 WHERE account = NEW.account;
    SELECT RAISE(ABORT, 'the account has no balance') WHERE changes() = 0;
END;
