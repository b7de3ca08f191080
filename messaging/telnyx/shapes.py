"""The shape of a path at Telnyx: its words, with {id} for anything that names a record or a phone number."""

# Every word in the paths that Telnyx publishes for messaging (tests/contract), and that of detail records.
# Whatever isn't here is an ID.
WORDS = frozenset(
    {
        "actions",
        "agents",
        "alphanumeric_sender_id",
        "alphanumeric_sender_ids",
        "autoresp_configs",
        "bulk_capabilities",
        "capabilities",
        "deeplinks",
        "detail_records",
        "eligibility_numbers_check",
        "file_upload",
        "group",
        "group_mms",
        "long_code",
        "messages",
        "messaging",
        "messaging_hosted_number_orders",
        "messaging_hosted_numbers",
        "messaging_numbers_bulk_updates",
        "messaging_optouts",
        "messaging_profile_metrics",
        "messaging_profiles",
        "messaging_tollfree",
        "messaging_url_domains",
        "metrics",
        "number_pool",
        "phone_numbers",
        "rcs",
        "regenerate_secret",
        "requests",
        "schedule",
        "short_code",
        "short_codes",
        "status_history",
        "test_number_invite",
        "validation_codes",
        "verification",
        "verification_codes",
        "webhook_deliveries",
        "whatsapp",
    }
)


def shape(target: str) -> str:
    """Return a path without its query and without anything that differs between records."""
    parts = target.partition("?")[0].split("/")
    return "/".join(part if part in WORDS or not part else "{id}" for part in parts)
