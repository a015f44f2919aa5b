"""The tracker's contract, asked of the application directly."""

import asyncio
import logging
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest

from dialboard.collect import body as body_module
from dialboard.collect.parameters import PARAMETERS
from dialboard.collect.refusal import Reason
from dialboard.errors import JournalUnavailable
from dialboard.shapes.event import Event, Receipt, Snapshot
from tests.collect.conftest import ALICE, AUTH_TOKEN, USUAL, Sending, usual

Run = Callable[..., None]
OK = {"status": "OK", "statusCode": 200, "errors": []}


@pytest.mark.parametrize("method", ["get", "post"])
def test_the_usual_request_is_kept_and_told_ok(run: Run, method: str) -> None:
    async def story(sender: Sending) -> None:
        heard = await getattr(sender, method)(usual())
        assert (heard.status, heard.answer) == (200, OK)
        assert heard.headers["content-type"] == "application/json"
        [entry] = sender.reader.read(0, 10)
        assert entry.event.account == ALICE and entry.event.key == entry.event.id
        for parameter in PARAMETERS:
            assert getattr(entry.event, parameter.field) == USUAL[parameter.name]
        assert sender.reader.balance(ALICE).tokens == 99
        assert sender.collector.counts == {"kept": 1}

    run(story)


def test_the_sixteen_parameters_are_those_of_2011() -> None:
    assert {"authId", "authToken"} | {parameter.name for parameter in PARAMETERS} == set(USUAL)
    assert {parameter.name for parameter in PARAMETERS if not parameter.required} == set(
        "title referrer userAgent city state country".split()
    )


REQUIRED = [parameter.name for parameter in PARAMETERS if parameter.required]
OPTIONAL = [parameter for parameter in PARAMETERS if not parameter.required]


@pytest.mark.parametrize("name", REQUIRED)
def test_a_required_parameter_that_is_absent_is_named(run: Run, name: str) -> None:
    async def story(sender: Sending) -> None:
        heard = await sender.get(usual(**{name: None}))
        assert heard.status == heard.answer["statusCode"] == 400
        assert heard.answer["status"] == "ERROR"
        assert heard.errors == [f"{name} is required."]

    run(story)


@pytest.mark.parametrize("name", [name for name in REQUIRED if name != "gaid"])
def test_a_required_parameter_may_be_empty(run: Run, name: str) -> None:
    async def story(sender: Sending) -> None:
        assert (await sender.get(usual(**{name: ""}))).answer == OK

    run(story)


def test_optional_parameters_may_be_absent_or_empty_and_are_kept_so(run: Run) -> None:
    async def story(sender: Sending) -> None:
        await sender.get(usual(**{parameter.name: None for parameter in OPTIONAL}))
        await sender.get(usual(**{parameter.name: "" for parameter in OPTIONAL}))
        absent, empty = (entry.event for entry in sender.reader.read(0, 10))
        assert {getattr(absent, parameter.field) for parameter in OPTIONAL} == {None}
        assert {getattr(empty, parameter.field) for parameter in OPTIONAL} == {""}

    run(story)


def test_every_problem_is_listed_by_its_parameter(run: Run) -> None:
    async def story(sender: Sending) -> None:
        fields = urlencode(usual(gaid="12345", zip=None, c_medium=None, title="x" * 1025)) + "&city=%FF&state=5%"
        heard = await sender.get(fields)
        assert heard.errors == [
            "zip is required.",
            "title is too long: at most 1024 characters.",
            "city is not valid UTF-8.",
            "state has a % that is not followed by two hexadecimal digits; write a percent sign as %25.",
            "c.medium is required.",
            "gaid must look like UA-12345-1 or G-ABC123.",
        ]
        assert sender.reader.count(ALICE) == 0 and sender.reader.balance(ALICE).tokens == 100

    run(story)


@pytest.mark.parametrize("gaid", ["UA-1-1", "ua-12345-12", "G-ABC123XYZ", "g-abc", "UA-00000000-0"])
def test_a_well_formed_gaid_is_taken_whether_or_not_a_destination_has_it(run: Run, gaid: str) -> None:
    async def story(sender: Sending) -> None:
        assert (await sender.get(usual(gaid=gaid))).status == 200
        assert sender.reader.read(0, 1)[0].event.gaid == gaid

    run(story)


