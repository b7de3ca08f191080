"""A check at the start: each group of the desk that OIDC_GROUPS names is a role (config/roles.py)."""

from collections.abc import Iterator

from django.conf import settings
from django.core.checks import CheckMessage, Error

from messaging import checks

from .roles import ROLES


def groups_are_roles() -> Iterator[CheckMessage]:
    """Yield an error for each group that no role has: whoever came by it would be let in nowhere, without a word."""
    roles = [role.group for role in ROLES]
    for pair in settings.OIDC_GROUPS if settings.OIDC_ISSUER else ():
        theirs, _equals, ours = (part.strip() for part in pair.rpartition("="))
        if theirs and ours and ours not in roles:
            hint = f"Write one of these after the last =: {', '.join(roles)}."
            what = f"OIDC_GROUPS gives “{theirs}” the group “{ours}”, which isn't a role of this desk."
            yield Error(what, hint=hint, id="messaging.E031")


checks.also(groups_are_roles)
