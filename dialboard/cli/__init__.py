"""The command line: one file a noun."""

import os
import sys
from collections.abc import Sequence
from typing import NoReturn

from dialboard.errors import DialboardError, first_line


def main(words: Sequence[str] | None = None) -> NoReturn:
    """Runs one command and exits: 0, 2 for words that do not fit, 1 for any other error, in one sentence on stderr."""
    os.umask(0o077)  # whatever we write holds secrets or other people's calls
    sys.exit(run(words))


def run(words: Sequence[str] | None = None) -> int:
    """The exit code. Nobody sees a traceback who did not ask for it with DIALBOARD_DEBUG=1."""
    import click

    from dialboard.cli.root import root

    try:
        code = root.main(args=words, prog_name="dialboard", standalone_mode=False)
        sys.stdout.flush()
        return code if isinstance(code, int) else 0
    except BrokenPipeError:
        # Whoever read our lines has had enough (`| head`); the interpreter would complain once more when it flushes.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return 1
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.ctx.get_help() if error.ctx else "", err=True)
        return 2
    except click.ClickException as error:
        _complain(_sentence(error))
        return error.exit_code
    except DialboardError as error:
        _complain(error.sentence)
        return error.exit_code
    except (KeyboardInterrupt, click.Abort):
        _complain("Stopped.")
        return 1
    except UnicodeEncodeError as error:
        # What is no UTF-8 on the command line arrives as lone surrogates, which no database takes.
        if not any(map(_is_broken, sys.argv if words is None else words)):
            return _surprise(error)
        _complain(f"{error.object!a} is not UTF-8: write it as such.")
        return 2
    except Exception as error:
        return _surprise(error)


def _is_broken(word: str) -> bool:
    return any("\ud800" <= letter <= "\udfff" for letter in word)


def _sentence(error: "Exception") -> str:
    import click

    assert isinstance(error, click.ClickException)
    text = error.format_message().strip()
    if isinstance(error, click.UsageError) and error.ctx:
        return f"{error.ctx.command_path}: {text} See {error.ctx.command_path} --help."
    return text


def _surprise(error: Exception) -> int:
    """An error that nobody foresaw. Databases and disks that are away are the usual ones."""
    if os.environ.get("DIALBOARD_DEBUG", "").lower() in {"1", "true", "yes"}:
        raise error
    if type(error).__module__ == "django.db.utils":
        from dialboard.control import active_config
        from dialboard.control.trouble import sentence

        _complain(sentence(active_config(), error))
        return 1
    said = first_line(error)
    what = f"{type(error).__name__}: {said}" if said else type(error).__name__
    _complain(f"This did not work ({what}). DIALBOARD_DEBUG=1 shows where; `dialboard check` looks for causes.")
    return 1


def _complain(sentence: str) -> None:
    sys.stderr.write(" ".join(sentence.split()) + "\n")
