"""Messaging profiles and alphanumeric sender ids, as Telnyx serves them."""
