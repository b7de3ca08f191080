"""Feature: the people who work here, their groups, and what an administrator does about their sign-ins."""
