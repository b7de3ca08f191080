"""Feature: register RCS brands and agents at Telnyx, and see whose turn it is.

Telnyx documents the operations only on its developer site, apart from the description the desk is built on
(docs/telnyx.md, T4.24 to T4.32), and nothing of it was tried.
"""
