"""Plays Telnyx and the current owner of a number for orders nobody took over."""

from datetime import datetime

from ..state import Record, rested
from .facts import OWNED, digits_say
from .world import AWAITED, World, is_over, lives

# How many steps the current owner of a number waits before answering, so that the countdown can be seen.
PATIENCE = 5


def advance(world: World, order: Record, now: datetime, seconds: float) -> None:
    """Move an idle order one step on if it is Telnyx's turn."""
    transfer = order["transfer"]
    if order["status"] == "provisioning":
        activate(world, order)
    elif transfer and not is_over(order) and transfer["step"] in AWAITED:
        answer_transfer(world, order, now, seconds)
    elif order["status"] == "loa_file_successful" and all_owned(order):
        world.move(order, "provisioning")
        world.tell(order)


def answer_transfer(world: World, order: Record, now: datetime, seconds: float) -> None:
    transfer = order["transfer"]
    if transfer["step"] == "detected":
        world.transfer(order, "approval_requested")
    elif transfer["deadline"] <= now.timestamp():
        world.transfer(order, "auto_approved")
    elif rested(order, now, PATIENCE * seconds):
        world.transfer(order, "approved")


def activate(world: World, order: Record) -> None:
    """Activate the numbers, except those whose digits say otherwise."""
    for number in order["numbers"]:
        if lives(number):
            number["status"] = digits_say("activation", number["phone_number"]) or number["status"]
    world.move(order, "successful" if any(map(lives, order["numbers"])) else "failed")
    world.tell(order)


def all_owned(order: Record) -> bool:
    """Return True if at least one number is left and every one that is left is proved."""
    return {number["status"] for number in order["numbers"] if lives(number)} == {OWNED}
