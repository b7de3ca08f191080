"""Messages, and the client that the worker talks to the sandbox with."""

from tests.mirror.conftest import client  # noqa: F401 - a fixture: Telnyx's in the place of Django's
