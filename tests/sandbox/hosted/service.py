"""The whole hosted service: a function for each operation of the contract."""

from collections.abc import Callable

from ..routing import Route
from ..state import State
from ..webhooks import Sender
from ..wire import Answer
from .documents import Documents
from .facts import contract
from .numbers import Numbers
from .orders import Orders
from .ownership import Ownership
from .world import World


class Hosted:
    """Telnyx's hosted service on the shared state."""

    def __init__(self, state: State, sender: Sender) -> None:
        self.world = World(state, sender)
        orders = Orders(self.world)
        ownership, documents = Ownership(self.world), Documents(self.world, orders)
        numbers = Numbers(self.world, orders)
        self.functions: dict[str, Callable[..., Answer]] = {
            "list": orders.list,
            "create": orders.create,
            "check_eligibility": orders.check_eligibility,
            "get": orders.get,
            "delete": orders.delete,
            "file_upload": documents.file_upload,
            "verification_codes": ownership.verification_codes,
            "validation_codes": ownership.validation_codes,
            "list_numbers": numbers.list,
            "get_number": numbers.get,
            "update_number": numbers.update,
            "delete_number": numbers.delete,
        }

    def routes(self) -> list[Route]:
        return [
            (operation["method"], operation["path"], self.functions[name])
            for name, operation in contract.operations.items()
        ]
