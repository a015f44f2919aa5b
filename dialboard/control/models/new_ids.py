"""Defaults of the id fields. Migrations name them, so they are functions of a module and keep their names."""

from dialboard.shapes.ids import new_id


def account_id() -> str:
    return new_id("acc")


def credential_id() -> str:
    return new_id("crd")


def grant_id() -> str:
    return new_id("grt")


def destination_id() -> str:
    return new_id("dst")


def connection_id() -> str:
    return new_id("con")


def order_id() -> str:
    return new_id("ord")


def board_id() -> str:
    return new_id("brd")


def tile_id() -> str:
    return new_id("til")
