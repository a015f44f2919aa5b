"""dialboard serve: everything that runs, or one process of it."""

import re
from collections.abc import Sequence
from importlib import import_module
from ipaddress import ip_network
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import click

from dialboard.cli import asked
from dialboard.errors import BadSetting

if TYPE_CHECKING:
    from dialboard.config import Config

ROLES = ("serving", "showing", "storing", "delivering", "working", "demo")


@click.command()
@click.option("--host", metavar="H", help="The address to listen on.  [default: 127.0.0.1]")
@click.option(
    "--port", type=click.IntRange(0, 65535), metavar="N", help="Its port; 0 takes a free one.  [default: 8000]"
)
@click.option("--public-url", metavar="URL", help="How the world reaches this server: https://dialboard.example.com")
@click.option(
    "--trusted-proxies", metavar="LIST", help="Addresses or networks whose X-Forwarded-* headers are believed."
)
@click.option("--demo", is_flag=True, help="With sample data, as by a click on the first page.")
@click.option("--sign-in-link", "wants_link", is_flag=True, help="Print an address that signs the owner in, once.")
@click.option("--role", type=click.Choice(ROLES), help="Only this process: for more than one machine.")
def serve(
    host: str | None,
    port: int | None,
    public_url: str | None,
    trusted_proxies: str | None,
    demo: bool,
    wants_link: bool,
    role: str | None,
) -> int:
    """Take events, show pages, deliver, sync: everything, until SIGTERM or Ctrl-C."""
    proxies = tuple(trusted_proxies.replace(",", " ").split()) if trusted_proxies else None
    config = asked.config(host=host, port=port, public_url=public_url, trusted_proxies=proxies)
    _check_public_url("--public-url" if public_url else "DIALBOARD_PUBLIC_URL", config.public_url)
    _check_proxies("--trusted-proxies" if proxies else "DIALBOARD_TRUSTED_PROXIES", config.trusted_proxies)
    if role:
        if demo or wants_link:
            raise click.UsageError(
                f"{'--demo' if demo else '--sign-in-link'} is for the whole server: not with --role."
            )
        from dialboard.run.child import end_with_supervisor

        end_with_supervisor()
        import_module(f"dialboard.run.{role}").run(config)
        if role in {"serving", "showing", "demo"}:
            from dialboard.run.stop import leave

            leave()
        return 0
    _check_version(config)
    from dialboard.run import welcome
    from dialboard.run.program import program
    from dialboard.run.supervisor import supervise

    as_json = asked.wants_json()
    wishes = [*[welcome.SAMPLE] * demo, *[welcome.LINK] * wants_link, *[welcome.JSON] * as_json]
    return supervise(config, program(), lambda ready: _welcome(ready, wishes))


def _check_version(config: "Config") -> None:
    """Once, before there are processes that would each find it out."""
    from dialboard.control.folder import read_version

    read_version(config.data)


def _check_public_url(name: str, url: str | None) -> None:
    """Here and not in each process: a start that cannot go well says so in one sentence."""
    parts = urlsplit(url or "https://none.given")
    behind = parts.path.strip("/") + parts.query + parts.fragment
    if parts.scheme not in ("http", "https") or not parts.hostname or behind or re.search(r"\s", url or ""):
        raise BadSetting(name, url or "", "an address without a path, such as https://dialboard.example.com")


def _check_proxies(name: str, proxies: Sequence[str]) -> None:
    for text in proxies:
        try:
            ip_network(text, strict=False)
        except ValueError as error:
            raise BadSetting(name, text, "addresses or networks such as 10.0.0.0/8") from error


def _welcome(config: "Config", wishes: list[str]) -> None:
    """What the owner reads once everything answers; with --json it is the document of the process that welcomes."""
    from dialboard.run import welcome

    if welcome.JSON not in wishes:
        click.echo(f"Dialboard is ready at {config.url}")
    if wishes:
        welcome.begin(config, *wishes)
