"""Trouble that lasts is told in full once."""

import logging

import pytest

from dialboard.run import trouble
from dialboard.run.trouble import Trouble

log = logging.getLogger("dialboard.test")


@pytest.fixture
def away(caplog: pytest.LogCaptureFixture) -> Trouble:
    caplog.set_level(logging.INFO)
    return Trouble(log, "Orders could not be taken.", "order")


def test_the_same_again_is_not_told_again(away: Trouble, caplog: pytest.LogCaptureFixture) -> None:
    for _ in range(100):
        away.note(ConnectionError("refused\nhint"))
    [told] = caplog.records
    assert told.exc_info and told.getMessage() == "Orders could not be taken." and told.problem == "refused"  # type: ignore[attr-defined]


def test_another_kind_is_told_in_full_too(away: Trouble, caplog: pytest.LogCaptureFixture) -> None:
    for error in (ConnectionError("refused"), ValueError("odd"), ConnectionError("refused")):
        away.note(error)
    assert [bool(told.exc_info) for told in caplog.records] == [True, True]


def test_what_lasts_is_told_now_and_then_without_its_traceback(
    away: Trouble, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    away.note(ConnectionError("refused"))
    monkeypatch.setattr(trouble, "SAY_EVERY_S", 0.0)
    away.note(ConnectionError("refused"))
    assert [bool(told.exc_info) for told in caplog.records] == [True, False]
    assert caplog.records[-1].times == 2  # type: ignore[attr-defined]


def test_its_end_is_told_once(away: Trouble, caplog: pytest.LogCaptureFixture) -> None:
    away.over()
    assert not caplog.records
    away.note(ConnectionError("refused"))
    away.over()
    away.over()
    assert [told.levelname for told in caplog.records] == ["ERROR", "INFO"]
    away.note(ConnectionError("refused"))
    assert caplog.records[-1].exc_info
