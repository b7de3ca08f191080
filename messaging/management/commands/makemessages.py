"""Collect the texts of the product; tests, tools and what a run leaves behind have none to translate."""

from typing import Any

from django.core.management.commands import makemessages

# Whatever begins with a dot, such as .venv, Django leaves out by itself.
IGNORED = ("tests", "benchmarks", "docs", "var", "static", "node_modules", "requirements*.txt")


class Command(makemessages.Command):
    """Django's makemessages, without the folders and files that hold no text of the product."""

    def handle(self, *args: Any, **options: Any) -> None:
        options["ignore_patterns"] = [*(options["ignore_patterns"] or []), *IGNORED]
        super().handle(*args, **options)
