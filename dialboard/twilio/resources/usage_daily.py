"""What Twilio charged, day by day and category by category."""

from dialboard.shapes.resource import Field, Kind, Resource, Window

# Categories nest and overlap (calls contains calls-inbound; totalprice is everything): never add them up, pick one.
# Days are UTC and cannot be cut again. Rows are corrected for days afterwards.
USAGE_DAILY = Resource(
    name="usage_daily",
    title="Usage by day",
    path="/2010-04-01/Accounts/{account_sid}/Usage/Records/Daily.json",
    records="usage_records",
    # A usage record has no sid.
    key=("account_sid", "category", "start_date"),
    time="day",
    created="day",
    window=Window("StartDate", "EndDate", grain="day"),
    # Calls and Messages are lists of one account; the default here would add its subaccounts.
    parameters=(("IncludeSubaccounts", "false"),),
    reach_days=1830,
    late_days=3,
    slice_days=31,
    docs="https://www.twilio.com/docs/usage/api/usage-record (read 2026-11)",
    fields=(
        Field(
            "category",
            Kind.TEXT,
            "category",
            "calls, sms-outbound, totalprice, ...: an open list that nests",
            dimension=True,
        ),
        Field("day", Kind.DAY, "start_date", "the UTC day"),
        Field("description", Kind.TEXT, "description", "the category in words"),
        Field("count", Kind.NUMBER, "count", "how many, in count units"),
        Field("count_unit", Kind.TEXT, "count_unit", "calls, messages, ...", dimension=True),
        Field("usage", Kind.NUMBER, "usage", "how much, in usage units"),
        Field("usage_unit", Kind.TEXT, "usage_unit", "minutes, segments, ...", dimension=True),
        Field("price", Kind.MONEY, "price", "what it cost; already above zero here"),
        Field("currency", Kind.TEXT, "price_unit", "of the price: USD", dimension=True, reading="upper"),
        Field("as_of", Kind.TIME, "as_of", "how fresh the figures are"),
        Field("account_sid", Kind.TEXT, "account_sid", "the Twilio account", dimension=True),
    ),
)
