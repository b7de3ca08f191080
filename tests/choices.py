"""The choices of a page that compares three ways."""

import re
from typing import Any


def choose(answer: Any, whose: str) -> dict[str, str]:
    """Return what the form sends if a person chooses "theirs" or "mine" for every field that both changed."""
    pattern = rf'name="(choice_[^"]+)" value="({whose}-[0-9a-f]+)"'
    return dict(re.findall(pattern, answer.content.decode()))
