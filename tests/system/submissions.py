"""A submission through real processes: pressed like a person would, and counted at Telnyx."""

import httpx

from tests.drafts import make_drafts
from tests.stack import Stack, wait_until
from tests.visitor import Visitor

# Minutes of life as seconds: what a test looks at is the order of events.
QUICK = {
    "TELNYX_SETTLE_SECONDS": "3",
    "TELNYX_DEADLINE": "3",
    "TELNYX_WRITES_PER_SECOND": "200",
    "TELNYX_READ_TIMEOUT": "3",
}


def submit(visitor: Visitor, draft: str) -> httpx.Response:
    """Press "Submit" on the page that shows what will be sent."""
    page = f"/admin/tollfree/verificationrequest/{draft}/submit/"
    return visitor.post(page, data=visitor.form(page))


def one_draft(stack: Stack, **changes: object) -> str:
    return make_drafts(stack.environment, 1, **changes)[0]


def states(stack: Stack) -> list[str]:
    return [state for (state,) in stack.sql("SELECT state FROM mirror_outboxentry ORDER BY created_at")]


def posts(stack: Stack) -> int:
    return len(stack.sandbox.requests("POST", "verification/requests"))


def accepted_once(stack: Stack, seconds: float = 30) -> None:
    """Wait until the one promise is accepted and compare it with what Telnyx holds."""
    wait_until(lambda: states(stack) == ["accepted"], seconds, f"accepted, but {states(stack)}")
    remote_ids = [id for (id,) in stack.sql("SELECT remote_id FROM mirror_outboxentry")]
    assert remote_ids == [record["id"] for record in stack.sandbox.records()]
