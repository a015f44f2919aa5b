"""The delivering process: the journal's events to the destinations that people decided on."""

from datetime import timedelta

from dialboard.config import Config
from dialboard.deliver.delivering import Delivering
from dialboard.deliver.outcomes import open_outcomes
from dialboard.deliver.pace import Pace
from dialboard.journal import open_reader
from dialboard.run.child import started
from dialboard.shapes.delivery import Destination

GRACE_S = 1.0  # for requests under way when we stop; what takes longer is uncertain, and said to be


def run(config: Config) -> None:
    """Returns when the process has to end."""
    from dialboard.control.folder import prepare

    with started("delivering", config) as child:
        prepare(config)
        reader, outcomes = open_reader(config.journal), open_outcomes(config.outcomes)
        try:
            child.says("ready")
            keep = timedelta(days=config.deliveries_days) if config.deliveries_days else None
            Delivering(reader, outcomes, Published(), pace=Pace(grace_s=GRACE_S), keep=keep).run(child.stop)
        finally:
            outcomes.close()
            reader.close()


class Published:
    """The destinations as people decided last. Asked before each batch; secrets are only read again when the number of
    what was published has grown."""

    def __init__(self) -> None:
        self._number = -1
        self._destinations: list[Destination] = []

    def __call__(self) -> list[Destination]:
        """Raises DataFolderError, a sentence, while the control database is away."""
        from django.db import close_old_connections

        from dialboard.control import active_config, publish, trouble

        with trouble.translated(active_config()):
            close_old_connections()
            number = publish.number()
            if number != self._number:
                self._destinations, self._number = publish.destinations(), number
        return self._destinations
