"""Every address of the pages. tests/web/test_access.py walks them all: a new one fails there until it is listed."""

from django.urls import path, register_converter

from dialboard.web.pages import (
    board,
    connection,
    connection_new,
    connections,
    credentials,
    destination,
    destination_new,
    destinations,
    entry,
    errors,
    event,
    events,
    home,
    password,
    sample,
    sign_in,
    theme,
    tile,
)


class Id:
    """A public id of one kind, so that `sign-in` or `sample` is never taken for an account."""

    regex = "[a-z]{3}_[0-9a-z]{16}"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return str(value)


register_converter(Id, "id")

urlpatterns = [
    path("", entry.entry, name="entry"),
    path("sign-in", sign_in.sign_in, name="sign-in"),
    path("sign-in/link", sign_in.link, name="sign-in-link"),
    path("sign-out", sign_in.sign_out, name="sign-out"),
    path("password", password.password, name="password"),
    path("theme", theme.theme, name="theme"),
    path("sample/add", sample.add, name="sample-add"),
    path("sample/", sample.waiting, name="sample-waiting"),
    path("<id:account>/", home.home, name="home"),
    path("<id:account>/sample/remove", sample.remove, name="sample-remove"),
    path("<id:account>/boards/<id:board>/", board.board, name="board"),
    path("<id:account>/boards/<id:board>/tiles/<id:tile>", tile.tile, name="board-tile"),
    path("<id:account>/boards/<id:board>/tiles/<id:tile>.json", tile.as_json, name="board-tile-json"),
    path("<id:account>/connections/", connections.connections, name="connections"),
    path("<id:account>/connections/new", connection_new.connection_new, name="connection-new"),
    path("<id:account>/connections/<id:connection>/", connection.connection, name="connection"),
    path("<id:account>/connections/<id:connection>/sync", connection.sync, name="connection-sync"),
    path("<id:account>/connections/<id:connection>/delete", connection.delete, name="connection-delete"),
    path("<id:account>/destinations/", destinations.destinations, name="destinations"),
    path("<id:account>/destinations/new", destination_new.destination_new, name="destination-new"),
    path("<id:account>/destinations/<id:destination>/", destination.destination, name="destination"),
    path("<id:account>/destinations/<id:destination>/switch", destination.switch, name="destination-switch"),
    path("<id:account>/destinations/<id:destination>/replay", destination.replay, name="destination-replay"),
    path("<id:account>/destinations/<id:destination>/delete", destination.delete, name="destination-delete"),
    path("<id:account>/events/", events.events, name="events"),
    path("<id:account>/events/<id:event>/", event.event, name="event"),
    path("<id:account>/credentials/", credentials.credentials, name="credentials"),
    path("<id:account>/credentials/<id:credential>/revoke", credentials.revoke, name="credential-revoke"),
]

handler400 = errors.bad_request
handler403 = errors.forbidden
handler404 = errors.not_found
handler500 = errors.server_error
