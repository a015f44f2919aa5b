"""What the database itself refuses, whatever the program forgets."""

from datetime import UTC, datetime

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import IntegrityError, transaction

from dialboard.control import models

DAY = datetime(2026, 11, 1, tzinfo=UTC)


def refused(make):
    with pytest.raises(IntegrityError), transaction.atomic():
        make()


def test_no_change_of_the_models_lacks_its_migration(config):
    call_command("makemigrations", "control", check=True, dry_run=True, verbosity=0)


@pytest.mark.parametrize("model", [models.Account, models.Board, models.Connection, models.Destination])
def test_a_thing_has_a_name(alice, model):
    values = {"name": ""} | ({} if model is models.Account else {"account": alice})
    if model is models.Connection:
        values |= {"account_sid": "AC1", "key_sid": "SK1"}
    refused(lambda: model.objects.create(**values))


def test_a_grant_takes_nothing_away(alice):
    refused(lambda: models.Grant.objects.create(account=alice, tokens=-1, number=10**9))


def test_a_person_is_a_member_once_and_in_a_known_role(alice):
    bob = User.objects.create_user("bob")
    models.Member.objects.create(account=alice, user=bob, role="member")
    refused(lambda: models.Member.objects.create(account=alice, user=bob, role="owner"))
    refused(lambda: models.Member.objects.create(account=alice, user=User.objects.create_user("eve"), role="boss"))


@pytest.mark.parametrize("place", [{"x": 10, "w": 3}, {"x": 0, "w": 0}, {"x": 0, "w": 3, "kind": "pie"}])
def test_a_tile_is_of_a_known_kind_and_inside_the_grid(alice, place):
    values = {"board": alice.boards.get(), "metric": "calls", "kind": "line", "y": 0, "h": 1} | place
    refused(lambda: models.Tile.objects.create(**values))


def test_a_connection_has_sids_of_the_right_kind(alice):
    for sids in (("SK1", "SK1"), ("AC1", "AC1")):
        values = dict(zip(("account_sid", "key_sid"), sids, strict=True))
        refused(lambda values=values: models.Connection.objects.create(account=alice, name="x", **values))


def test_a_sync_run_spans_some_time(alice):
    connection = models.Connection.objects.create(account=alice, name="x", account_sid="AC1", key_sid="SK1")
    values = {"connection": connection, "resource": "calls", "span_from": DAY, "span_until": DAY}
    refused(lambda: models.SyncRun.objects.create(**values))


def test_an_order_is_of_a_known_kind_and_state(alice):
    refused(lambda: models.Order.objects.create(kind="dance", account=alice))
    refused(lambda: models.Order.objects.create(kind="sync", account=alice, state="lost"))


def test_there_is_one_publication():
    refused(lambda: models.Publication.objects.create(id=2))
