"""Addresses of ours that people copy out of a page."""

from dataclasses import replace

import pytest
from django.test import RequestFactory

from dialboard.config import Config
from dialboard.web import addresses
from tests.web.conftest import People


def test_senders_are_told_where_the_reader_found_us(people: People) -> None:
    for page in ("", "credentials/"):
        answer = people.alice.get(f"/{people.account.pk}/{page}", headers={"Host": "localhost:8123"})
        assert "http://localhost:8123/2011-1-1/twilio-tracker" in answer.content.decode()


def test_a_public_address_goes_before_that(config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    public = replace(config, public_url="https://d.example.com/")
    monkeypatch.setattr(addresses, "active_config", lambda: public)
    assert addresses.tracker(RequestFactory().get("/")) == "https://d.example.com/2011-1-1/twilio-tracker"
