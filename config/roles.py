"""Who may do what: the roles, what each works with, and each permission with those who have it.

Migrations give the groups these permissions (messaging/mirror/grants.py); tests hold groups, docs/roles.md and this
module to the same. A new permission needs a row here and in a migration.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib.auth.models import User
from django.utils.translation import gettext_lazy as _

from messaging.mirror.wording import Words


@dataclass(frozen=True)
class Role:
    """A role: the letter it has in `RIGHTS`, its group, and what its people do all day.

    `work` are the entries of the sidebar that they work with; the others they may open are under "More". `first` are
    those that the home page begins with, and `cards` the groups of its cards. Whoever `finds` begins with the search.
    """

    letter: str
    group: str
    title: Words
    does: Words
    work: frozenset[str]
    first: Sequence[str] = ()
    cards: Sequence[str] = ()
    finds: bool = False


REQUESTS = frozenset({"tollfree.VerificationRequest", "tollfree.BusinessProfile"})
ORDERS = frozenset({"hosted.HostedOrder", "hosted.HostedNumber"})
LOG = frozenset({"messaging.Message", "messaging.OptOut"})
SENDING = frozenset({"messaging.ComposedMessage", "messaging.SavedText", "rcs.RcsMessage", "rcs.RcsTemplate"})
VIEWS = ("mirror.AuditEntry", "mirror.RecordView", "messaging.Reveal")
MACHINERY = (
    *("desk_health", "mirror.Incident", "mirror.OutboxEntry", "mirror.WebhookEvent", "mirror.Import"),
    *("mirror.Recovery", "mirror.Attempt", "mirror.ApiCall"),
)
PEOPLE = ("auth.User", "auth.Group", "desk_roles")

ROLES = (
    Role(
        "C",
        "compliance",
        _("Compliance"),
        _(
            "Gets toll-free numbers verified, looks after opt-outs and auto-responses, and opens messages "
            "on record."
        ),
        REQUESTS
        | {"desk_differences", "tollfree.RejectionReason", "hosted.HostedOrder", "messaging.AutoResponse"}
        | {"messaging.SavedText"}
        | LOG,
    ),
    Role(
        "P",
        "approver",
        _("Approver"),
        _("Approves and submits what colleagues wrote."),
        REQUESTS | {"hosted.HostedOrder", "mirror.OutboxEntry"},
        cards=("approval",),
    ),
    Role(
        "O",
        "operator",
        _("Operator"),
        _("Writes requests, sees orders through, sends messages, and looks after profiles and RCS agents."),
        REQUESTS
        | ORDERS
        | LOG
        | SENDING
        | {"messaging.MessagingProfile", "messaging.AlphanumericSender", "rcs.RcsAgent", "rcs.Capability"}
        | {"rcs_rcsbrand_board", "desk_differences"},
    ),
    Role(
        "S",
        "support",
        _("Support"),
        _("Finds out what happened to a message or a number, and takes opt-outs by phone."),
        LOG
        | {"messaging.ComposedMessage", "messaging.SavedText", "rcs.RcsMessage"}
        | {"tollfree.VerificationRequest"},
        first=("messaging.Message", "messaging.OptOut", "messaging.ComposedMessage"),
        # Theirs is the card of the messages.
        cards=("closed",),
        finds=True,
    ),
    Role(
        "U",
        "auditor",
        _("Auditor"),
        _("Sees who did what and who opened what. Changes nothing."),
        frozenset({*VIEWS, *PEOPLE, "messaging.Export", "mirror.Purge", "mirror.OutboxEntry"}),
        first=(*VIEWS, "messaging.Export", "desk_roles"),
    ),
)
# A superuser; no group of its own.
ADMIN = Role(
    "A",
    "",
    _("Administrator"),
    _("Can do everything, and manages users and the desk itself."),
    frozenset({*MACHINERY, *PEOPLE, "desk_differences", "mirror.Purge", "messaging.MessagingProfile"})
    | REQUESTS
    | ORDERS
    | LOG
    | {"messaging.ComposedMessage"},
    first=("desk_health", "mirror.OutboxEntry", "mirror.WebhookEvent", "auth.User"),
)


def roles_of(user: User) -> list[Role]:
    """Return the roles a person has: those of their groups, or an administrator's if they have none."""
    # Whoever is signed in came with the names of their groups (config/login.py).
    if (groups := getattr(user, "group_names", None)) is None:
        groups = user.groups.values_list("name", flat=True)
    found = [role for role in ROLES if role.group in groups]
    return [ADMIN] if user.is_superuser and not found else found


