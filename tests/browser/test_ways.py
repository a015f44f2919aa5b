"""Ways through the pages: in by a link, events arriving live, a credential made and copied."""

from datetime import UTC, datetime
from typing import Any

import pytest
from playwright.sync_api import expect

from dialboard.config import Config
from tests.browser.conftest import Live
from tests.web import world

pytestmark = pytest.mark.chromium


@pytest.fixture
def link(live: Live) -> str:
    from django.contrib.auth.models import User

    from dialboard.control import sign_in

    made = sign_in.make_link(User.objects.get(username="alice"))
    return made[made.index("/sign-in/link") :]


def test_a_link_signs_in_with_one_button(link: str, open_page: Any, live: Live) -> None:
    page = open_page(link, signed_in=False)
    expect(page.locator("main button")).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/{live.account}/")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Yesterday: ")


def test_a_credential_is_made_and_its_request_can_be_pasted(open_page: Any, live: Live) -> None:
    page = open_page(f"/{live.account}/credentials/")
    page.get_by_label("Name of a new credential").fill("Shop")
    page.get_by_role("button", name="Make a credential").click()
    expect(page.get_by_role("heading", name="Shop is ready.")).to_be_visible()
    auth_token = page.locator("#made-secret").inner_text()
    assert len(auth_token) == 64 and auth_token in page.locator("#made-curl").inner_text()


def test_a_mistake_in_a_form_keeps_what_was_typed(open_page: Any, live: Live) -> None:
    page = open_page(f"/{live.account}/destinations/new")
    page.get_by_label("Measurement ID").fill("UA-12345-1")
    page.get_by_label("API secret").fill("s3cret")
    live.complaints.clear()
    page.get_by_role("button", name="Add the destination").click()
    field = page.get_by_label("Measurement ID")
    expect(field).to_have_value("UA-12345-1")
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(page.locator("#id_measurement_id_problem")).to_contain_text("has to look like G-AB12CD34EF")
    expect(page.get_by_label("API secret")).to_have_value("")
    live.complaints.clear()  # the browser logs a 422 as a failed resource


def test_events_appear_by_themselves(open_page: Any, live: Live, config: Config) -> None:
    page = open_page(f"/{live.account}/events/")
    rows = page.locator("#events tbody tr")
    expect(rows).to_have_count(7)
    event = world.make_event(live.account, datetime.now(UTC), 1)
    world.send_events(config, live.people.account, [event])
    expect(rows).to_have_count(8)
    rows.first.get_by_role("link").first.click()
    expect(page.get_by_text("What the sender told us")).to_be_visible()
