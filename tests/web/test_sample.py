"""Explore with sample data: one click there, one click away."""

from django.urls import reverse

from tests.web.conftest import People


def _orders() -> list[tuple[str, str]]:
    from dialboard.control.models import Order

    return [(order.kind, order.state) for order in Order.objects.all()]


def _sample(people: People):
    from django.contrib.auth.models import User

    from dialboard.control import accounts, sign_in

    account, _, _ = accounts.create("Sample company", tokens=None, is_sample=True)
    sign_in.join(account, User.objects.get(username="alice"))
    return account


def test_one_order_however_often_the_button_is_pressed(people: People) -> None:
    for _ in range(3):
        assert people.alice.post("/sample/add")["Location"] == "/sample/"
    assert _orders() == [("sample_add", "waiting")]


def test_the_wait_says_how_far_it_is_and_then_leads_to_the_board(people: People) -> None:
    from dialboard.control import orders

    people.alice.post("/sample/add")
    orders.report(orders.take(), "Starting the sandbox.")
    page = people.alice.get("/sample/")
    assert "Starting the sandbox." in page.content.decode()
    part = people.alice.get("/sample/", headers={"HX-Request": "true"})
    assert "<html" not in part.content.decode()
    account = _sample(people)
    assert people.alice.get("/sample/", headers={"HX-Request": "true"})["HX-Refresh"] == "true"
    assert people.alice.get("/sample/")["Location"] == reverse("board", args=[account.pk, account.boards.get().pk])


def test_a_sample_that_failed_says_why_and_can_be_tried_again(people: People) -> None:
    from dialboard.control import orders

    people.alice.post("/sample/add")
    orders.finish(orders.take(), "No port is free for the sandbox.")
    text = people.alice.get("/sample/").content.decode()
    assert "No port is free for the sandbox." in text and "Try again" in text
    people.alice.post("/sample/add")
    assert _orders() == [("sample_add", "failed"), ("sample_add", "waiting")]


def test_every_page_of_the_sample_says_so(people: People) -> None:
    account = _sample(people)
    for name in ("home", "connections", "destinations", "events", "credentials"):
        assert "You are looking at sample data." in people.alice.get(reverse(name, args=[account.pk])).content.decode()
    own = people.alice.get(reverse("events", args=[people.account.pk])).content.decode()
    assert "You are looking at sample data." not in own


def test_one_click_removes_it_and_leads_home(people: People) -> None:
    account = _sample(people)
    answer = people.alice.post(reverse("sample-remove", args=[account.pk]))
    assert answer["Location"] == reverse("home", args=[people.account.pk])
    assert _orders() == [("sample_remove", "waiting")]


def test_an_account_of_ones_own_is_never_removed_as_a_sample(people: People) -> None:
    answer = people.alice.post(reverse("sample-remove", args=[people.account.pk]), follow=True)
    assert "This account is yours" in answer.content.decode()
    assert _orders() == []


def test_strangers_do_not_see_each_others_sample(people: People) -> None:
    _sample(people)
    answer = people.charlie.get("/sample/")
    assert answer.status_code == 200
    assert "Nobody has asked for it yet." in answer.content.decode()


def test_a_board_opened_while_the_sample_is_being_made_looks_again_soon(people: People) -> None:
    from dialboard.control import orders

    people.alice.post("/sample/add")
    order = orders.take()
    account = _sample(people)
    address = reverse("board", args=[account.pk, account.boards.get().pk])
    page = people.alice.get(address).content.decode()
    assert 'hx-trigger="every 3s"' in page and "Connect your Twilio account" not in page
    orders.finish(order)
    assert 'hx-trigger="every 60s"' in people.alice.get(address).content.decode()


def test_a_board_looks_again_soon_until_the_first_sync_of_a_connection_has_begun(people: People) -> None:
    account = _sample(people)
    account.connections.create(name="Played", account_sid="AC" + "0" * 32, key_sid="SK" + "0" * 32)
    address = reverse("board", args=[account.pk, account.boards.get().pk])
    assert 'hx-trigger="every 3s"' in people.alice.get(address).content.decode()
