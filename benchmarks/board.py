"""A board over many calls: each of its twelve tiles through the store, as a ratio to SQL written by hand.

Both ask the same engine in the same run. The hand-written SQL is what somebody would write who knows the table, the
account and the zone: constants instead of parameters, the zone's one offset instead of its table of transitions.

    python benchmarks/board.py [--rows 10000000] [--engine duckdb|clickhouse]
"""

import argparse
import contextlib
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

sys.path.insert(0, str(Path(__file__).parents[1]))

from dialboard.shapes.question import Aggregate, Aggregation, Filter, Grain, Question
from dialboard.shapes.row import Batch, Row, Span
from dialboard.store.clickhouse import ClickHouseStore
from dialboard.store.duckdb import DuckStore
from dialboard.twilio.resources import RESOURCES

ACCOUNT, OTHER, TWILIO = "acc_board", "acc_other", "AC" + "0" * 32
END = datetime(2026, 10, 1, tzinfo=UTC)  # no turn of the clocks in the ninety days before
DAYS = 720  # the calls are spread over these
ZONE, OFFSET_H = "Europe/Berlin", 2
WARM, ROUNDS = 1, 5

Ask = Callable[[str], Sequence[Sequence[Any]]]
Store = DuckStore | ClickHouseStore


class Tile(NamedTuple):
    name: str
    question: Question
    duckdb: str
    clickhouse: str


def asked(days: int, kind: Aggregation = Aggregation.COUNT, field: str | None = None, **more: Any) -> Question:
    quantile = more.pop("quantile", None)
    return Question(
        account=ACCOUNT,
        resource="calls",
        aggregate=Aggregate(kind, field, quantile),
        time="start_time",
        span=Span(END - timedelta(days=days), END),
        zone=ZONE,
        **more,
    )


def by_hand(days: int, duckdb: str, clickhouse: str | None = None, where: str = "", group: str = "") -> tuple[str, str]:
    """The same for both engines, where they agree: {day} and {hour} are the local day and the hour."""
    begin = f"{END - timedelta(days=days):%Y-%m-%d %H:%M:%S}"
    tail = f"WHERE _account = '{ACCOUNT}' AND start_time >= '{begin}' AND start_time < '{END:%Y-%m-%d %H:%M:%S}'"
    tail += f" AND {where}" if where else ""
    tail += f" GROUP BY {group} ORDER BY {group}" if group else ""
    duck = f"SELECT {duckdb} FROM rows_calls {tail}"
    click = f"SELECT {clickhouse or duckdb} FROM rows_calls FINAL {tail}"
    return (
        duck.replace("{day}", f"CAST(start_time + INTERVAL {OFFSET_H} HOUR AS DATE)").replace(
            "{hour}", "date_trunc('hour', start_time)"
        ),
        click.replace("{day}", f"toDate(start_time, '{ZONE}')").replace("{hour}", "toStartOfHour(start_time)"),
    )


ANSWERED = Filter("status", "is", ("completed",))
NO_LEG = Filter("parent_call_sid", "empty")
NO_LEG_SQL = "(parent_call_sid IS NULL OR parent_call_sid = '')"
P90 = "quantile_cont(duration, 0.9)", "quantileExactInclusive(0.9)(duration)"

TILES = [
    Tile("calls, 90 days", asked(90, where=(NO_LEG,)), *by_hand(90, "count(*)", where=NO_LEG_SQL)),
    Tile(
        "calls by day, 90 days",
        asked(90, by=Grain.DAY, where=(NO_LEG,)),
        *by_hand(90, "{day}, count(*)", where=NO_LEG_SQL, group="1"),
    ),
    Tile(
        "calls by hour, 7 days",
        asked(7, by=Grain.HOUR),
        *by_hand(7, "{hour}, count(*)", group="1"),
    ),
    Tile(
        "answered by day, 90 days",
        asked(90, by=Grain.DAY, where=(ANSWERED,)),
        *by_hand(90, "{day}, count(*)", where="status = 'completed'", group="1"),
    ),
    Tile(
        "spend by day and currency, 90 days",
        asked(90, Aggregation.SUM, "price", by=Grain.DAY, split=("currency",)),
        *by_hand(90, "{day}, currency, sum(price)", group="1, 2"),
    ),
    Tile("spend, 30 days", asked(30, Aggregation.SUM, "price"), *by_hand(30, "sum(price)")),
    Tile(
        "talk time by day, 90 days",
        asked(90, Aggregation.SUM, "duration", by=Grain.DAY),
        *by_hand(90, "{day}, sum(duration)", group="1"),
    ),
    Tile("average duration, 90 days", asked(90, Aggregation.AVG, "duration"), *by_hand(90, "avg(duration)")),
    Tile(
        "90th percentile of duration by day, 30 days",
        asked(30, Aggregation.QUANTILE, "duration", quantile=0.9, by=Grain.DAY),
        *by_hand(30, f"{{day}}, {P90[0]}", f"{{day}}, {P90[1]}", group="1"),
    ),
    Tile(
        "unique callers, 30 days",
        asked(30, Aggregation.DISTINCT, "from_"),
        *by_hand(30, "count(DISTINCT from_)", "uniqExact(from_)"),
    ),
    Tile("calls by country, 90 days", asked(90, split=("country",)), *by_hand(90, "country, count(*)", group="1")),
    Tile(
        "calls by status and direction, 365 days",
        asked(365, split=("status", "direction")),
        *by_hand(365, "status, direction, count(*)", group="1, 2"),
    ),
]

