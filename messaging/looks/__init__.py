"""Feature: records that were made in Telnyx's portal are found within minutes, or at once at the press of a button."""
