"""dialboard sandbox: plays Twilio or Google Analytics over HTTP, for a first look and for tests."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import click

from dialboard.cli import shown

HOST = "127.0.0.1"

PORT = click.option("--port", type=click.IntRange(0, 65535), required=True, metavar="N", help="0 takes a free one.")


@click.group()
def sandbox() -> None:
    """Play Twilio or Google Analytics on this machine."""


@sandbox.command()
@PORT
@click.option("--calls", type=click.IntRange(0, 10_000_000), default=12_000, show_default=True, metavar="N")
@click.option("--messages", type=click.IntRange(0, 10_000_000), default=20_000, show_default=True, metavar="N")
@click.option("--days", type=click.IntRange(1, 400), default=90, show_default=True, metavar="N")
@click.option("--seed", type=int, default=1, show_default=True, metavar="S", help="The same seed plays the same world.")
def twilio(port: int, calls: int, messages: int, days: int, seed: int) -> None:
    """Play a Twilio account with calls, messages and usage, until now and on."""
    from dialboard.sandbox.story import Story
    from dialboard.sandbox.twilio import TwilioSandbox

    played = TwilioSandbox(Story(seed, datetime.now(UTC), calls=calls, messages=messages, days=days))

    def ready(url: str) -> None:
        document = {
            "url": url,
            "accountSid": played.account_sid,
            "keySid": played.key_sid,
            "keySecret": played.key_secret,
        }
        text = "\n".join(
            (
                f"Twilio is played at {url}. Connect to it with",
                f"  --account-sid {played.account_sid} --key-sid {played.key_sid} --base-url {url}",
                f"and this secret: {played.key_secret}",
            )
        )
        shown.show(document, text)

    _serve(played, port, ready)


@sandbox.command("google-analytics")
@PORT
def google_analytics(port: int) -> None:
    """Play the Measurement Protocol: /mp/collect, /debug/mp/collect, and /requests for what arrived."""
    from dialboard.sandbox.google_analytics import GoogleAnalyticsSandbox

    def ready(url: str) -> None:
        text = f"Google Analytics is played at {url}/mp/collect; what arrived is at {url}/requests."
        shown.show({"url": url, "endpoint": f"{url}/mp/collect"}, text)

    _serve(GoogleAnalyticsSandbox(), port, ready)


def _serve(app: Any, port: int, ready: Any) -> None:
    """Until SIGTERM or Ctrl-C. Raises CannotListen when the port cannot be had."""
    from dialboard.run.listening import listen
    from dialboard.run.stop import leave
    from dialboard.sandbox.serve import free_port, serve

    if port:
        listen(HOST, port).close()  # whether it is free: granian would share it with another in silence
    ctx = click.get_current_context()

    def on_ready(url: str) -> None:
        with ctx.scope(cleanup=False):
            ready(url)

    asyncio.run(serve(app, HOST, port or free_port(HOST), on_ready))
    leave()
