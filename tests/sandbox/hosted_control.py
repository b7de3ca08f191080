"""What a test can do with hosted orders. Part of `control.Sandbox`; imports nothing from the sandbox."""

from collections.abc import Mapping, Sequence
from typing import Any

Record = dict[str, Any]

# The first of the three messaging profiles that the sandbox always starts with.
PROFILE_ID = "3fa85f55-4c1b-4d1f-9f3b-5d6f1c2a7e01"
HOSTED_NUMBERS = ("+13125550101", "+13125550102")


class HostedControls:
    """Methods about hosted orders. `order` is always an order's id at Telnyx."""

    def call(self, method: str, path: str, data: Any = None) -> Any:
        raise NotImplementedError

    # What Telnyx holds.

    def hosted_orders(self) -> list[Record]:
        """Return the orders, oldest first.

        id, messaging_profile_id, status, numbers (id, phone_number, status, codes), documents_wanted, uploads,
        transfer (step, deadline, numbers) or None, history, origin, taken_over, created_at, updated_at.
        """
        return self.call("GET", "/hosted_orders")

    def hosted_order(self, order: str) -> Record:
        return next(entry for entry in self.hosted_orders() if entry["id"] == order)

    def hosted_numbers(self) -> list[Record]:
        """Return the live numbers, oldest first, each with the `number_id` it has in its order."""
        return self.call("GET", "/hosted_numbers")

    def uploads(self, order: str) -> list[Record]:
        """Return the files received, oldest first: kind (loa, bill), name, size, sha256, received_at."""
        return self.hosted_order(order)["uploads"]

    def codes(self, order: str) -> dict[str, str]:
        """Return the code that each number of an order would accept now, by phone number."""
        return self.call("GET", f"/hosted_orders/{order}/codes")

    def expire_codes(self, order: str) -> None:
        """Expire every code sent so far."""
        self.call("POST", f"/hosted_orders/{order}/expire_codes", {})

    # What happens at Telnyx without a request from us.

    def seed_hosted_order(
        self,
        phone_numbers: Sequence[str] = HOSTED_NUMBERS,
        *,
        messaging_profile_id: str | None = PROFILE_ID,
        status: str | None = None,
        numbers: Mapping[str, str] | None = None,
        webhook: bool = False,
        taken_over: bool = True,
    ) -> Record:
        """Store an order as if made in the portal. `numbers` gives single phone numbers their own status."""
        data = {
            "phone_numbers": list(phone_numbers),
            "messaging_profile_id": messaging_profile_id,
            "numbers": dict(numbers or {}),
            "webhook": webhook,
            "taken_over": taken_over,
        }
        return self.call("POST", "/hosted_orders", data | ({"status": status} if status else {}))

    def set_order_status(
        self,
        order: str,
        status: str,
        *,
        with_numbers: bool = True,
        webhook: bool = True,
        occurred_at: str | None = None,
        take_over: bool = True,
    ) -> Record:
        """Give an order any status word. Its live numbers follow unless `with_numbers` is False.

        They follow for provisioning, successful, failed, carrier_rejected, ineligible_carrier and deleted.
        """
        data = {"status": status, "with_numbers": with_numbers, "webhook": webhook, "take_over": take_over}
        return self.call(
            "POST",
            f"/hosted_orders/{order}/status",
            data | ({"occurred_at": occurred_at} if occurred_at else {}),
        )

    def set_number_status(
        self,
        order: str,
        phone_number: str,
        status: str,
        *,
        webhook: bool = True,
        occurred_at: str | None = None,
        take_over: bool = True,
    ) -> Record:
        """Give one number of an order any status word. The order keeps its own."""
        data = {"phone_number": phone_number, "status": status, "webhook": webhook, "take_over": take_over}
        return self.call(
            "POST",
            f"/hosted_orders/{order}/number_status",
            data | ({"occurred_at": occurred_at} if occurred_at else {}),
        )

    def transfer(
        self,
        order: str,
        step: str,
        *,
        seconds: float | None = None,
        phone_numbers: Sequence[str] | None = None,
        webhook: bool = True,
        occurred_at: str | None = None,
        take_over: bool = True,
    ) -> Record:
        """Take a step of an internal transfer: detected, approval_requested, approved, rejected, auto_approved.

        `seconds` is the time until the deadline of approval_requested (default: 72 hours), negative for one
        that has passed; `phone_numbers` are the ones affected (default: all).
        """
        data: Record = {"step": step, "webhook": webhook, "take_over": take_over}
        given = {
            "seconds": seconds,
            "phone_numbers": None if phone_numbers is None else list(phone_numbers),
            "occurred_at": occurred_at,
        }
        data |= {name: value for name, value in given.items() if value is not None}
        return self.call("POST", f"/hosted_orders/{order}/transfer", data)

    def delete_order(self, order: str, *, webhook: bool = False, forget: bool = False) -> None:
        """Delete behind our back. With `forget`, Telnyx answers 404 for it from now on."""
        self.call("DELETE", f"/hosted_orders/{order}", {"webhook": webhook, "forget": forget})

    def take_over_order(self, order: str, taken_over: bool = True) -> Record:
        """Take an order from the autopilot, or give it back."""
        return self.call("POST", f"/hosted_orders/{order}/take_over", {"taken_over": taken_over})

    # What will happen.

    def set_eligibility(self, phone_number: str, status: str | None) -> None:
        """Decide what the eligibility check says about a number; None lets its last digits decide again."""
        self.call("POST", "/eligibility", {"phone_number": phone_number, "status": status})

    def set_code_error(self, phone_number: str, error: str | None) -> None:
        """Make codes for a number fail with this text; None lets its last digits decide again."""
        self.call("POST", "/code_errors", {"phone_number": phone_number, "error": error})

    def set_next_documents(self, status: str, count: int = 1) -> None:
        """Decide the status that an order gets from each of the next `count` uploads."""
        self.call("POST", "/documents/next", {"status": status, "count": count})

    def show_ownership(self, shown: bool = True) -> None:
        """Make REST answers show `ownership_successful`, which the published description does not list there."""
        self.call("POST", "/show_ownership", {"shown": shown})
