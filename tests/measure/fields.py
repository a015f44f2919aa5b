"""Whether a metric names only resources and fields that there are."""

from collections.abc import Mapping

from dialboard.errors import UsageError
from dialboard.shapes.metric import Measure, Metric
from dialboard.shapes.resource import Kind, Resource


def check_fields(metric: Metric, resources: Mapping[str, Resource]) -> None:
    """UsageError when the metric names a resource or a field that is not there; it says what is."""
    for key, measure in (("measure", metric.measure), ("over", metric.over)):
        if measure is None:
            continue
        if measure.resource not in resources:
            raise UsageError(_unknown(f"{metric.name}: {key}.resource", measure.resource, list(resources)))
        _check_measure(f"{metric.name}: {key}", measure, resources[measure.resource])
        known = [field.name for field in resources[measure.resource].fields if field.dimension]
        for dimension in metric.dimensions:
            if dimension not in known:
                raise UsageError(_unknown(f"{metric.name}: dimensions", dimension, known))


def _check_measure(where: str, measure: Measure, resource: Resource) -> None:
    known = {field.name: field.kind for field in resource.fields}
    named = {"time": measure.time, "field": measure.aggregate.field}
    named |= {f"where[{place}].field": one.field for place, one in enumerate(measure.where)}
    for key, field in named.items():
        if field is not None and field not in known:
            raise UsageError(_unknown(f"{where}.{key}", field, list(known)))
    if known[measure.time] not in (Kind.TIME, Kind.DAY):
        raise UsageError(f"{where}.time: {measure.time} of {resource.name} is not a time.")


def _unknown(where: str, found: str, known: list[str]) -> str:
    return f"{where} {found!r} does not exist; there is {', '.join(known)}."
