"""`dialboard serve` as tests of its start and its end need it."""

import subprocess
import sys
from pathlib import Path

from tests.cli.run import environment
from tests.paths.running import Server


class Begun(Server):
    """A server that is started and need not become ready: `process` is there at once."""

    def __init__(self, data: Path, *words: str, **environ: str) -> None:
        super().__init__(data, *words, **environ)
        command = [sys.executable, "-m", "dialboard", "serve", "--data", str(data), *(words or ("--port", "0"))]
        with self.log_file.open("ab") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log, env=environment(**environ))
