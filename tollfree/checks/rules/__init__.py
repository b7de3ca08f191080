"""What Telnyx accepts, or would, but its reviewers are likely to reject: rules as data, by section of the form.

To add one, write a Rule in the module of its section, with its examples; the tests read them from there. All examples
are about one invented business, Larkspur Dental Group LLC.
"""

from . import business, consent, contact, messages, numbers
from .rule import Rule

RULES: tuple[Rule, ...] = (
    *numbers.RULES,
    *business.RULES,
    *contact.RULES,
    *messages.RULES,
    *consent.RULES,
)
BY_ID = {rule.id: rule for rule in RULES}
