"""The events that senders tell the tracker, as a resource that can be asked about like Twilio's lists."""

from dialboard.shapes.resource import Field, Kind, Resource

EVENTS = Resource(
    name="events",
    title="Tracker events",
    path="",
    records="events",
    key=("id",),
    time="received_at",
    created="received_at",
    retention_days=None,
    late_days=0,
    fields=(
        Field("id", Kind.TEXT, "id", "evt_..., names the event"),
        Field("sequence", Kind.INTEGER, "sequence", "its number in the journal"),
        Field("received_at", Kind.TIME, "received_at", "when we were told"),
        Field(
            "visitor_id",
            Kind.TEXT,
            "visitor_id",
            "what the sender calls the visitor, often a CallSid or MessageSid",
            dimension=True,
        ),
        Field("gaid", Kind.TEXT, "gaid", "the Google Analytics property the event is for", dimension=True),
        Field("hostname", Kind.TEXT, "hostname", "the server that handled the Twilio request", dimension=True),
        Field("path", Kind.TEXT, "path", "the path that handled the Twilio request", dimension=True),
        Field("title", Kind.TEXT, "title", "the page title", dimension=True),
        Field("referrer", Kind.TEXT, "referrer", "the HTTP referer", dimension=True),
        Field("campaign_name", Kind.TEXT, "campaign_name", "c.name, often your phone number", dimension=True),
        Field("campaign_source", Kind.TEXT, "campaign_source", "c.source, often Twilio", dimension=True),
        Field("campaign_medium", Kind.TEXT, "campaign_medium", "c.medium, often Phone or SMS", dimension=True),
        Field("zip", Kind.TEXT, "zip", "the zip code of the caller's number", dimension=True),
        Field("city", Kind.TEXT, "city", "the city of the caller's number", dimension=True),
        Field("state", Kind.TEXT, "state", "the state of the caller's number", dimension=True),
        Field("country", Kind.TEXT, "country", "the country of the caller's number", dimension=True),
        Field(
            "channel",
            Kind.TEXT,
            None,
            "phone or sms by the visitor's SID, else by the medium; empty when neither tells",
            dimension=True,
        ),
    ),
)
