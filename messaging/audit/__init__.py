"""Feature: who changed what, with its search and its file, and who opened what."""
