"""`dialboard`: the nouns, each loaded only when it is asked for, and the two options that every command has."""

from importlib import import_module
from typing import Any

import click

from dialboard import __version__
from dialboard.cli.asked import put_everywhere

# Where each command is. None of these files imports Django, an engine or a driver while it is loaded.
COMMANDS = {
    "serve": "serve:serve",
    "sandbox": "sandbox:sandbox",
    "account": "account:account",
    "credential": "credential:credential",
    "person": "person:person",
    "destination": "destination:destination",
    "connection": "connection:connection",
    "sync": "sync:sync",
    "query": "query:query",
    "metric": "metric:metric",
    "resource": "resource:resource",
    "board": "board:board",
    "events": "events:events",
    "deliveries": "deliveries:deliveries",
    "send-sample": "send_sample:send_sample",
    "sign-in-link": "sign_in_link:sign_in_link",
    "backup": "backup:backup",
    "restore": "restore:restore",
    "rotate-keys": "rotate_keys:rotate_keys",
    "check": "check:check",
}


class Root(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name].partition(":")
        command: Any = getattr(import_module(f"dialboard.cli.{module}"), name)
        return put_everywhere(command)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            from difflib import get_close_matches

            near = get_close_matches(args[0], COMMANDS, n=2)
            hint = f" Did you mean {' or '.join(near)}?" if near else ""
            raise click.UsageError(f"There is no command {args[0]!r}.{hint}", ctx)
        return super().resolve_command(ctx, args)


@click.group(cls=Root, context_settings={"help_option_names": ["--help", "-h"], "max_content_width": 110})
@click.version_option(__version__, message="%(prog)s %(version)s")
def root() -> None:
    """Self-hosted analytics for people who use Twilio."""


put_everywhere(root)
