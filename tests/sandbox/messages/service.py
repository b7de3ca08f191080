"""The whole message service: a function for each operation of the contract."""

from collections.abc import Callable

from ..delivery_log import DeliveryLog
from ..routing import Route
from ..state import State
from ..webhooks import Sender
from ..wire import Answer
from .details import Details
from .facts import FACTS, contract
from .handsets import Handsets
from .idempotency import Idempotency
from .reading import Reading
from .sending import Sending
from .traffic import Traffic
from .world import FindProfile, World


class Messages:
    """Telnyx's messages on the shared state."""

    def __init__(self, state: State, sender: Sender, find_profile: FindProfile, pace: float = 1.0) -> None:
        self.world = World(state, sender, find_profile, pace)
        self.handsets = Handsets(self.world)
        self.idempotency = Idempotency(state)
        self.traffic = Traffic(self.world, self.handsets)
        sending, reading, log = Sending(self.world), Reading(self.world), DeliveryLog(state)
        functions: dict[str, Callable[..., Answer]] = {
            "whatsapp": sending.whatsapp,
            "get": reading.get,
            "cancel": reading.cancel,
            "group": reading.group,
            "detail_records": Details(self.world).find,
            "webhook_deliveries": log.find,
            "webhook_delivery": log.get,
        }
        self.functions = {
            name: functions.get(name) or sending.operation(name) for name in contract.operations
        }
        for operation in FACTS["operations"]:
            if operation.get("keyed"):
                name = operation["name"]
                self.functions[name] = self.idempotency.wrap(self.functions[name])

    def routes(self) -> list[Route]:
        return [
            (operation["method"], operation["path"], self.functions[name])
            for name, operation in contract.operations.items()
        ]

    def reset(self) -> None:
        self.world.reset()
        self.handsets.files.clear()
        self.idempotency.hold_seconds = 0.0
        self.traffic.reset()
