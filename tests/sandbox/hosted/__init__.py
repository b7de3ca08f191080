"""Hosted number orders and hosted numbers: the twelve operations of Telnyx, and what happens there in between."""
