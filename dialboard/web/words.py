"""The words for values that Twilio writes as codes.

Source: twilio.com/docs/api/errors and twilio.com/docs/usage/api/usage-record (categories), read 2026-11.
"""

ERRORS = {
    "21610": "Recipient opted out",
    "30001": "Queue overflow",
    "30002": "Account suspended",
    "30003": "Unreachable handset",
    "30004": "Message blocked",
    "30005": "Unknown handset",
    "30006": "Landline or unreachable carrier",
    "30007": "Filtered by the carrier",
    "30008": "Unknown error",
    "30034": "Unregistered sender (A2P 10DLC)",
}
PRODUCTS = {
    "calls": "Calls",
    "sms": "SMS",
    "mms": "MMS",
    "channels": "WhatsApp and other channels",
    "phonenumbers": "Phone numbers",
    "shortcodes": "Short codes",
    "recordings": "Recordings",
    "recordingstorage": "Storage of recordings",
    "mediastorage": "Storage of media",
    "taskrouter-tasks": "TaskRouter",
    "studio-engagements": "Studio",
    "verify-package-plans": "Verify",
    "premiumsupport": "Support",
}


def readable(field: str, text: str | None) -> str:
    """The text as people read it: "no-answer" -> "No answer"; "Not known" when there is none."""
    if not text:
        return "None given" if field == "error_code" else "Not known"
    if field == "error_code":
        return f"{text} {ERRORS[text]}" if text in ERRORS else f"Error {text}"
    if field == "category" and text in PRODUCTS:
        return PRODUCTS[text]
    if text.islower() and text.replace("-", "").replace("_", "").isalpha() and len(text) > 2:
        return text.replace("-", " ").replace("_", " ").capitalize()
    return text
