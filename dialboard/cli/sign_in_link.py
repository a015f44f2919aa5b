"""dialboard sign-in-link: the way in for who has the data folder."""

import click

from dialboard.cli import asked, running, shown


@click.command("sign-in-link")
@click.option("--person", default="owner", show_default=True, metavar="NAME", help="Who is signed in by it.")
def sign_in_link(person: str) -> None:
    """Make an address that signs in once; open it in the browser."""
    config = asked.prepared()
    from django.conf import settings

    from dialboard.control import sign_in

    link = sign_in.make_link(sign_in.person(person), running.address(config))
    shown.show({"link": link, "person": person, "validSeconds": int(settings.SESAME_MAX_AGE)}, link)