def work_of(user: User) -> frozenset[str]:
    """Return the entries of the sidebar a person works with; nothing if their groups are none of these roles."""
    return frozenset().union(*(role.work for role in roles_of(user)))


def begins_with(user: User) -> tuple[list[str], set[str], bool]:
    """Return what somebody's home page begins with: entries of the sidebar, groups of cards, whether the search."""
    found = roles_of(user)
    entries = list(dict.fromkeys(entry for role in found for entry in role.first))
    return entries, {group for role in found for group in role.cards}, any(role.finds for role in found)


# A kind of record and what is done with it, the permission, and the letters of the roles that have it. Administrators
# have every permission.
RIGHTS: Sequence[tuple[Words, Sequence[tuple[Words, str, str]]]] = (
    (
        _("Toll-free verification"),
        (
            (_("Add business profiles"), "tollfree.add_businessprofile", "CP"),
            (_("Change business profiles"), "tollfree.change_businessprofile", "CP"),
            (_("Delete business profiles"), "tollfree.delete_businessprofile", "C"),
            (_("View business profiles"), "tollfree.view_businessprofile", "CPOSU"),
            (_("Add toll-free verifications"), "tollfree.add_verificationrequest", "CO"),
            (_("Change toll-free verifications"), "tollfree.change_verificationrequest", "CO"),
            (
                _("Delete toll-free verifications at Telnyx"),
                "tollfree.delete_remote_verificationrequest",
                "C",
            ),
            (_("Delete toll-free verifications"), "tollfree.delete_verificationrequest", "C"),
            (_("Approve toll-free verifications of others"), "tollfree.approve_verificationrequest", "P"),
            (_("Submit toll-free verifications to Telnyx"), "tollfree.submit_verificationrequest", "CP"),
            (_("Submit verified numbers again"), "tollfree.resubmit_verified", "P"),
            (_("View toll-free verifications"), "tollfree.view_verificationrequest", "CPOSU"),
            (_("Add rejection reasons"), "tollfree.add_rejectionreason", "C"),
            (_("Change rejection reasons"), "tollfree.change_rejectionreason", "C"),
            (_("Delete rejection reasons"), "tollfree.delete_rejectionreason", "C"),
            (_("View rejection reasons"), "tollfree.view_rejectionreason", "CPOSU"),
        ),
    ),
    (
        _("Hosted orders and numbers"),
        (
            (_("Approve hosted orders of others"), "hosted.approve_hostedorder", "P"),
            (_("Open and download documents of hosted orders"), "hosted.download_document", "C"),
            (_("Upload and send documents of hosted orders"), "hosted.upload_document", "O"),
            (_("View documents"), "hosted.view_document", "CPOU"),
            (_("View who opened which document"), "hosted.view_documentlook", "CU"),
            (_("Order numbers that Telnyx calls not eligible"), "hosted.override_eligibility", "CP"),
            (_("Change hosted numbers"), "hosted.change_hostednumber", "O"),
            (_("Remove hosted numbers at Telnyx"), "hosted.remove_hostednumber", "CO"),
            (_("View hosted numbers"), "hosted.view_hostednumber", "CPOSU"),
            (_("Add hosted orders"), "hosted.add_hostedorder", "O"),
            (_("Cancel hosted orders at Telnyx"), "hosted.cancel_hostedorder", "CO"),
            (_("Change hosted orders"), "hosted.change_hostedorder", "O"),
            (_("Delete hosted orders"), "hosted.delete_hostedorder", "O"),
            (_("Submit hosted orders to Telnyx"), "hosted.submit_hostedorder", "O"),
            (_("View hosted orders"), "hosted.view_hostedorder", "CPOSU"),
            (_("Add numbers of orders"), "hosted.add_ordernumber", "O"),
            (_("Change numbers of orders"), "hosted.change_ordernumber", "O"),
            (_("Delete numbers of orders"), "hosted.delete_ordernumber", "O"),
            (_("View numbers of orders"), "hosted.view_ordernumber", "CPOSU"),
        ),
    ),
    (
        _("Messages, profiles, opt-outs"),
        (
            (_("Add alphanumeric senders"), "messaging.add_alphanumericsender", "O"),
            (_("Delete alphanumeric senders"), "messaging.delete_alphanumericsender", "O"),
            (_("View alphanumeric senders"), "messaging.view_alphanumericsender", "CPOSU"),
            (_("Add auto-responses"), "messaging.add_autoresponse", "C"),
            (_("Change auto-responses"), "messaging.change_autoresponse", "C"),
            (_("Delete auto-responses"), "messaging.delete_autoresponse", "C"),
            (_("Delete auto-responses at Telnyx"), "messaging.delete_remote_autoresponse", "C"),
            (_("Send auto-responses to Telnyx"), "messaging.submit_autoresponse", "C"),
            (_("View auto-responses"), "messaging.view_autoresponse", "CPOSU"),
            (_("Cancel a scheduled message"), "messaging.cancel_composedmessage", "CO"),
            (_("Send messages"), "messaging.send_composedmessage", "O"),
            (_("Send test messages"), "messaging.send_test_composedmessage", "COS"),
            (_("View messages sent from here"), "messaging.view_composedmessage", "CPOS"),
            (_("Write messages freely, not only from saved texts"), "messaging.write_free_text", "COS"),
            (_("Open a whole conversation, on record"), "messaging.reveal_conversation", "CS"),
            (_("Make and download evidence files, on record"), "messaging.make_evidence", "CU"),
            (_("View evidence files of others"), "messaging.view_evidence", "U"),
            (_("View exports of others"), "messaging.view_export", "U"),
            (_("View clicks on links"), "messaging.view_linkclick", "CPOSU"),
            (_("Add searches in the log"), "messaging.add_logsearch", "CPOSU"),
            (_("Export messages"), "messaging.export_message", "CU"),
            (
                _("Open the text and the full number of a message, on record"),
                "messaging.reveal_message",
                "CS",
            ),
            (_("View messages"), "messaging.view_message", "CPOSU"),
            (_("Add questions about messages"), "messaging.add_messagequestion", "COS"),
            (_("Add messaging profiles"), "messaging.add_messagingprofile", "O"),
            (_("Change messaging profiles"), "messaging.change_messagingprofile", "O"),
            (_("Delete messaging profiles"), "messaging.delete_messagingprofile", "O"),
            (
                _("Make and read a new secret of a profile"),
                "messaging.regenerate_secret_messagingprofile",
                "O",
            ),
            (_("View messaging profiles"), "messaging.view_messagingprofile", "CPOSU"),
            (_("Add notes to toll-free verifications and hosted orders"), "messaging.add_note", "CPOS"),
            (_("Record when and how people agreed to texts"), "messaging.add_consent", "CS"),
            (_("Strike out a consent that was recorded wrongly"), "messaging.strike_consent", "C"),
            (_("Add opt-outs"), "messaging.add_optout", "CS"),
            (_("View opt-outs"), "messaging.view_optout", "CPOSU"),
            (_("Remove our block of a number"), "messaging.withdraw_optout", "C"),
            (_("View who opened which message"), "messaging.view_reveal", "CU"),
            (_("Add saved texts"), "messaging.add_savedtext", "CO"),
            (_("Change saved texts"), "messaging.change_savedtext", "CO"),
            (_("View saved texts"), "messaging.view_savedtext", "CPOSU"),
        ),
    ),
    (
        _("RCS"),
        (
            (_("View RCS phones"), "rcs.view_capability", "CPOSU"),
            (_("Add checks of RCS capabilities"), "rcs.add_capabilitycheck", "O"),
            (_("View checks of RCS capabilities"), "rcs.view_capabilitycheck", "CPOSU"),
            (_("Add links to RCS agents"), "rcs.add_deeplink", "O"),
            (_("Change RCS agents"), "rcs.change_rcsagent", "O"),
            (_("View RCS agents"), "rcs.view_rcsagent", "CPOSU"),
            (_("Add registrations of RCS agents"), "rcs.add_rcsagentregistration", "O"),
            (_("Change registrations of RCS agents"), "rcs.change_rcsagentregistration", "O"),
            (_("Submit RCS agents to Telnyx and launch them"), "rcs.submit_rcsagentregistration", "O"),
            (_("View registrations of RCS agents"), "rcs.view_rcsagentregistration", "CPOSU"),
            (_("Add RCS brands"), "rcs.add_rcsbrand", "O"),
            (_("Change RCS brands"), "rcs.change_rcsbrand", "O"),
            (_("Submit RCS brands to Telnyx"), "rcs.submit_rcsbrand", "O"),
            (_("View RCS brands"), "rcs.view_rcsbrand", "CPOSU"),
            (_("Send RCS messages"), "rcs.send_rcsmessage", "O"),
            (_("Send RCS test messages"), "rcs.send_test_rcsmessage", "COS"),
            (_("View RCS messages sent from here"), "rcs.view_rcsmessage", "CPOS"),
            (_("Add RCS templates"), "rcs.add_rcstemplate", "O"),
            (_("Change RCS templates"), "rcs.change_rcstemplate", "O"),
            (_("Delete RCS templates"), "rcs.delete_rcstemplate", "O"),
            (_("View RCS templates"), "rcs.view_rcstemplate", "CPOSU"),
            (_("Add test handsets"), "rcs.add_testinvite", "O"),
            (_("View test handsets"), "rcs.view_testinvite", "CPOSU"),
        ),
    ),
    (
        _("Requests and events"),
        (
            (_("View the API log"), "mirror.view_apicall", "U"),
            (_("View attempts"), "mirror.view_attempt", "CPOSU"),
            (_("Decide what became of an unclear request"), "mirror.resolve_outboxentry", "CPO"),
            (_("Retry or check an outbox entry now"), "mirror.retry_outboxentry", "CPO"),
            (_("Open the texts and full numbers in a request, on record"), "mirror.reveal_outboxentry", "C"),
            (_("Import from Telnyx"), "mirror.import_from_telnyx", "CO"),
            (_("View imports from Telnyx"), "mirror.view_import", "COU"),
            (_("View incidents"), "mirror.view_incident", "CPOU"),
            (_("View outbox"), "mirror.view_outboxentry", "CPOSU"),
            (_("View retention"), "mirror.view_purge", "CU"),
            (_("Export changes on record, and who opened what"), "mirror.export_auditentry", "U"),
            (_("View changes on record"), "mirror.view_auditentry", "U"),
            (_("View who opened which record"), "mirror.view_recordview", "CU"),
            (_("View status changes"), "mirror.view_statuschange", "CPOSU"),
            (_("Read what a webhook event holds: texts and full numbers"), "mirror.read_webhookevent", "C"),
            (_("Fetch lost webhooks from Telnyx"), "mirror.recover_webhookevent", "C"),
            (_("View webhook events"), "mirror.view_webhookevent", "CPOU"),
        ),
    ),
    (
        _("People"),
        (
            (_("View groups"), "auth.view_group", "U"),
            (_("View users"), "auth.view_user", "U"),
        ),
    ),
)


def may() -> dict[str, set[str]]:
    """Return the permissions that each group is meant to have."""
    return {
        role.group: {
            permission for _title, rows in RIGHTS for _what, permission, who in rows if role.letter in who
        }
        for role in ROLES
    }
