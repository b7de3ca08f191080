"""Finds the function for a method and a path."""

import re
from collections.abc import Callable, Sequence
from typing import Any

from .wire import Answer, Refusal, Request

Function = Callable[..., Answer]
Route = tuple[str, str, Function]


class Routes:
    """Routes as (method, path with {names}, function of the request and those names)."""

    def __init__(self, prefix: str, routes: Sequence[Route]) -> None:
        self.compiled: list[tuple[str, re.Pattern[str], Function]] = [
            (method, re.compile(re.sub(r"{(\w+)}", r"(?P<\1>[^/]+)", prefix + path)), function)
            for method, path, function in routes
        ]

    def answer(self, request: Request) -> Answer:
        """Call the function; raises Refusal 404 or 405 if there is none."""
        matches = [
            (method, function, match.groupdict())
            for method, pattern, function in self.compiled
            if (match := pattern.fullmatch(request.path))
        ]
        for method, function, names in matches:
            if method == request.method:
                named: dict[str, Any] = names
                return function(request, **named)
        if matches:
            raise Refusal(405, detail=f"{request.method} is not allowed here.")
        raise Refusal(404, detail="There is nothing at this address.")
