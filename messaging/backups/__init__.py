"""A copy of everything the desk holds, in one folder: made while people work, checked, and restored."""
