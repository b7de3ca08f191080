"""Feature: webhook events are processed again, many at once, after a look at what that would change."""