@pytest.mark.parametrize(
    "gaid", ["", "UA-1", "UA-1-", "12345", " UA-1-1", "UA-1-1\n", "UA-٣-1", "G-", "G-a b", "GTM-X"]
)
def test_a_gaid_of_another_form_is_refused(run: Run, gaid: str) -> None:
    async def story(sender: Sending) -> None:
        assert (await sender.get(usual(gaid=gaid))).errors == ["gaid must look like UA-12345-1 or G-ABC123."]

    run(story)


@pytest.mark.parametrize(
    "changes",
    [
        {"authId": None},
        {"authToken": None},
        {"authId": None, "authToken": None},
        {"authId": ""},
        {"authToken": ""},
        {"authToken": "wrong"},
        {"authId": "crd_nobody"},
        {"authId": None, "authid": "crd_alice"},
    ],
)
def test_credentials_come_first(run: Run, changes: dict[str, str | None]) -> None:
    async def story(sender: Sending) -> None:
        heard = await sender.get(usual(**changes, gaid="nonsense", zip=None))
        assert heard.status == heard.answer["statusCode"] == 401
        assert len(heard.errors) == 1 and "authId" in heard.errors[0]
        assert sender.collector.counts == {Reason.CREDENTIALS: 1}

    run(story)


def test_a_revoked_credential_is_refused_with_the_next_snapshot(run: Run) -> None:
    async def story(sender: Sending) -> None:
        assert (await sender.get(usual())).status == 200
        sender.collector._snapshot = lambda: Snapshot(2, {})
        assert (await sender.get(usual())).status == 401

    run(story)


def test_no_tokens_is_402_after_everything_else_is_right(run: Run) -> None:
    async def story(sender: Sending) -> None:
        assert (await sender.get(usual(zip=None))).status == 400
        heard = await sender.get(usual())
        assert heard.status == heard.answer["statusCode"] == 402
        assert heard.answer["status"] == "ERROR" and heard.errors
        assert sender.collector.counts == {Reason.PARAMETERS: 1, Reason.NO_TOKENS: 1}

    run(story, tokens=0)


def test_names_are_case_sensitive(run: Run) -> None:
    async def story(sender: Sending) -> None:
        heard = await sender.get({**usual(visitorId=None), "visitorid": "CA1"})
        assert heard.errors == ["visitorId is required."]

    run(story)


@pytest.mark.parametrize("name", ["name", "source", "medium"])
def test_php_spells_the_dot_as_an_underscore(run: Run, name: str) -> None:
    async def story(sender: Sending) -> None:
        heard = await sender.get({**usual(**{f"c.{name}": None}), f"c_{name}": "from PHP"})
        assert heard.answer == OK
        assert getattr(sender.reader.read(0, 1)[0].event, f"campaign_{name}") == "from PHP"
        await sender.get({**usual(**{f"c.{name}": "dotted"}), f"c_{name}": "from PHP"})
        assert getattr(sender.reader.latest(ALICE, 1)[0].event, f"campaign_{name}") == "dotted"

    run(story)


def test_a_fault_in_the_other_spelling_is_told_by_the_documented_name(run: Run) -> None:
    async def story(sender: Sending) -> None:
        heard = await sender.get(urlencode(usual(c_name=None)) + "&c_name=%FF")
        assert heard.errors == ["c.name is not valid UTF-8."]
        heard = await sender.get(urlencode(usual(c_name=None)) + "&c_name=PHP&c.name=%FF")
        assert heard.errors == ["c.name is not valid UTF-8."]

    run(story)


def test_unknown_parameters_are_ignored_whatever_is_in_them(run: Run) -> None:
    async def story(sender: Sending) -> None:
        assert (await sender.get(urlencode(usual()) + "&utm=1&broken=%&%FF=1")).answer == OK

    run(story)


def test_texts_are_kept_as_sent(run: Run) -> None:
    async def story(sender: Sending) -> None:
        await sender.post(usual(city=" MÜNCHEN 🏙 ", title="a\r\nb", c_source="x" * 512))
        event = sender.reader.read(0, 1)[0].event
        assert (event.city, event.title, event.campaign_source) == (" MÜNCHEN 🏙 ", "a\r\nb", "x" * 512)

    run(story)


