"""Running the real command, as a user's shell does."""

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple


class Done(NamedTuple):
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one document on stdout."""
        return json.loads(self.out)


def environment(**more: str) -> dict[str, str]:
    """Nothing of the tests' own settings reaches the command."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("DIALBOARD_", "DJANGO_"))}
    return clean | more


def dialboard(*words: str, data: Path | None = None, stdin: str = "", **environ: str) -> Done:
    told = [*words, *(["--data", str(data)] if data else [])]
    command = [sys.executable, "-m", "dialboard", *told]
    done = subprocess.run(command, capture_output=True, text=True, input=stdin, env=environment(**environ), timeout=60)
    return Done(done.returncode, done.stdout, done.stderr)


@contextlib.contextmanager
def started(command: Sequence[str], **how: Any) -> Iterator[subprocess.Popen[Any]]:
    """The process, which is killed in the end if it still runs, and its pipes closed, whatever happened meanwhile."""
    with subprocess.Popen(command, env=how.pop("env", None) or environment(), **how) as process:
        try:
            yield process
        finally:
            process.kill()


@contextlib.contextmanager
def all_started(commands: Sequence[Sequence[str]], **how: Any) -> Iterator[list[subprocess.Popen[Any]]]:
    """Several at once."""
    with contextlib.ExitStack() as stack:
        yield [stack.enter_context(started(command, **how)) for command in commands]


def ok(*words: str, data: Path | None = None, **environ: str) -> Any:
    """The document of a command that has to work."""
    done = dialboard(*words, "--json", data=data, **environ)
    assert done.code == 0, done.err
    assert done.err == ""
    return done.json


def refused(code: int, *words: str, data: Path | None = None, **environ: str) -> str:
    """The one sentence of a command that must not work."""
    done = dialboard(*words, data=data, **environ)
    assert done.code == code, done
    assert "Traceback" not in done.err and done.out == ""
    assert len(done.err.splitlines()) == 1, done.err
    return done.err


# Many commands in one process, which is not the tests' own: a process has one data folder.
_RUN_ALL = """
import contextlib, io, json, sys
from dialboard.cli import run

done = []
for words in json.load(sys.stdin):
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = run(words)
    done.append([code, out.getvalue(), err.getvalue()])
json.dump(done, sys.stdout)
"""


def run_all(commands: Sequence[Sequence[str]], data: Path, **environ: str) -> list[Done]:
    """What each of the commands answered, one after the other on that folder; a tenth of the time of each alone."""
    settings = environment(DIALBOARD_DATA=str(data), **environ)
    command = [sys.executable, "-c", _RUN_ALL]
    done = subprocess.run(
        command, input=json.dumps(commands), capture_output=True, text=True, env=settings, timeout=100
    )
    assert done.returncode == 0, done.stderr
    return [Done(*one) for one in json.loads(done.stdout)]
