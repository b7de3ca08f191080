"""The limits and words of RCS content, each with its source."""

# docs/telnyx.md, T4.9.
LONGEST_TEXT = 3072
LONGEST_TITLE = 200
LONGEST_DESCRIPTION = 2000
LONGEST_LABEL = 25
LONGEST_POSTBACK = 2048  # as base64
LONGEST_FALLBACK_URL = 2048
LONGEST_EVENT_TITLE = 100
LONGEST_EVENT_DESCRIPTION = 500
FEWEST_CARDS, MOST_CARDS = 2, 10
MOST_CARD_SUGGESTIONS = 10
MOST_LATITUDE, MOST_LONGITUDE = 90, 180
LARGEST_THUMBNAIL = 100_000  # bytes; not checked here, because we don't open the file
LONGEST_FALLBACK_TEXT = 3072

# From the reference of Google's RCS for Business, to which Telnyx passes messages (docs/telnyx.md, T4.12).
MOST_SUGGESTIONS = 11
LONGEST_URL = 2048

# Enums from the OpenAPI description (tests/contract/contract-facts.json).
ORIENTATIONS = ("CARD_ORIENTATION_UNSPECIFIED", "HORIZONTAL", "VERTICAL")
ALIGNMENTS = ("THUMBNAIL_IMAGE_ALIGNMENT_UNSPECIFIED", "LEFT", "RIGHT")
WIDTHS = ("CARD_WIDTH_UNSPECIFIED", "SMALL", "MEDIUM")
HEIGHTS = ("HEIGHT_UNSPECIFIED", "SHORT", "MEDIUM", "TALL")
APPLICATIONS = ("OPEN_URL_APPLICATION_UNSPECIFIED", "BROWSER", "WEBVIEW")
VIEW_MODES = ("WEBVIEW_VIEW_MODE_UNSPECIFIED", "FULL", "HALF", "TALL")

# What a suggested action does: it contains exactly one of these.
ACTIONS = (
    "open_url_action",
    "dial_action",
    "view_location_action",
    "share_location_action",
    "create_calendar_event_action",
)

# `ttl` and `expire_time`: Telnyx publishes no limits (T4.13). Ours keep a message from waiting forever, or from
# expiring before it can arrive (15 days is Google's maximum, and our assumption for Telnyx).
SHORTEST_TTL, LONGEST_TTL = 10, 15 * 24 * 3600
