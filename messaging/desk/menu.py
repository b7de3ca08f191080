"""What the menu calls a list, so that its page and the header above its records say the same words."""

from collections.abc import Iterable

from messaging.mirror.wording import Words

_names: dict[str, Words] = {}


def call(entries: Iterable[tuple[Words, str]]) -> None:
    """Name the lists of models, each by its label, such as "tollfree.VerificationRequest"."""
    _names.update((label.lower().replace(".", "/"), name) for name, label in entries)


def name_at(address: object, otherwise: Words) -> Words:
    """Return the name of the list at an address of the admin, or `otherwise` if there is none in the menu."""
    app_and_model = "/".join(str(address).strip("/").split("/")[-2:])
    return _names.get(app_and_model, otherwise)
