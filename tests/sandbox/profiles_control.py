"""What a test can do with profiles and senders in the sandbox. Part of `control.Sandbox`."""

from typing import Any

Record = dict[str, Any]


class ProfileControls:
    """Methods about messaging profiles and alphanumeric sender ids, as if done in the portal."""

    def call(self, method: str, path: str, data: Any = None) -> Any:
        raise NotImplementedError

    def profiles(self) -> list[Record]:
        """Return the profiles with their secrets, oldest first."""
        return self.call("GET", "/profiles")

    def profile(self, id: str) -> Record:
        return next(profile for profile in self.profiles() if profile["id"] == id)

    def seed_profile(self, name: str, **fields: Any) -> Record:
        return self.call("POST", "/profiles", {"name": name, **fields})

    def edit_profile(self, id: str, **changes: Any) -> Record:
        return self.call("PATCH", f"/profiles/{id}", changes)

    def delete_profile(self, id: str) -> None:
        self.call("DELETE", f"/profiles/{id}")

    def senders(self) -> list[Record]:
        """Return the alphanumeric sender ids, oldest first."""
        return self.call("GET", "/alphanumeric_sender_ids")

    def seed_sender(self, text: str, profile_id: str, fallback: str = "") -> Record:
        data = {"alphanumeric_sender_id": text, "messaging_profile_id": profile_id}
        return self.call(
            "POST",
            "/alphanumeric_sender_ids",
            data | ({"us_long_code_fallback": fallback} if fallback else {}),
        )

    def delete_sender(self, id: str) -> None:
        self.call("DELETE", f"/alphanumeric_sender_ids/{id}")