# i is the number of a call; the values are spread by odd multipliers, so neighbours differ.
DUCKDB_ROWS = """
INSERT INTO rows_calls (_account, _twilio_account, _key, _created, sid, date_created, start_time, status, direction,
    from_, country, duration, price, currency, parent_call_sid, _record, _version)
SELECT if(i % 10 < 8, '{account}', '{other}'), '{twilio}', 'CA' || md5(i::VARCHAR), made, 'CA' || md5(i::VARCHAR), made,
    made, ['completed', 'completed', 'completed', 'busy', 'no-answer', 'failed'][1 + i * 7919 % 6],
    ['inbound', 'outbound-api', 'outbound-dial'][1 + i * 104729 % 3], '+49' || (i * 7919 % 200000),
    ['DE', 'FR', 'US', 'GB', 'NL', 'ES', 'IT', NULL][1 + i * 31 % 8], i * 7919 % 1800,
    (CASE WHEN i % 5 = 0 THEN NULL ELSE (i * 7919 % 9000) / 100000 END)::DECIMAL(18, 8), 'USD',
    CASE WHEN i % 4 = 0 THEN 'CAparent' END, '{{"sid": "CA", "number": ' || i || '}}', 1
FROM (SELECT i, TIMESTAMP '{end}' - to_seconds(i * {step}) AS made FROM range({rows}) AS calls(i))
"""
CLICKHOUSE_ROWS = """
INSERT INTO rows_calls (_account, _twilio_account, _key, _created, sid, date_created, start_time, status, direction,
    from_, country, duration, price, currency, parent_call_sid, _record, _version)
SELECT if(i % 10 < 8, '{account}', '{other}'), '{twilio}', concat('CA', lower(hex(MD5(toString(i))))) AS key, made, key,
    made, made, ['completed', 'completed', 'completed', 'busy', 'no-answer', 'failed'][1 + i * 7919 % 6],
    ['inbound', 'outbound-api', 'outbound-dial'][1 + i * 104729 % 3], concat('+49', toString(i * 7919 % 200000)),
    ['DE', 'FR', 'US', 'GB', 'NL', 'ES', 'IT', NULL][1 + i * 31 % 8], i * 7919 % 1800,
    if(i % 5 = 0, NULL, toDecimal64((i * 7919 % 9000) / 100000, 8)), 'USD',
    if(i % 4 = 0, 'CAparent', NULL), concat('{{"sid": "CA", "number": ', toString(i), '}}'), 1
FROM (
    SELECT number AS i, toDateTime64('{end}', 6, 'UTC') - toIntervalMillisecond(toInt64(number * {step} * 1000)) AS made
    FROM numbers({rows})
)
SETTINGS max_partitions_per_insert_block = 0
"""


@contextlib.contextmanager
def embedded(folder: Path) -> Iterator[tuple[DuckStore, Ask]]:
    store = DuckStore(folder / "rows.duckdb")
    store.prepare([RESOURCES["calls"]])

    def run(sql: str) -> Sequence[Sequence[Any]]:
        with store._reading() as cursor:
            return cursor.execute(sql).fetchall()

    yield store, run
    store.close()


