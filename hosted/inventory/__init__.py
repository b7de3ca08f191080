"""The numbers Telnyx hosts for us: what it says of them, and what we may change."""
