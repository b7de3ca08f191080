"""The part of the sandbox that stands in for Telnyx's RCS agents, capabilities, test numbers and links."""
