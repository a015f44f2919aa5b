"""Where the server of a data folder answers, whatever port it was told."""

from dialboard.config import Config


def address(config: Config) -> str:
    """What the running server has noted in its lock; the address of the settings while none runs."""
    from dialboard.run import locks

    lock = locks.folder(config.data) / "serve.lock"
    noted = "" if locks.is_free(lock) else lock.read_text().partition(" at ")[2].strip()
    return noted or config.url
