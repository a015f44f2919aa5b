"""How this program starts itself again, for its processes and for what has to be a process of its own."""

import sys


def program(module: str = "dialboard") -> list[str]:
    """The words that start a module of ours with this interpreter, wherever it is installed.

    -P: what lies in the folder where somebody works, a clone called dialboard or a json.py, is never imported instead.
    """
    return [sys.executable, "-P", "-m", module]
