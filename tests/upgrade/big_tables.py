"""The tables that are big in a desk of years, and the migrations that may lock them, each with its reason."""

# With 1,000,000 messages a day these have millions of rows: nothing may lock them for more than a second.
BIG = (
    "messaging_message",
    "messaging_composedmessage",
    "messaging_linkclick",
    "messaging_mediafile",
    "messaging_notice",
    "messaging_noticesending",
    "messaging_optout",
    "messaging_reveal",
    "mirror_apicall",
    "mirror_attempt",
    "mirror_auditentry",
    "mirror_knowncopy",
    "mirror_outboxentry",
    "mirror_recordview",
    "mirror_statuschange",
    "mirror_webhookevent",
    "rcs_capability",
    "rcs_deeplink",
    "rcs_rcsmessage",
)

EMPTY = "0.1.0 doesn't have the table, and no version between was released: it is empty in every upgrade"

# The steps that may lock them, by migration and table, each with its reason.
ACCEPTED: dict[str, dict[str, str]] = {
    "messaging.0009_media": {"messaging_reveal": EMPTY},
    "messaging.0013_retention": {
        "messaging_linkclick": EMPTY,
        "messaging_message": EMPTY,
        "messaging_reveal": EMPTY,
    },
    "messaging.0026_whatsapp": {"messaging_composedmessage": EMPTY},
    "messaging.0029_scheduled_and_mms": {"messaging_composedmessage": EMPTY},
    "messaging.0030_campaign_index": {"messaging_message": EMPTY},
    "mirror.0024_open_differences": {"mirror_knowncopy": EMPTY},
}
