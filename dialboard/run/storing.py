"""The storing process: the only owner of the embedded metric store."""

import logging
import threading

from dialboard.config import Config
from dialboard.errors import DialboardError, UsageError
from dialboard.run.child import Child, started
from dialboard.run.known import every_resource
from dialboard.store import open_store
from dialboard.store.server import serve

log = logging.getLogger(__name__)


def run(config: Config) -> None:
    """Answers until the process has to end. It is ready once every resource that we know has its table.

    Raises UsageError when the rows are elsewhere: the file that it would make is one that nobody asks.
    """
    if config.store_url:
        raise UsageError("The rows are on ClickHouse (DIALBOARD_STORE_URL): a storing process has nothing to do.")
    with started("storing", config) as child:
        prepare = threading.Thread(target=_prepare, args=(child,), name="prepare", daemon=True)
        serve(
            config.data.rows, config.data.rows_socket, memory=config.store_memory, ready=prepare.start, stop=child.stop
        )


def _prepare(child: Child) -> None:
    store = open_store(child.config.store)
    try:
        store.prepare(every_resource())
        child.says("ready")
    except DialboardError as error:
        log.error(error.sentence, extra={"action": "prepare_failed"})
    finally:
        store.close()
