"""Every SMS, MMS, WhatsApp, Messenger and RCS message."""

from dialboard.shapes.resource import Field, Kind, Resource, Window

# The list can only be filtered by date_sent. It is empty while a message is queued or scheduled and stays empty when
# one fails before it is sent: such messages are in no window, so a sync sees a message once it has been sent.
MESSAGES = Resource(
    name="messages",
    title="Messages",
    path="/2010-04-01/Accounts/{account_sid}/Messages.json",
    records="messages",
    key=("sid",),
    time="date_sent",
    created="date_created",
    window=Window("DateSent>", "DateSent<"),
    # Error 20004 for an earlier start; an account may choose fewer days, which is learnt from the error.
    retention_days=400,
    reach_days=400,
    late_days=3,
    docs="https://www.twilio.com/docs/messaging/api/message-resource (read 2026-11)",
    fields=(
        Field("sid", Kind.TEXT, "sid", "SM... or MM..., names the message"),
        Field(
            "status",
            Kind.TEXT,
            "status",
            "queued, sent, delivered, undelivered, failed, received, read, ...",
            dimension=True,
        ),
        Field(
            "direction",
            Kind.TEXT,
            "direction",
            "inbound, outbound-api, outbound-call or outbound-reply",
            dimension=True,
        ),
        Field("direction_class", Kind.TEXT, None, "inbound or outbound", dimension=True),
        Field("from_", Kind.TEXT, "from", "who sent it", dimension=True),
        Field("to", Kind.TEXT, "to", "who it was for", dimension=True),
        Field("our_number", Kind.TEXT, None, "your number of the two", dimension=True),
        Field("other_party", Kind.TEXT, None, "the other number of the two", dimension=True),
        Field("country", Kind.TEXT, None, "two letters: the country of the other party's number", dimension=True),
        Field("channel", Kind.TEXT, None, "sms, mms, whatsapp, messenger or rcs", dimension=True),
        Field("date_sent", Kind.TIME, "date_sent", "when it was sent or received; empty until then"),
        Field("date_created", Kind.TIME, "date_created", "when Twilio made the record"),
        Field("date_updated", Kind.TIME, "date_updated", "when Twilio last changed the record"),
        Field("seconds_to_send", Kind.NUMBER, None, "seconds between creating and sending it"),
        Field("num_segments", Kind.INTEGER, "num_segments", "the parts it was split into and charged for"),
        Field("num_media", Kind.INTEGER, "num_media", "pictures and other files"),
        Field("price", Kind.MONEY, "price", "what it cost, without carrier fees; comes late", reading="negated"),
        Field("currency", Kind.TEXT, "price_unit", "of the price: USD", dimension=True, reading="upper"),
        Field("error_code", Kind.TEXT, "error_code", "why it was not delivered: 30003, 30007, ...", dimension=True),
        Field(
            "messaging_service_sid",
            Kind.TEXT,
            "messaging_service_sid",
            "MG..., the service it went through",
            dimension=True,
        ),
        Field("body_length", Kind.INTEGER, None, "characters of the text"),
        Field(
            "keyword",
            Kind.TEXT,
            None,
            "STOP, START or HELP when an incoming text is one of their words, else none",
            dimension=True,
        ),
        Field(
            "account_sid", Kind.TEXT, "account_sid", "the Twilio account or subaccount it belongs to", dimension=True
        ),
    ),
)
