"""The limits and words of WhatsApp content, each with its source."""

# The types of content, in the order of the form (docs/telnyx.md, T10.1).
TYPES = (
    "text",
    "image",
    "video",
    "audio",
    "document",
    "sticker",
    "location",
    "contacts",
    "reaction",
    "interactive",
    "template",
)
# What goes along with any of them.
ALONG = ("type", "biz_opaque_callback_data", "context")
INTERACTIVE = ("button", "list", "cta_url", "location_request_message", "carousel")

# From Telnyx's description and its knowledge base (docs/telnyx.md, T5.14, T10.2).
LONGEST_TEXT = 4096  # bytes
LONGEST_CAPTION = 1024  # bytes
MOST_CONTACTS = 257
LONGEST_BODY, LONGEST_FOOTER, LONGEST_HEADER = 1024, 60, 60
MOST_BUTTONS, LONGEST_TITLE, LONGEST_BUTTON_ID = 3, 20, 256
LONGEST_SECTION_TITLE, LONGEST_ROW_TITLE, LONGEST_ROW_DESCRIPTION, LONGEST_ROW_ID = 24, 24, 72, 200
LONGEST_CARD_BODY, MOST_LINE_BREAKS = 160, 2
MOST_LATITUDE, MOST_LONGITUDE = 90, 180
HEADERS = ("text", "image", "video", "document")

# From Meta's reference of WhatsApp, to which Telnyx passes messages (docs/telnyx.md, T10.3).
MOST_SECTIONS, MOST_ROWS = 10, 10
FEWEST_CARDS, MOST_CARDS = 2, 10
LONGEST_URL = 2000
LONGEST_FILENAME = 240
LONGEST_REFERENCE = 512
LONGEST_EMOJI = 16
LONGEST_TEMPLATE_NAME = 512
LONGEST_VALUE = 1024
MOST_TEMPLATE_BUTTONS = 10
LONGEST_PAYLOAD = 128
LONGEST_CODE = 20

# The values of a template, and where each may stand.
HEADER_VALUES = ("text", "image", "video", "document", "location")
BODY_VALUES = ("text", "currency", "date_time")
BUTTONS = ("quick_reply", "url", "copy_code")
COMPONENTS = ("header", "body", "button")
