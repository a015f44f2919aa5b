"""The working process: syncs connections, absorbs events into the store, and takes orders."""

import threading
import time

from dialboard.config import Config
from dialboard.deliver.outcomes import open_outcomes
from dialboard.errors import DialboardError
from dialboard.journal import open_reader
from dialboard.run.absorbing import Absorbing, accounts
from dialboard.run.child import started
from dialboard.run.ordering import Ordering
from dialboard.run.sample import Sample
from dialboard.run.scheduling import Scheduling
from dialboard.store import open_store

STORE_WAIT_S = 30.0  # the storing process may be starting, or opening a large file after a crash
ENDING_S = 2.0  # for all of them together


def run(config: Config) -> None:
    """Returns when the process has to end."""
    from dialboard.control.folder import prepare

    with started("working", config) as child:
        prepare(config)
        reader, outcomes = open_reader(config.journal), open_outcomes(config.outcomes)
        store = open_store(config.store, wait_s=STORE_WAIT_S)
        absorbing = Absorbing(reader, store, accounts)
        scheduling = Scheduling(config, store)
        sample = Sample(config, reader, outcomes, store, absorbing, scheduling)
        loops = (absorbing, scheduling, Ordering(reader, outcomes, scheduling, sample))
        threads = [
            threading.Thread(target=loop.run, args=(child.stop,), name=type(loop).__name__, daemon=True)
            for loop in loops
        ]
        for thread in threads:
            thread.start()
        child.says("ready")
        # With a time limit: a main thread that blocks in C without end would not see a signal.
        while not child.stop.wait(1.0):
            if ended := [thread.name for thread in threads if not thread.is_alive()]:
                raise DialboardError(f"{ended[0]} ended, which it never should: this process has to be started again.")
        until = time.monotonic() + ENDING_S
        for thread in threads:
            thread.join(timeout=max(0.0, until - time.monotonic()))
