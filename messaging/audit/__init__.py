"""Feature: the page of who changed what, its search and its file."""
