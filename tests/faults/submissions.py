"""What people submit: one thing of each kind that must reach Telnyx once, and how it is recognized there and here."""

import re
from collections.abc import Callable
from dataclasses import dataclass


@dataclass
class Submission:
    """One thing that a person wants to reach Telnyx once. `key` can be found in whatever Telnyx holds of it."""

    kind: str
    key: str
    number: str = ""
    pk: str = ""
    pressed: bool = False
    cuts: int = 0  # presses without a clear answer
    answer: str = ""  # "submitted", or the page's objection
    seconds: float = 0.0


@dataclass(frozen=True)
class Kind:
    """How the desk names the request of a submission, and which of Telnyx's addresses it goes to."""

    make: Callable[[int], Submission]
    model: str
    path: str
    operation: str = "create"
    has_id: bool = True  # what Telnyx holds has the id that the request is accepted with

    def is_at(self, path: str) -> bool:
        return re.search(self.path, path) is not None


def toll_free(n: int) -> Submission:
    number = f"+1800555{1000 + n}"
    return Submission("toll-free", number, number)


def hosted(n: int) -> Submission:
    number = f"+1312555{low_digits(n)}"
    return Submission("hosted", number, number)


def message(n: int) -> Submission:
    return Submission("message", f"Order M{n:05}.", f"+1303555{100 + n % 80:04}")


def rcs(n: int) -> Submission:
    # Phones whose numbers end in an odd digit may have no RCS.
    return Submission("rcs", f"Order R{n:05}.", f"+1303555{100 + n % 40 * 2:04}")


def profile(n: int) -> Submission:
    return Submission("profile", f"Larkspur P{n:05}")


def auto_response(n: int) -> Submission:
    return Submission("auto-response", f"WORD{n:05}")


def of_order(kind: str) -> Callable[[int], Submission]:
    def made(n: int) -> Submission:
        return Submission(kind, ordered_before(n), ordered_before(n))

    return made


def ordered_before(n: int) -> str:
    """Return the number of an order that was at Telnyx before anything went wrong. Its codes and papers are missing."""
    return f"+1312777{low_digits(n)}"


def low_digits(n: int) -> int:
    """Return four digits. Numbers that end in 70 or more trigger something in the sandbox."""
    return 1000 + n // 70 * 100 + n % 70


KINDS: dict[str, Kind] = {
    "toll-free": Kind(toll_free, "verificationrequest", "verification/requests$"),
    "hosted": Kind(hosted, "hostedorder", "hosted_number_orders$"),
    "message": Kind(message, "composedmessage", "/messages$"),
    "rcs": Kind(rcs, "rcsmessage", "/messages/rcs$"),
    "profile": Kind(profile, "messagingprofile", "messaging_profiles$"),
    "auto-response": Kind(auto_response, "autoresponse", "autoresp_configs$"),
    "code": Kind(of_order("code"), "hostedorder", "/verification_codes$", "send_codes", has_id=False),
    "code check": Kind(
        of_order("code check"), "hostedorder", "/validation_codes$", "validate_codes", has_id=False
    ),
    "documents": Kind(
        of_order("documents"), "hostedorder", "/file_upload$", "upload_documents", has_id=False
    ),
}
CREATES = "|".join(kind.path for kind in KINDS.values())
LISTS = r"(verification/requests|hosted_number_orders|detail_records|messaging_profiles|autoresp_configs)$"
