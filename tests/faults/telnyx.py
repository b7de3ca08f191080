"""What happens at Telnyx meanwhile: answers are lost, late or refusals, reviewers decide, webhooks go astray."""

from collections import Counter
from collections.abc import Sequence

from tests.faults.plan import Step
from tests.sandbox.control import Record, Sandbox

MOST_FAULTS = 3
REVIEW = ("In Progress", "Waiting For Vendor", "Waiting For Telnyx", "Verified")
HOSTING = ("loa_file_successful", "provisioning", "successful")


class Telnyx:
    """Plays the steps of the plan that happen at Telnyx, and keeps what the sandbox's log would forget."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.played: Counter[str] = Counter()
        self.posts: dict[str, Record] = {}

    def play(self, step: Step) -> None:
        if step.what == "review":
            self.review(step.which)
        elif step.what == "webhook":
            self.sandbox.next_webhook(**step.spec)
            self.played[f"webhook: {step.spec['action']}"] += 1
        elif len(self.sandbox.faults()) < MOST_FAULTS:
            self.sandbox.fault(**step.spec)
            told = [value for name, value in step.spec.items() if name != "path"]
            self.played[" ".join(map(str, told))] += 1

    def review(self, which: float) -> None:
        """Move one request and one order on by one step."""
        if found := moving(self.sandbox.records(), REVIEW, which):
            self.sandbox.set_status(*found)
        if found := moving(self.created_orders(), HOSTING, which):
            self.sandbox.set_order_status(*found)

    def created_orders(self) -> list[Record]:
        return [one for one in self.sandbox.hosted_orders() if one["origin"] == "api"]

    def remember(self) -> None:
        """Keep the requests that the sandbox received. Its own log holds only the last 5000."""
        self.posts |= {entry["id"]: entry for entry in self.sandbox.requests("POST")}

    def stop(self) -> None:
        """Let Telnyx work normally, and deliver what was held."""
        self.sandbox.clear_faults()
        self.sandbox.release_webhooks()
        self.sandbox.call("DELETE", "/webhooks/next")

    def is_calm(self) -> bool:
        return not any(delivery["outcome"] == "pending" for delivery in self.sandbox.deliveries())

    def held(self) -> dict[str, list[Record]]:
        """Return what Telnyx holds that came through the API, by kind, each with its id."""
        texts = [one for one in self.sandbox.messages() if one["origin"] == "api"]
        return {
            "toll-free": self.sandbox.records(),
            "hosted": self.created_orders(),
            "message": [one for one in texts if one["payload"]["type"] != "RCS"],
            "rcs": [one for one in texts if one["payload"]["type"] == "RCS"],
            "profile": [one for one in self.sandbox.profiles() if one["name"].startswith("Larkspur P")],
            "auto-response": self.sandbox.autoresponses(),
            **self.of_orders(),
        }

    def of_orders(self) -> dict[str, list[Record]]:
        """Return the codes that were sent, the numbers that were proved, and the papers that were handed in."""
        found: dict[str, list[Record]] = {"code": [], "code check": [], "documents": []}
        for order in self.sandbox.hosted_orders():
            if order["origin"] == "api":
                continue
            common = {"order": order["id"], "status": order["status"]}
            for number in order["numbers"]:
                about = common | {"number": number["phone_number"]}
                found["code"] += [
                    about | {"id": f"{number['id']} code {n}"} for n, _ in enumerate(number["codes"])
                ]
                if number["status"] == "ownership_successful":
                    found["code check"].append(about | {"id": number["id"]})
            found["documents"] += papers(order, common)
        return found


def papers(order: Record, common: Record) -> list[Record]:
    """Return one record for each different set of files. The same files again replace themselves."""
    digests: dict[str, list[str]] = {}
    for file in order["uploads"]:
        of_kind = digests.setdefault(file["kind"], [])
        if file["sha256"] not in of_kind:
            of_kind.append(file["sha256"])
    sets = range(max(map(len, digests.values()), default=0))
    number = order["numbers"][0]["phone_number"]
    return [
        common
        | {
            "id": f"{order['id']} papers {n}",
            "number": number,
            "sha256": {kind: found[-1] for kind, found in digests.items()},
        }
        for n in sets
    ]


def moving(records: Sequence[Record], steps: tuple[str, ...], which: float) -> tuple[str, str] | None:
    left = [record for record in records if record["status"] != steps[-1]]
    if not left:
        return None
    record = left[int(which * len(left))]
    done = steps.index(record["status"]) + 1 if record["status"] in steps else 0
    return record["id"], steps[done]
