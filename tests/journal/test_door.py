"""What both journals promise; each test runs on SQLite and on PostgreSQL."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from random import Random

import pytest

from dialboard.errors import JournalUnavailable
from dialboard.journal import Balance, Journal, Reader, migrate, open_journal, open_reader
from dialboard.shapes.event import Event, Kept, NoTokens, Receipt, Repeat
from tests.journal.conftest import ALICE, BOB, NOON, Story, event, grant

Tell = Callable[[Story], None]


def test_an_event_is_kept_and_read_back_as_it_was(tell: Tell) -> None:
    async def story(journal: Journal, reader: Reader) -> None:
        assert reader.last() == 0
        await journal.grant(grant(5))
        told = event(city="MÜNCHEN 🏙", title=None, referrer="", user_agent="TwilioProxy/1.1")
        receipt = await journal.append(told)
        assert isinstance(receipt, Kept)
        [entry] = reader.read(0, 10)
        assert (entry.sequence, entry.event) == (receipt.sequence, told)
        assert entry.event.received_at.tzinfo is not None

    tell(story)


def test_numbers_grow_in_the_order_of_the_requests(tell: Tell) -> None:
    async def story(journal: Journal, reader: Reader) -> None:
        await journal.grant(grant(None))
        events = [event() for _ in range(300)]
        receipts = await asyncio.gather(*map(journal.append, events))
        numbers = [receipt.sequence for receipt in receipts if isinstance(receipt, Kept)]
        assert numbers == sorted(set(numbers)) and len(numbers) == 300
        assert [entry.event.id for entry in reader.read(0, 1000)] == [one.id for one in events]
        assert [entry.sequence for entry in reader.read(numbers[99], 50)] == numbers[100:150]
        assert reader.last() == numbers[-1]

    tell(story)


def test_an_event_costs_one_token(tell: Tell) -> None:
    async def story(journal: Journal, reader: Reader) -> None:
        await journal.grant(grant(5))
        await journal.append(event())
        assert reader.balance(ALICE) == Balance(tokens=4, unmetered=False, granted=5, debited=1)

    tell(story)


def test_a_repeat_of_a_key_costs_nothing_and_gets_the_first_number(tell: Tell) -> None:
    async def story(journal: Journal, reader: Reader) -> None:
        await journal.grant(grant(5))
        first = await journal.append(event(key="order-1"))
        again = await journal.append(event(key="order-1"))
        assert isinstance(first, Kept) and again == Repeat(first.sequence)
        assert reader.balance(ALICE).tokens == 4
        assert reader.count(ALICE) == 1

    tell(story)


def test_a_key_that_comes_several_times_at_once_is_kept_once(tell: Tell) -> None:
    async def story(journal: Journal, reader: Reader) -> None:
        await journal.grant(grant(50))
        receipts = await asyncio.gather(*(journal.append(event(key="order-1")) for _ in range(20)))
        [kept] = [receipt for receipt in receipts if isinstance(receipt, Kept)]
        assert [receipt for receipt in receipts if receipt != kept] == [Repeat(kept.sequence)] * 19
        assert reader.balance(ALICE).debited == 1

    tell(story)


def test_the_very_same_event_twice_is_a_repeat(tell: Tell) -> None:
    async def story(journal: Journal, reader: Reader) -> None:
        await journal.grant(grant(50))
        one, other = event(), event()
        first = await journal.append(one)
        assert isinstance(first, Kept)
        second, third, fourth = await asyncio.gather(*map(journal.append, (one, other, other)))
        assert second == Repeat(first.sequence)
        assert isinstance(third, Kept) and fourth == Repeat(third.sequence)

    tell(story)


def test_two_accounts_may_use_the_same_key(tell: Tell) -> None:
    async def story(journal: Journal, reader: Reader) -> None:
        await journal.grant(grant(1, ALICE))
        await journal.grant(grant(1, BOB))
        receipts = await asyncio.gather(journal.append(event(ALICE, "order-1")), journal.append(event(BOB, "order-1")))
        assert all(isinstance(receipt, Kept) for receipt in receipts)

    tell(story)


def test_when_the_tokens_run_out_in_mid_batch_the_earlier_requests_get_them(tell: Tell) -> None:
    async def story(journal: Journal, reader: Reader) -> None:
        await journal.grant(grant(7))
        await journal.grant(grant(3, BOB))
        receipts = await asyncio.gather(
            *(journal.append(event(account)) for _ in range(10) for account in (ALICE, BOB))
        )
        alice, bob = receipts[0::2], receipts[1::2]
        assert [isinstance(receipt, Kept) for receipt in alice] == [True] * 7 + [False] * 3
        assert [isinstance(receipt, Kept) for receipt in bob] == [True] * 3 + [False] * 7
        assert alice[-1] == NoTokens()
        assert reader.balance(ALICE) == Balance(0, False, 7, 7)
        assert reader.balance(BOB) == Balance(0, False, 3, 3)

    tell(story)


def test_any_mixture_of_requests_is_answered_as_if_they_came_one_by_one(tell: Tell) -> None:
    """New events, repeats of this batch and of earlier ones, three accounts, tokens that run out and are added."""
    random = Random(20_261_125)
    tokens: dict[str, int] = {ALICE: 0, BOB: 0}
    sequences: dict[tuple[str, str], int] = {}

    def expect(told: Event, receipt: Receipt) -> None:
        known = sequences.get((told.account, told.key))
        if known is not None:
            assert receipt == Repeat(known)
        elif not tokens.get(told.account):
            assert receipt == NoTokens()
        else:
            assert isinstance(receipt, Kept) and receipt.sequence > max(sequences.values(), default=0)
            sequences[told.account, told.key] = receipt.sequence
            tokens[told.account] -= 1

    async def story(journal: Journal, reader: Reader) -> None:
        for _ in range(40):
            account = random.choice((ALICE, BOB))
            await journal.grant(given := grant(random.randrange(20), account))
            tokens[account] += given.tokens or 0
            batch = [
                event(
                    random.choice((ALICE, ALICE, BOB, "acc_charlie")), random.choice((None, f"k{random.randrange(99)}"))
                )
                for _ in range(random.randrange(1, 40))
            ]
            with_key = [told for told in batch if told.key != told.id]  # each request has an id of its own
            batch += random.sample(with_key, min(3, len(with_key)))
            receipts = await asyncio.gather(*map(journal.append, batch))
            for told, receipt in zip(batch, receipts, strict=True):
                expect(told, receipt)
        assert {account: reader.balance(account).tokens for account in tokens} == tokens
        assert sum(reader.count(account) for account in tokens) == len(sequences) > 200

    tell(story)


def test_an_account_without_a_grant_has_no_tokens(tell: Tell) -> None:
    async def story(journal: Journal, reader: Reader) -> None:
        assert await journal.append(event()) == NoTokens()
        assert reader.balance(ALICE) == Balance(0, False, 0, 0)
        assert reader.count(ALICE) == 0

    tell(story)


def test_a_repeat_is_answered_even_when_no_tokens_are_left(tell: Tell) -> None:
    async def story(journal: Journal, reader: Reader) -> None:
        await journal.grant(grant(1))
        first = await journal.append(event(key="order-1"))
        assert isinstance(first, Kept)
        assert await journal.append(event(key="order-1")) == Repeat(first.sequence)
        assert await journal.append(event(key="order-2")) == NoTokens()

    tell(story)


def test_a_grant_is_applied_once_by_its_id(tell: Tell) -> None:
    async def story(journal: Journal, reader: Reader) -> None:
        given = grant(5)
        assert not reader.is_granted(given.id)
        await asyncio.gather(journal.grant(given), journal.grant(given))
        await journal.grant(given)
        assert reader.is_granted(given.id)
        assert reader.balance(ALICE) == Balance(5, False, 5, 0)
        await journal.grant(grant(2))
        assert reader.balance(ALICE).tokens == 7

    tell(story)


def test_an_unmetered_account_is_never_refused_and_its_ledger_still_adds_up(tell: Tell) -> None:
    async def story(journal: Journal, reader: Reader) -> None:
        await journal.grant(grant(1))
        await journal.grant(grant(None))
        receipts = await asyncio.gather(*(journal.append(event()) for _ in range(3)))
        assert all(isinstance(receipt, Kept) for receipt in receipts)
        assert reader.balance(ALICE) == Balance(-2, True, 1, 3)

    tell(story)


def test_forgetting_an_account_leaves_the_others_alone(tell: Tell) -> None:
    async def story(journal: Journal, reader: Reader) -> None:
        given = grant(None)
        await journal.grant(given)
        await journal.grant(grant(9, BOB))
        await asyncio.gather(*(journal.append(event()) for _ in range(4500)))
        kept = await journal.append(event(BOB))
        await journal.forget(ALICE)
        assert reader.count(ALICE) == 0 and reader.balance(ALICE) == Balance(0, False, 0, 0)
        assert not reader.is_granted(given.id)
        assert [entry.sequence for entry in reader.read(0, 10)] == [kept.sequence]  # type: ignore[union-attr]
        assert reader.balance(BOB).tokens == 8
        assert await journal.append(event()) == NoTokens()

    tell(story)


def test_a_number_is_never_used_again(tell: Tell) -> None:
    async def story(journal: Journal, reader: Reader) -> None:
        await journal.grant(grant(1))
        before = await journal.append(event())
        await journal.forget(ALICE)
        await journal.grant(grant(1))
        after = await journal.append(event())
        assert isinstance(before, Kept) and isinstance(after, Kept)
        assert after.sequence > before.sequence

    tell(story)


def test_the_newest_events_of_an_account_come_first(tell: Tell) -> None:
    async def story(journal: Journal, reader: Reader) -> None:
        await journal.grant(grant(None, ALICE))
        await journal.grant(grant(None, BOB))
        numbers = []
        for account in (ALICE, BOB, ALICE, BOB, ALICE):
            receipt = await journal.append(event(account))
            assert isinstance(receipt, Kept)
            numbers.append(receipt.sequence)
        first, _, third, _, fifth = numbers
        assert [entry.sequence for entry in reader.latest(ALICE)] == [fifth, third, first]
        assert [entry.sequence for entry in reader.latest(ALICE, limit=2)] == [fifth, third]
        assert [entry.sequence for entry in reader.latest(ALICE, before=fifth)] == [third, first]

    tell(story)


@pytest.mark.parametrize("key", [None, "order-1"])
def test_an_event_is_found_by_its_id_in_its_own_account_only(tell: Tell, key: str | None) -> None:
    async def story(journal: Journal, reader: Reader) -> None:
        await journal.grant(grant(None))
        told = event(key=key)
        await journal.append(told)
        await journal.append(event(key="evt_of_another_sender"))
        found = reader.find(ALICE, told.id)
        assert found is not None and found.event == told
        assert reader.find(BOB, told.id) is None
        assert reader.find(ALICE, "order-1") is None
        assert reader.find(ALICE, "evt_none") is None

    tell(story)


def test_events_are_counted_from_a_moment_on(tell: Tell) -> None:
    async def story(journal: Journal, reader: Reader) -> None:
        await journal.grant(grant(None))
        for minutes in range(5):
            await journal.append(event(received_at=NOON + timedelta(minutes=minutes)))
        assert reader.count(ALICE) == 5
        assert reader.count(ALICE, since=NOON + timedelta(minutes=3)) == 2
        assert reader.count(BOB) == 0

    tell(story)


def test_what_was_kept_is_there_after_opening_again(where: str) -> None:
    async def first() -> None:
        journal = await open_journal(where)
        await journal.grant(grant(5))
        await journal.append(event(key="order-1"))
        await journal.close()

    async def second() -> None:
        journal = await open_journal(where)
        assert isinstance(await journal.append(event(key="order-1")), Repeat)
        await journal.close()

    asyncio.run(first())
    asyncio.run(second())
    reader = open_reader(where)
    assert reader.balance(ALICE) == Balance(4, False, 5, 1)
    reader.close()


def test_closing_keeps_what_waits_and_refuses_what_comes_after(where: str) -> None:
    async def story() -> None:
        journal = await open_journal(where)
        await journal.grant(grant(None))
        waiting = [asyncio.ensure_future(journal.append(event())) for _ in range(50)]
        await asyncio.sleep(0)
        await journal.close()
        assert all(isinstance(receipt, Kept) for receipt in await asyncio.gather(*waiting))
        assert not journal.can_append()
        with pytest.raises(JournalUnavailable):
            await journal.append(event())

    asyncio.run(story())


def test_a_sender_that_went_away_does_not_disturb_the_others(tell: Tell) -> None:
    async def story(journal: Journal, reader: Reader) -> None:
        await journal.grant(grant(None))
        waiting = [asyncio.ensure_future(journal.append(event())) for _ in range(3)]
        await asyncio.sleep(0)
        waiting[1].cancel()
        receipts = await asyncio.gather(*waiting, return_exceptions=True)
        assert isinstance(receipts[0], Kept) and isinstance(receipts[2], Kept)
        assert isinstance(receipts[1], asyncio.CancelledError)

    tell(story)


def test_migrating_twice_changes_nothing(where: str) -> None:
    migrate(where)
    migrate(where)
    reader = open_reader(where)
    assert reader.read(0, 10) == []
    reader.close()
