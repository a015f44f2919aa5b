"""Every call and every leg of a call."""

from dialboard.shapes.resource import Field, Kind, Resource, Window

CALLS = Resource(
    name="calls",
    title="Calls",
    path="/2010-04-01/Accounts/{account_sid}/Calls.json",
    records="calls",
    key=("sid",),
    time="start_time",
    created="date_created",
    window=Window("StartTime>", "StartTime<"),
    # Twilio does not refuse older starts; its call logs reach back about 13 months.
    reach_days=400,
    late_days=3,
    docs="https://www.twilio.com/docs/voice/api/call-resource (read 2026-11)",
    fields=(
        Field("sid", Kind.TEXT, "sid", "CA..., names the call"),
        Field(
            "parent_call_sid",
            Kind.TEXT,
            "parent_call_sid",
            "the call whose <Dial> made this leg; empty for a call of its own",
        ),
        Field(
            "status",
            Kind.TEXT,
            "status",
            "queued, ringing, in-progress, completed, busy, failed, no-answer or canceled",
            dimension=True,
        ),
        Field(
            "direction",
            Kind.TEXT,
            "direction",
            "inbound, outbound-api, outbound-dial, trunking-originating or trunking-terminating",
            dimension=True,
        ),
        Field("direction_class", Kind.TEXT, None, "inbound or outbound, as your customers see it", dimension=True),
        Field("from_", Kind.TEXT, "from", "who called", dimension=True),
        Field("to", Kind.TEXT, "to", "who was called", dimension=True),
        Field("our_number", Kind.TEXT, None, "your number of the two", dimension=True),
        Field("other_party", Kind.TEXT, None, "the other number of the two", dimension=True),
        Field("country", Kind.TEXT, None, "two letters: the country of the other party's number", dimension=True),
        Field("channel", Kind.TEXT, None, "phone, client or sip: what the other party calls with", dimension=True),
        Field("start_time", Kind.TIME, "start_time", "when it was dialled or came in; empty until then"),
        Field("end_time", Kind.TIME, "end_time", "when it ended; empty while it goes on"),
        Field("date_created", Kind.TIME, "date_created", "when Twilio made the record"),
        Field("date_updated", Kind.TIME, "date_updated", "when Twilio last changed the record"),
        Field("duration", Kind.INTEGER, "duration", "seconds; empty while it goes on and when nobody answered"),
        Field("price", Kind.MONEY, "price", "what the connection cost; comes hours after the end", reading="negated"),
        Field("currency", Kind.TEXT, "price_unit", "of the price: USD", dimension=True, reading="upper"),
        Field(
            "answered_by",
            Kind.TEXT,
            "answered_by",
            "human, machine_start, ...; only with answering machine detection",
            dimension=True,
        ),
        Field("queue_time", Kind.INTEGER, "queue_time", "milliseconds the call waited to be dialled"),
        Field(
            "forwarded_from", Kind.TEXT, "forwarded_from", "the number that forwarded the call to yours", dimension=True
        ),
        Field("phone_number_sid", Kind.TEXT, "phone_number_sid", "PN..., your number's record", dimension=True),
        Field("trunk_sid", Kind.TEXT, "trunk_sid", "TK..., the SIP trunk it went through", dimension=True),
        Field(
            "account_sid", Kind.TEXT, "account_sid", "the Twilio account or subaccount it belongs to", dimension=True
        ),
    ),
)
