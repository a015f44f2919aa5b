"""The server of a data folder, as the commands meet it."""

from dialboard.config import Config


def address(config: Config) -> str:
    """What the running server has noted in its lock; the address of the settings while none runs."""
    from dialboard.run import locks

    lock = locks.folder(config.data) / "serve.lock"
    noted = "" if locks.is_free(lock) else lock.read_text().partition(" at ")[2].strip()
    return noted or config.url


def go_by_it(config: Config) -> None:
    """Returns when the running server goes by what was decided so far, so that a script may rely on it at once."""
    from dialboard.control import publish
    from dialboard.run import in_force

    in_force.wait_for(config.data, publish.number())
