from dialboard.deliver.events import Events
from tests.deliver.cast import Journal, an_event


class Counting(Journal):
    """A journal that counts how often it is read."""

    reads = 0

    def read(self, after: int, limit: int) -> list:
        self.reads += 1
        return super().read(after, limit)


def a_journal(count: int) -> Counting:
    return Counting([an_event(number) for number in range(1, count + 1)])


def test_what_was_just_read_is_not_read_again():
    journal = a_journal(10)
    events = Events(journal)
    events.after(0, 10)
    assert events.find([3, 7])[7].id == "evt_7"
    assert journal.reads == 1


def test_only_the_newest_are_remembered():
    journal = a_journal(10)
    events = Events(journal, keep=2)
    events.after(0, 10)
    assert sorted(events.find([1, 9, 10])) == [1, 9, 10]
    assert journal.reads == 2


def test_neighbours_are_read_together_and_distant_ones_apart():
    journal = a_journal(1000)
    found = Events(journal).find([5, 7, 40, 900, 901])
    assert {number: event.id for number, event in found.items()} == {n: f"evt_{n}" for n in (5, 7, 40, 900, 901)}
    assert journal.reads == 2


def test_an_event_that_was_forgotten_is_missing():
    journal = a_journal(3)
    del journal.entries[1]
    assert sorted(Events(journal).find([1, 2, 3])) == [1, 3]


def test_nothing_is_found_of_nothing():
    assert Events(a_journal(3)).find([]) == {}