def test_a_field_of_the_body_counts_more_than_one_of_the_query(run: Run) -> None:
    async def story(sender: Sending) -> None:
        await sender.post(usual(city="BODY"), query=urlencode(usual(city="QUERY")))
        await sender.post({"city": "BODY"}, query=urlencode(usual(city="QUERY")))
        assert [entry.event.city for entry in sender.reader.read(0, 2)] == ["BODY", "BODY"]

    run(story)


def test_the_last_of_a_repeated_field_counts(run: Run) -> None:
    async def story(sender: Sending) -> None:
        await sender.get(urlencode(usual(city="FIRST")) + "&city=LAST")
        assert sender.reader.read(0, 1)[0].event.city == "LAST"

    run(story)


def test_a_post_may_carry_everything_in_its_query(run: Run) -> None:
    async def story(sender: Sending) -> None:
        heard = await sender.ask("POST", usual(), headers={"content-type": "application/json"})
        assert heard.answer == OK

    run(story)


def test_a_body_without_a_content_type_is_a_form(run: Run) -> None:
    async def story(sender: Sending) -> None:
        assert (await sender.ask("POST", chunks=[urlencode(usual()).encode()])).answer == OK

    run(story)


def test_a_body_may_arrive_in_pieces(run: Run) -> None:
    async def story(sender: Sending) -> None:
        body = urlencode(usual()).encode()
        heard = await sender.ask("POST", chunks=[body[at : at + 7] for at in range(0, len(body), 7)])
        assert heard.answer == OK

    run(story)


@pytest.mark.parametrize("content_type", ["multipart/form-data; boundary=x", "application/json", "text/plain"])
def test_a_body_that_is_not_a_form_is_refused_with_the_cure(run: Run, content_type: str) -> None:
    async def story(sender: Sending) -> None:
        known = {"authId": usual()["authId"], "authToken": usual()["authToken"]}
        heard = await sender.post(b"--x", query=urlencode(known), headers={"content-type": content_type})
        assert heard.status == 400
        assert "send it as application/x-www-form-urlencoded, or send a query string" in heard.errors[0]
        assert sender.collector.counts == {Reason.BODY_TYPE: 1}

    run(story)


def test_credentials_come_before_a_body_that_cannot_be_read(run: Run) -> None:
    async def story(sender: Sending) -> None:
        heard = await sender.post(b"{}", headers={"content-type": "application/json"})
        assert heard.status == 401 and "application/x-www-form-urlencoded" in heard.errors[1]
        assert sender.collector.counts == {Reason.CREDENTIALS: 1}

    run(story)


@pytest.mark.parametrize(
    "content_type", ["application/x-www-form-urlencoded; charset=utf-8", "Application/X-WWW-Form-Urlencoded"]
)
def test_a_form_may_be_announced_in_any_case_and_with_a_charset(run: Run, content_type: str) -> None:
    async def story(sender: Sending) -> None:
        assert (await sender.post(usual(), headers={"content-type": content_type})).answer == OK

    run(story)


@pytest.mark.parametrize("announced", [True, False])
def test_a_body_that_is_too_large_is_refused(run: Run, announced: bool) -> None:
    async def story(sender: Sending) -> None:
        headers = {"content-length": "70000"} if announced else {}
        heard = await sender.ask("POST", usual(), chunks=[b"x" * 7000] * 10, headers=headers)
        assert heard.status == 400 and "65536 bytes" in heard.errors[0]
        assert sender.collector.counts == {Reason.BODY_TOO_LARGE: 1}

    run(story)


