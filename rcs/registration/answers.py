"""What a refusal of the registration API says: it has a form of its own (docs/telnyx.md, T4.27)."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from messaging.telnyx.errors import (
    ACCOUNT_STOPPED,
    MOST_PROBLEMS,
    REASONS,
    SAID,
    AccountBlocked,
    FeatureForbidden,
    NotFound,
    OutcomeUnknown,
    Problem,
    RequestRefused,
    TelnyxError,
)

if TYPE_CHECKING:
    from messaging.mirror.models import OutboxEntry

REFUSALS = (400, 404, 409, 422)
# The provider behind Telnyx refused, or couldn't do it; asking again changes nothing twice (T4.30).
PROVIDER = 502


def judge(entry: "OutboxEntry", error: TelnyxError) -> TelnyxError:
    """Return what an answer to one of our requests means.

    A conflict after a lost answer may come of the first try, so it stays open and is looked up.
    """
    if error.status == 409 and entry.makes_a_record() and entry.sends > 1:
        return error
    return read(error)


def judge_device(entry: "OutboxEntry", error: TelnyxError) -> TelnyxError:
    """Return what an answer about a test device means."""
    return read(error, (*REFUSALS, PROVIDER))


def read(error: TelnyxError, refusals: tuple[int, ...] = REFUSALS) -> TelnyxError:
    """Return the refusal that an unclear answer is in this API's own form, or the error as it is.

    A 403 is about this API, so that everything else goes on, unless it says that the account is stopped.
    """
    answer = error.answer
    if isinstance(error, AccountBlocked) and error.status == 403 and not ACCOUNT_STOPPED & set(error.codes):
        return FeatureForbidden(REASONS[FeatureForbidden], answer=answer, errors=error.errors)
    if not isinstance(error, OutcomeUnknown) or answer is None or answer.status not in refusals:
        return error
    found = tuple(problems(answer.data))
    if not found:
        return error  # a proxy's answer, not Telnyx's
    kind = NotFound if answer.status == 404 else RequestRefused
    reason = f"{SAID[kind]} (HTTP {answer.status}). {REASONS[kind]}"
    return kind(reason, answer=answer, errors=found)


def problems(data: Any) -> Iterator[Problem]:
    """Yield what `detail` says: one sentence, or a list with the place of each problem in what was sent."""
    detail = data.get("detail") if isinstance(data, dict) else None
    if isinstance(detail, str) and detail.strip():
        yield Problem.from_json({"detail": detail})
    for one in detail[:MOST_PROBLEMS] if isinstance(detail, list) else ():
        if isinstance(one, dict) and isinstance(one.get("loc"), list) and one.get("msg"):
            way = [str(part) for part in one["loc"] if part != "body"]
            yield Problem.from_json(
                {"code": one.get("type"), "detail": one["msg"], "source": {"pointer": "/" + "/".join(way)}}
            )
