"""Every shipped metric reproduces its own sample, and a mistake in a file is named."""

import tomllib
from datetime import UTC, datetime

import pytest

from dialboard.errors import NotFound, UsageError
from dialboard.measure.answer import answer
from dialboard.measure.library import FOLDER, METRICS, find, read
from dialboard.measure.period import between
from tests.measure.conftest import ALL
from tests.measure.fields import check_fields
from tests.measure.records import ALICE, TWILIO_ACCOUNT, batch

SAMPLES = [
    (metric, sample) for name in METRICS for metric, samples in [read(FOLDER / f"{name}.toml")] for sample in samples
]


@pytest.mark.parametrize(
    ("metric", "sample"), SAMPLES, ids=[f"{metric.name}: {sample.says}" for metric, sample in SAMPLES]
)
def test_a_metric_gives_what_its_sample_says(store, metric, sample):
    period = between(sample.from_, sample.until, sample.zone)
    put_sample(store, metric, sample, between(sample.from_, sample.until, metric.measure.zone or sample.zone).span)
    series = answer(
        store,
        metric,
        account=ALICE,
        period=period,
        by=sample.by,
        split=sample.split,
        twilio_account=TWILIO_ACCOUNT,
        now=datetime(2026, 11, 24, tzinfo=UTC),
    )
    assert plain(series.total) == expected(sample.total)
    assert series.currency == sample.currency
    assert series.gaps == []
    if sample.split:
        found = [(tuple(one.dimensions.values()), plain(one.value)) for one in series.totals]
        assert found == [(one.dimensions, pytest.approx(one.value)) for one in sample.totals]
    else:
        assert [plain(point.value) for point in series.points] == [expected(value) for value in sample.buckets]


def put_sample(store, metric, sample, held):
    store.put(batch(metric.measure.resource, sample.records, held))
    if metric.over and metric.over.resource != metric.measure.resource:
        store.put(batch(metric.over.resource, sample.over, held))


def plain(value):
    return None if value is None else float(value)


def expected(value):
    return None if value == "none" else pytest.approx(value)


@pytest.mark.parametrize("metric", METRICS.values(), ids=list(METRICS))
def test_a_metric_names_only_what_its_resource_has(metric):
    check_fields(metric, ALL)
    assert metric.about.endswith(".") and metric.title and metric.dimensions


def test_there_are_metrics_over_everything_that_is_kept():
    without = set(ALL) - {metric.measure.resource for metric in METRICS.values()}
    assert not without, f"no file in dialboard/measure/library is about {without}"


def test_amounts_may_be_split_by_currency():
    assert all("currency" in metric.dimensions for metric in METRICS.values() if metric.unit == "currency")


CALLS = (FOLDER / "calls.toml").read_text()


@pytest.mark.parametrize(
    ("right", "wrong", "sentence"),
    [
        ("title =", "titel =", r"calls\.toml: the key 'titel' does not exist; there is name, title, about, unit"),
        (
            "aggregate =",
            "agregate =",
            r"calls\.toml: measure: the key 'agregate' .* there is resource, time, aggregate",
        ),
        ("operator =", "op =", r"calls\.toml: measure\.where: the key 'op' .* there is field, operator, values"),
        ("says =", "sagt =", r"calls\.toml: sample: the key 'sagt' .* there is says, from, until"),
        ('"count"', '"counts"', r"calls\.toml: Invalid enum value 'counts' - at `\$\.measure\.aggregate`"),
        ('"empty"', '"is_empty"', r"calls\.toml: Invalid enum value 'is_empty'"),
        ('favourable = "up"', 'favourable = "high"', r"calls\.toml: Invalid enum value 'high' - at `\$\.favourable`"),
        ('unit = "calls"', "unit = 7", r"calls\.toml: Expected `str`, got `int` - at `\$\.unit`"),
        ('name = "calls"', 'name = "call"', r"calls\.toml: name is 'call'; a metric is called like its file"),
        ('aggregate = "count"', 'aggregate = "sum"', r"calls\.toml: measure\.field: count takes none"),
        ('aggregate = "count"', 'aggregate = "quantile"\nfield = "duration"', r"measure\.quantile: .* from 0 to 1"),
        ('title = "Calls"', 'title = "Calls', r"calls\.toml is not TOML"),
    ],
)
def test_a_mistake_in_a_file_is_named_with_what_there_is(tmp_path, right, wrong, sentence):
    file = tmp_path / "calls.toml"
    assert right in CALLS
    file.write_text(CALLS.replace(right, wrong, 1))
    with pytest.raises(UsageError, match=sentence):
        read(file)


@pytest.mark.parametrize(
    ("right", "wrong", "sentence"),
    [
        ('"start_time"', '"started"', r"calls: measure\.time 'started' does not exist; there is sid, parent_call_sid"),
        ('"start_time"', '"status"', r"calls: measure\.time: status of calls is not a time"),
        ('"parent_call_sid"', '"parent"', r"calls: measure\.where\[0\]\.field 'parent' does not exist"),
        ('resource = "calls"', 'resource = "call"', r"calls: measure\.resource 'call' .* there is calls, messages"),
        ('"our_number"', '"duration"', r"calls: dimensions 'duration' does not exist; there is status, direction"),
    ],
)
def test_a_field_that_is_not_there_is_named_with_those_there_are(tmp_path, right, wrong, sentence):
    file = tmp_path / "calls.toml"
    file.write_text(CALLS.replace(right, wrong, 1))
    with pytest.raises(UsageError, match=sentence):
        check_fields(read(file)[0], ALL)


def test_an_unknown_metric_is_refused_with_the_nearest():
    with pytest.raises(NotFound, match=r"no metric 'answerrate'\. Did you mean answer_rate"):
        find("answerrate")
    with pytest.raises(NotFound, match=r"no metric 'xyzzy'\. There is answer_rate, .*unique_callers"):
        find("xyzzy")
    assert find("calls") is METRICS["calls"]


def test_every_file_has_its_sample():
    for file in FOLDER.glob("*.toml"):
        assert tomllib.loads(file.read_text())["sample"], file.name


def test_what_a_metric_is_a_part_of_is_a_metric_of_the_same_unit() -> None:
    parts = [one for one in METRICS.values() if one.part_of]
    assert parts
    for one in parts:
        assert METRICS[one.part_of].unit == one.unit, one.name
