"""Feature: requests to Telnyx are tried again or canceled, everything that a filter finds, after a look at it."""