def test_a_body_that_does_not_arrive_is_given_up(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(body_module.read_body, "__defaults__", (0.05,))

    async def never() -> dict[str, Any]:
        await asyncio.Event().wait()
        raise AssertionError

    async def story(sender: Sending) -> None:
        heard = await sender.ask("POST", usual(), receive=never)
        assert heard.status == heard.answer["statusCode"] == 408
        assert sender.collector.counts == {Reason.BODY_TOO_SLOW: 1}

    run(story)


def test_a_sender_that_hangs_up_in_its_body_is_counted_and_costs_nothing(run: Run) -> None:
    async def gone() -> dict[str, Any]:
        return {"type": "http.disconnect"}

    async def story(sender: Sending) -> None:
        heard = await sender.ask("POST", usual(), receive=gone)
        assert heard.status == 0
        assert sender.collector.counts == {Reason.GONE: 1}
        assert sender.reader.count(ALICE) == 0

    run(story)


@pytest.mark.parametrize("method", ["HEAD", "PUT", "DELETE", "PATCH", "OPTIONS"])
def test_other_methods_are_refused_and_told_which_are_not(run: Run, method: str) -> None:
    async def story(sender: Sending) -> None:
        heard = await sender.ask(method, usual())
        assert (heard.status, heard.headers["allow"]) == (405, "GET, POST")
        assert (heard.body == b"") == (method == "HEAD")
        assert sender.reader.count(ALICE) == 0

    run(story)


def test_another_path_is_not_found(run: Run) -> None:
    async def story(sender: Sending) -> None:
        assert (await sender.ask("GET", usual(), path="/2011-1-1/other")).status == 404

    run(story)


@pytest.mark.parametrize("header", ["idempotency-key", "i-twilio-idempotency-token"])
def test_a_request_that_is_sent_again_with_its_key_is_ok_and_costs_nothing(run: Run, header: str) -> None:
    async def story(sender: Sending) -> None:
        for _ in range(3):
            assert (await sender.post(usual(), headers={header: "order-1"})).answer == OK
        assert sender.reader.count(ALICE) == 1
        assert sender.reader.read(0, 1)[0].event.key == "order-1"
        assert sender.reader.balance(ALICE).tokens == 99
        assert sender.collector.counts == {"kept": 1, "repeat": 2}

    run(story)


def test_the_senders_own_key_counts_more_than_twilios(run: Run) -> None:
    async def story(sender: Sending) -> None:
        headers = {"i-twilio-idempotency-token": "twilio", "idempotency-key": "own"}
        await sender.get(usual(), headers=headers)
        assert sender.reader.read(0, 1)[0].event.key == "own"

    run(story)


def test_an_empty_key_is_no_key(run: Run) -> None:
    async def story(sender: Sending) -> None:
        for _ in range(2):
            await sender.get(usual(), headers={"idempotency-key": ""})
        assert sender.reader.count(ALICE) == 2

    run(story)


def test_a_key_that_is_too_long_is_refused(run: Run) -> None:
    async def story(sender: Sending) -> None:
        heard = await sender.get(usual(), headers={"idempotency-key": "x" * 256})
        assert heard.errors == ["Idempotency-Key is too long: at most 255 characters."]

    run(story)


class AwayJournal:
    """A journal that cannot write, with the sentence it would give."""

    async def append(self, event: Event) -> Receipt:
        raise JournalUnavailable("The disk is full.")

    def can_append(self) -> bool:
        return False


def test_what_cannot_be_made_durable_is_503_and_never_ok(run: Run) -> None:
    async def story(sender: Sending) -> None:
        sender.collector._journal = AwayJournal()  # type: ignore[assignment]
        heard = await sender.get(usual())
        assert heard.status == heard.answer["statusCode"] == 503
        assert heard.errors == ["The disk is full."] and int(heard.headers["retry-after"]) > 0
        assert sender.collector.counts == {Reason.UNAVAILABLE: 1}

    run(story)


def test_healthz_tells_whether_events_can_be_taken(run: Run) -> None:
    async def story(sender: Sending) -> None:
        healthy = await sender.ask("GET", path="/healthz")
        assert (healthy.status, healthy.answer) == (200, {"status": "OK"})
        sender.collector._journal = AwayJournal()  # type: ignore[assignment]
        assert (await sender.ask("GET", path="/healthz")).status == 503

    run(story)


def test_no_secret_is_logged_even_when_our_own_code_fails(run: Run, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)

    def fails() -> Snapshot:
        raise ValueError(AUTH_TOKEN)

    async def story(sender: Sending) -> None:
        await sender.get(usual())
        await sender.get(usual(zip=None))
        sender.collector._snapshot = fails
        heard = await sender.get(usual())
        assert heard.status == heard.answer["statusCode"] == 500
        assert AUTH_TOKEN not in heard.body.decode()

    run(story)
    assert "collector failed: ValueError" in caplog.text
    assert AUTH_TOKEN not in caplog.text
