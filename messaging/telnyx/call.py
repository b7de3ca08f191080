"""One HTTP exchange with Telnyx that has ended, for whoever keeps a log of them."""

from dataclasses import dataclass, field

from .answer import Answer


@dataclass(frozen=True)
class Call:
    """What was asked and what came of it. Whatever a person may have written stays out of its repr.

    `target` is the path with its query. `answer` is None if none came, or none that could be read. `error` is the name
    of the class of what the caller got instead of the answer, or "". `seconds` run from the search for a connection.
    """

    method: str
    target: str = field(repr=False)
    content_type: str
    body: bytes = field(repr=False)
    answer: Answer | None
    error: str
    seconds: float
