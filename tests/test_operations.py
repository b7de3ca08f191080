"""The probes and commands in docs/operations.md match what exists."""

import re
from pathlib import Path

from django.core.management import get_commands

PAGE = (Path(__file__).resolve().parent.parent / "docs" / "operations.md").read_text()


def section(title: str) -> str:
    return PAGE.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def test_the_page_explains_every_part_of_readyz(client, db):
    explained = re.findall(r"^\| `([a-z_]+)` \|", section("Probes"), re.M)

    assert explained == [name for name in client.get("/readyz").json() if name != "why"]


def test_every_command_on_the_page_exists():
    typed = "\n".join(re.findall(r"```.*?```", PAGE, re.S))
    named = re.findall(r"(?:manage\.py|`desk) ([a-z_]+)", PAGE) + re.findall(
        r"^ *desk ([a-z_]+)", typed, re.M
    )

    assert named
    assert set(named) <= set(get_commands())
