"""The numbers Telnyx hosts for us: what it says about them, and what we can change."""
