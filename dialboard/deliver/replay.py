"""Delivering what was kept before: events no destination took at the time, or that died."""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime

from dialboard.deliver.events import Entry, Reader
from dialboard.deliver.outcomes import Outcomes
from dialboard.deliver.route import Takes, leads_to_same_place, route
from dialboard.deliver.statements import New
from dialboard.shapes.delivery import Destination, State

_BATCH = 1_000


def replay(
    reader: Reader,
    outcomes: Outcomes,
    destination: Destination,
    from_sequence: int,
    until_sequence: int,
    now: datetime,
    *,
    others: Collection[Destination] = (),
    takes: Takes | None = None,
    progress: Callable[[int], None] = lambda sequence: None,
) -> int:
    """Makes the account's events from this number until before that one wait for the destination, where it is meant by
    them and has none of them yet; `Destination.since` does not count here. How many were made.

    An event that one of the `others` delivered to the same place, or still tries to, is left out: it would count twice
    there. A dead one is not.

    May run beside the delivering process, and again after it was interrupted: what exists stays as it is. So do events
    whose record may have been removed (`Outcomes.forgotten`): they may have been delivered.
    """
    made, after = 0, max(from_sequence - 1, outcomes.forgotten(destination.id))
    twins = {one.id for one in others if leads_to_same_place(one, destination)}
    while entries := reader.read(after, _BATCH):
        wanted = [entry for entry in entries if entry.sequence < until_sequence]
        meant = [entry for entry in wanted if route(entry.event, [destination], takes)]
        new = [
            New(
                account=destination.account,
                destination=destination.id,
                sequence=entry.sequence,
                event=entry.event.id,
                received_at=entry.event.received_at,
            )
            for entry in _not_taken(outcomes, destination.account, twins, meant)
        ]
        made += outcomes.admit(new, now)
        after = entries[-1].sequence
        progress(min(after, until_sequence - 1))
        if len(wanted) < len(entries):
            break
    return made


def _not_taken(outcomes: Outcomes, account: str, by: set[str], entries: Sequence[Entry]) -> Sequence[Entry]:
    """Those that none of these destinations delivered or still tries to."""
    if not by:
        return entries
    deliveries = outcomes.of_events(account, [entry.sequence for entry in entries])
    return [
        entry
        for entry in entries
        if not any(one.destination in by and one.state != State.DEAD for one in deliveries[entry.sequence])
    ]
