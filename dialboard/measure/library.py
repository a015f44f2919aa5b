"""The metrics that come with Dialboard: one TOML a metric, with a sample in and the expected figures out.

To add one, copy the nearest file in `library/`, and run the tests: each file is held to its own sample.
"""

import difflib
import tomllib
from datetime import date
from pathlib import Path
from typing import Any, Literal

import msgspec
from msgspec import Struct

from dialboard.errors import NotFound, UsageError
from dialboard.shapes.metric import Favourable, Measure, Metric
from dialboard.shapes.question import Aggregate, Aggregation, Filter, Grain, Operator

FOLDER = Path(__file__).with_name("library")

Written = str | int | float | bool


class _Filter(Struct, frozen=True, forbid_unknown_fields=True):
    field: str
    operator: Operator
    values: tuple[Written, ...] = ()


class _Measure(Struct, frozen=True, forbid_unknown_fields=True):
    resource: str
    time: str
    aggregate: Aggregation
    field: str | None = None
    quantile: float | None = None
    where: tuple[_Filter, ...] = ()
    zone: str | None = None


class Expected(Struct, frozen=True, forbid_unknown_fields=True):
    """One combination of dimensions (one text each, in the order of the sample's split) and its total."""

    dimensions: tuple[str, ...]
    value: float


class Sample(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename={"from_": "from"}):
    """Raw records in, figures out, computed by hand. TOML has no null: `total` and `buckets` write "none"."""

    says: str  # what the sample shows
    from_: date
    until: date
    zone: str = "UTC"
    by: Grain = Grain.DAY
    split: tuple[str, ...] = ()
    records: tuple[dict[str, Written], ...]
    over: tuple[dict[str, Written], ...] = ()  # the records of the other resource, when a ratio is over two
    total: float | Literal["none"]
    buckets: tuple[float | Literal["none"], ...] = ()  # without a split
    totals: tuple[Expected, ...] = ()  # with one, largest first
    currency: str | None = None


class _File(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    name: str
    title: str
    about: str
    unit: str
    favourable: Favourable
    scale: int = 1
    dimensions: tuple[str, ...] = ()
    part_of: str | None = None
    measure: _Measure
    over: _Measure | None = None
    sample: tuple[Sample, ...]


def read(file: Path) -> tuple[Metric, tuple[Sample, ...]]:
    """The metric of a TOML file and its samples. UsageError names the file, the key and what there is."""
    try:
        table = tomllib.loads(file.read_text("utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{file.name} is not TOML: {error}.") from error
    _check_keys(file.name, "", table, _File)
    try:
        written = msgspec.convert(table, _File)
    except msgspec.ValidationError as error:
        raise UsageError(f"{file.name}: {error}.") from error
    if written.name != file.stem:
        raise UsageError(f"{file.name}: name is {written.name!r}; a metric is called like its file.")
    return _metric(written, file.name), written.sample


def find(name: str) -> Metric:
    """The shipped metric of that name; NotFound with the nearest names."""
    if name in METRICS:
        return METRICS[name]
    near = difflib.get_close_matches(name, METRICS, n=3)
    there_is = f"Did you mean {' or '.join(near)}?" if near else f"There is {', '.join(METRICS)}."
    raise NotFound(f"There is no metric {name!r}. {there_is}")


def _metric(written: _File, file: str) -> Metric:
    return Metric(
        name=written.name,
        title=written.title,
        about=written.about,
        unit=written.unit,
        favourable=written.favourable,
        measure=_measure(written.measure, f"{file}: measure"),
        over=_measure(written.over, f"{file}: over") if written.over else None,
        scale=written.scale,
        dimensions=written.dimensions,
        part_of=written.part_of,
    )


def _measure(written: _Measure, where: str) -> Measure:
    if (written.aggregate is not Aggregation.COUNT) != (written.field is not None):
        raise UsageError(f"{where}.field: count takes none, every other aggregate needs one.")
    if (written.aggregate is Aggregation.QUANTILE) != (written.quantile is not None):
        raise UsageError(f"{where}.quantile: the aggregate quantile needs one from 0 to 1, no other takes it.")
    return Measure(
        resource=written.resource,
        aggregate=Aggregate(written.aggregate, written.field, written.quantile),
        time=written.time,
        where=tuple(Filter(one.field, one.operator, one.values) for one in written.where),
        zone=written.zone,
    )


def _check_keys(file: str, path: str, table: Any, shape: type[Struct]) -> None:
    """UsageError for the first key that the shape does not have, with those it has."""
    known = {field.encode_name: field.type for field in msgspec.structs.fields(shape)}
    for key, value in table.items():
        if key not in known:
            raise UsageError(_unknown(f"{file}:{path and f' {path}:'} the key", key, list(known)))
        inner = _INNER.get(key)
        if inner and key in known and shape is not Sample:
            tables = value if isinstance(value, list) else [value]
            for one in tables:
                if isinstance(one, dict):
                    _check_keys(file, f"{path}.{key}".lstrip("."), one, inner)


def _unknown(where: str, found: str, known: list[str]) -> str:
    return f"{where} {found!r} does not exist; there is {', '.join(known)}."


_INNER: dict[str, type[Struct]] = {"measure": _Measure, "over": _Measure, "where": _Filter, "sample": Sample}

METRICS: dict[str, Metric] = {file.stem: read(file)[0] for file in sorted(FOLDER.glob("*.toml"))}