@contextlib.contextmanager
def at_scale(folder: Path) -> Iterator[tuple[ClickHouseStore, Ask]]:
    from tests.servers.clickhouse import ClickHouse, fresh

    server = ClickHouse(folder)
    server.start()
    try:
        store = ClickHouseStore(fresh(server.url))
        store.prepare([RESOURCES["calls"]])

        def run(sql: str) -> Sequence[Sequence[Any]]:
            with store._client() as client:
                settings = {"do_not_merge_across_partitions_select_final": 1}
                return client.query(sql, settings=settings).result_rows

        yield store, run
        store.close()
    finally:
        server.stop()


def fill(run: Ask, statement: str, rows: int) -> None:
    step = DAYS * 86_400 / rows
    text = statement.format(
        account=ACCOUNT, other=OTHER, twilio=TWILIO, end=f"{END:%Y-%m-%d %H:%M:%S}", step=step, rows=rows
    )
    began = time.perf_counter()
    run(text)
    print(
        f"{rows:,} calls made in {time.perf_counter() - began:.1f} s, 80 % of them of the account that is asked about"
    )


def median_ms(work: Callable[[], object]) -> float:
    took = []
    for _ in range(WARM + ROUNDS):
        began = time.perf_counter()
        work()
        took.append((time.perf_counter() - began) * 1000)
    return statistics.median(took[WARM:])


def measure(store: Store, run: Ask, engine: str) -> None:
    print(f"\n{'store ms':>9} {'SQL ms':>8} {'ratio':>6}  cells  tile")
    totals = [0.0, 0.0]
    for tile in TILES:
        sql = tile.duckdb if engine == "duckdb" else tile.clickhouse
        agree(tile, store, run(sql))
        ours, theirs = median_ms(lambda t=tile: store.ask(t.question)), median_ms(lambda s=sql: run(s))  # type: ignore[misc]
        totals = [totals[0] + ours, totals[1] + theirs]
        cells = len(store.ask(tile.question))
        print(f"{ours:9.1f} {theirs:8.1f} {ours / theirs:6.2f}  {cells:5}  {tile.name}")
    print(f"{totals[0]:9.1f} {totals[1]:8.1f} {totals[0] / totals[1]:6.2f}         the board, one tile after another")


def agree(tile: Tile, store: Store, lines: Sequence[Sequence[Any]]) -> None:
    """A faster wrong answer is no answer: the sums of both are the same."""
    ours = sum(Decimal(str(each.value)) for each in store.ask(tile.question))
    theirs = sum(Decimal(str(line[-1])) for line in lines)
    if abs(ours - theirs) > Decimal("1e-6") * max(abs(ours), 1):
        raise SystemExit(f"{tile.name}: the store says {ours}, the SQL {theirs}")


def measure_put(store: Store, batches: int = 20, size: int = 1000) -> None:
    """1,000 rows a batch with all fields of a call and a record of 900 bytes, as a sync writes them."""
    made = [_batch(number, size) for number in range(batches)]
    began = time.perf_counter()
    for batch in made:
        store.put(batch)
    took = time.perf_counter() - began
    print(f"\nput: {batches * size / took:,.0f} rows/s in batches of {size:,}, each durable before the next")


def _batch(number: int, size: int) -> Batch:
    begin = END + timedelta(days=1, seconds=number * size)
    rows = [_call(number * size + each, begin + timedelta(seconds=each)) for each in range(size)]
    held = Span(begin, begin + timedelta(seconds=size))
    return Batch(account=OTHER, twilio_account=TWILIO, resource="calls", rows=rows, held=held)


def _call(number: int, at: datetime) -> Row:
    kinds = {"text": "+4915112345678", "integer": number, "money": Decimal("0.00750000"), "time": at}
    values = {field.name: kinds.get(field.kind.value) for field in RESOURCES["calls"].fields}
    return Row(f"CA{number:032}", values, b'{"sid": "%s"}' % (b"x" * 880))  # type: ignore[arg-type]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--engine", choices=["duckdb", "clickhouse"], default="duckdb")
    words = parser.parse_args()
    opened = embedded if words.engine == "duckdb" else at_scale
    with tempfile.TemporaryDirectory() as folder, opened(Path(folder)) as (store, run):
        fill(run, DUCKDB_ROWS if words.engine == "duckdb" else CLICKHOUSE_ROWS, words.rows)
        measure(store, run, words.engine)
        measure_put(store)
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"memory: at most {peak_mb:,.0f} MB in this process")


if __name__ == "__main__":
    main()
