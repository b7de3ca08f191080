"""Orders: eligibility, create, list, get and delete."""

import re

from ..contract import bad
from ..paging import data_page
from ..state import Record, State
from ..wire import Answer, Refusal, Request, error, json_answer
from .facts import FACTS, RULES, checked_body, checked_query, digits_say
from .world import World

ELIGIBLE = "ELIGIBLE"
DETAILS = {
    ELIGIBLE: "The number can be hosted.",
    "NUMBER_CAN_NOT_BE_REPEATED": "The number is in the list more than once.",
    "NUMBER_CAN_NOT_BE_VALIDATED": "The number could not be looked up just now.",
    "NUMBER_CAN_NOT_BE_WIRELESS": "The number belongs to a mobile network.",
    "NUMBER_CAN_NOT_BE_ACTIVE_IN_YOUR_ACCOUNT": "The number is active in this account.",
    "NUMBER_CAN_NOT_HOSTED_WITH_A_TELNYX_SUBSCRIBER": "Another customer hosts the number.",
    "NUMBER_CAN_NOT_BE_IN_TELNYX": "The number is on another account.",
    "NUMBER_IS_NOT_A_US_NUMBER": "The number is not a US number.",
    "NUMBER_IS_NOT_A_VALID_ROUTING_NUMBER": "The number is not in any routing database.",
    "NUMBER_IS_NOT_IN_E164_FORMAT": "The number is not written as +18005550100.",
    "BILLING_ACCOUNT_CHECK_FAILED": "The billing account could not be checked.",
    "BILLING_ACCOUNT_IS_ABOLISHED": "The billing account is closed.",
}


class Orders:
    def __init__(self, world: World) -> None:
        self.world = world

    def list(self, request: Request) -> Answer:
        query = checked_query("list", request)
        return data_page(list(reversed(self.world.orders.values())), query, self.shape)

    def create(self, request: Request) -> Answer:
        body = checked_body("create", request)
        if found := repeated(body["phone_numbers"], "/phone_numbers"):
            raise Refusal(RULES["status_of_a_refused_body"], found)
        order = self.world.add(
            body["phone_numbers"],
            known_profile(self.world.state, body.get("messaging_profile_id")),
            origin="api",
        )
        self.world.announce(order, "created")
        self.world.detect_transfer(order)
        return self.answer(order)

    def get(self, request: Request, id: str) -> Answer:
        return self.answer(self.world.order(id))

    def delete(self, request: Request, id: str) -> Answer:
        order = self.world.order(id)
        if order["status"] == "deleted":
            raise Refusal(RULES["deleting_a_deleted_order"], detail="This order was already deleted.")
        self.world.move(order, "deleted")
        self.world.tell(order, "deleted")
        return self.answer(order)

    def check_eligibility(self, request: Request) -> Answer:
        numbers = checked_body("check_eligibility", request)["phone_numbers"]
        verdicts = [
            self.verdict(number, is_repeated=number in numbers[:position])
            for position, number in enumerate(numbers)
        ]
        return json_answer({"phone_numbers": verdicts})

    def verdict(self, number: str, *, is_repeated: bool) -> Record:
        status = "NUMBER_CAN_NOT_BE_REPEATED" if is_repeated else self.eligibility(number)
        return {
            "phone_number": number,
            "eligible": status == ELIGIBLE,
            "eligible_status": status,
            "detail": DETAILS[status],
        }

    def eligibility(self, number: str) -> str:
        if number in self.world.script.eligibility:
            return self.world.script.eligibility[number]
        if not re.fullmatch(r"\+[1-9][0-9]{6,14}", number):
            return "NUMBER_IS_NOT_IN_E164_FORMAT"
        if not number.startswith("+1"):
            return "NUMBER_IS_NOT_A_US_NUMBER"
        if not re.fullmatch(r"\+1[2-9][0-9]{9}", number):
            return "NUMBER_IS_NOT_A_VALID_ROUTING_NUMBER"
        if self.world.is_taken(number):
            return "NUMBER_CAN_NOT_BE_ACTIVE_IN_YOUR_ACCOUNT"
        return digits_say("eligibility", number) or ELIGIBLE

    def shape(self, order: Record) -> Record:
        """Return an order as REST shows it: without times, reasons, documents or transfer."""
        return {
            "id": order["id"],
            "record_type": FACTS["answers"]["Order"]["record_type"],
            "messaging_profile_id": order["messaging_profile_id"],
            "status": order["status"],
            "phone_numbers": [
                {
                    "id": number["id"],
                    "record_type": FACTS["answers"]["HostedNumber"]["record_type"],
                    "phone_number": number["phone_number"],
                    "status": self.world.script.in_answers(number["status"]),
                }
                for number in order["numbers"]
            ],
        }

    def answer(self, order: Record) -> Answer:
        return json_answer({"data": self.shape(order)})


def repeated(numbers: list[str], pointer: str) -> list[Record]:
    """Return an error for each number that is in the list a second time."""
    return [
        bad("The number is in the list more than once.", pointer=f"{pointer}/{position}")
        for position, number in enumerate(numbers)
        if number in numbers[:position]
    ]


def known_profile(state: State, id: str | None) -> str | None:
    """Return the id of an existing profile, or None if none is named; raises Refusal."""
    if id and id.lower() not in state.collection("messaging_profiles"):
        entry = error(
            "10017",
            "Associated resource does not exist",
            "There is no such messaging profile.",
            pointer="/messaging_profile_id",
        )
        raise Refusal(RULES["status_of_a_refused_body"], [entry])
    return id.lower() if id else None
