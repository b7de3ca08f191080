"""Which tables have their changes on record (messaging/mirror/audit), and why the others don't: every model is here."""

from allauth.account.models import EmailAddress, EmailConfirmation
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialToken
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, Permission, User
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session
from django.utils.translation import gettext_lazy as _

from hosted import models as hosted
from messaging import models as messaging
from messaging.mirror import models as mirror
from messaging.mirror.audit.tables import leave, watch
from rcs import models as rcs
from tollfree import models as tollfree
from tollfree.checks.sections import CONTACT

MASKED = (*CONTACT, "business_registration_number")

# People and what they may.
watch(User, secret=["password"], called=["username", "first_name", "last_name"])
watch(Group, called=["name"])
watch(User.groups.through)
watch(User.user_permissions.through)
watch(Group.permissions.through)
watch(Authenticator, secret=["data"], ignored=["last_used_at"])
watch(SocialAccount, secret=["uid", "extra_data"], ignored=["last_login"])
watch(SocialApp, secret=["client_id", "secret", "key", "settings"])
# Acts on record hold the reason for the changes of their transaction.
watch(LogEntry, ignored=["action_time"])
watch(messaging.CalendarLink, secret=["digest"], ignored=["sent", "revision"])
watch(
    messaging.LogSearch,
    secret=["term", "meant", "filters"],
    ignored=["used_at", "made_at"],
    named_in="name",
    called=["name"],
)
watch(messaging.DefaultSearch)
watch(messaging.NoticeSettings)

# What is arranged at Telnyx.
watch(messaging.MessagingProfile, secret=["secret_mark"], called=["name"])
watch(messaging.AutoResponse, ignored=["differs"])
watch(messaging.AlphanumericSender, called=["alphanumeric_sender_id"])
watch(messaging.SavedText, ignored=["changed_at"], called=["name"])
watch(rcs.RcsAgent, called=["agent_name"])
watch(
    rcs.RcsBrand,
    masked=[
        *("contact_first_name", "contact_last_name", "contact_title", "contact_email", "contact_phone"),
        *("address_line_1", "address_line_2", "city", "administrative_area", "postal_code", "ein"),
        "remote_reason",
    ],
    open_to=["rcs.change_rcsbrand"],
    called=["display_name", "legal_name"],
)
watch(
    rcs.RcsAgentRegistration,
    masked=["remote_reason"],
    open_to=["rcs.change_rcsagentregistration"],
    called=["display_name"],
)
watch(rcs.RcsTemplate, ignored=["changed_at"], called=["name"])
watch(rcs.TestInvite, masked=["phone_number"], open_to=["rcs.add_testinvite"])
watch(
    rcs.Deeplink,
    masked=["phone_number", "body", "url"],
    open_to=["rcs.add_deeplink"],
    ignored=["due_at"],
)

# Requests, orders and what belongs to them.
watch(
    tollfree.VerificationRequest,
    numbers=["phone_numbers"],
    secret=["campaign_verify_authorization_token"],
    masked=[*MASKED, "remote_reason"],  # Telnyx's reason may repeat any of it
    open_to=["tollfree.change_verificationrequest"],
    ignored=["kept_stage"],
    called=["business_name", "doing_business_as"],
)
watch(
    tollfree.BusinessProfile,
    masked=MASKED,
    open_to=["tollfree.change_verificationrequest"],
    ignored=["changed_at"],
    called=["name", "business_name", "doing_business_as"],
)
watch(tollfree.RejectionReason, ignored=["changed_at"], called=["title"])
watch(tollfree.BulkImport, secret=["table"])
watch(
    hosted.HostedOrder,
    ignored=["campaigns_settled_at", "check_again_at", "kept_stage", "transfer_told"],
    called=["customer", "note"],
)
watch(
    hosted.OrderNumber,
    numbers=["phone_number"],
    ignored=["status_as_of", "status_at", "checked_at", "code_checked_at"],
    called=["name"],
)
watch(hosted.HostedNumber, numbers=["phone_number"])
watch(hosted.Document, masked=["display_name"], open_to=["hosted.download_document"])
watch(hosted.LetterDetails, ignored=["typed_at"])
# People write names and addresses into notes, too.
watch(messaging.Note, masked=["text"], open_to=["tollfree.change_verificationrequest"], ignored=["edited_at"])
# What was given to approve repeats the record, contacts included.
watch(messaging.Approval, secret=["given"], ignored=["asked_at"])

leave(
    _("Messages and what came with them are kept as Telnyx reported them, and there are millions of them."),
    messaging.Message,
    messaging.LinkClick,
    messaging.MediaFile,
    messaging.MessageQuestion,
    messaging.SpendLimitReached,
    messaging.ComposedMessage,
    rcs.RcsMessage,
)
leave(
    _(
        "Its rows are a record themselves: who did what, when and why. They are only ever added or moved "
        "forward."
    ),
    mirror.OutboxEntry,
    mirror.OutboxAct,
    mirror.OutboxActRow,
    mirror.Attempt,
    mirror.StatusChange,
    mirror.PortalChange,
    mirror.RecordView,
    mirror.Import,
    mirror.ImportPart,
    mirror.Recovery,
    mirror.WebhookTest,
    mirror.Replay,
    mirror.Purge,
    mirror.AuditEntry,
    mirror.AuditSeal,
    messaging.OptOut,
    messaging.Consent,
    messaging.Reveal,
    messaging.Export,
    messaging.ExportDownload,
    messaging.Evidence,
    messaging.EvidenceDownload,
    messaging.Mention,
    messaging.NumberAssignment,
    messaging.ProfileChange,
    hosted.SettingChange,
    hosted.BulkChange,
    hosted.BulkLine,
    hosted.DocumentLook,
    rcs.AgentChange,
    tollfree.Answer,
    tollfree.WarningReason,
)
leave(
    _("The desk writes it about its own work, all the time."),
    mirror.ApiCall,
    mirror.WebhookEvent,
    mirror.RefusedWebhooks,
    mirror.Incident,
    mirror.KnownCopy,
    mirror.Pace,
    mirror.Gate,
    mirror.Heartbeat,
    mirror.ClockReading,
    mirror.DrainRound,
    mirror.Tally,
    messaging.Reading,
    messaging.Look,
    messaging.OptOutReading,
    messaging.NewSecret,
    messaging.SenderAlert,
    messaging.Notice,
    messaging.NoticeSending,
    messaging.Editing,
    hosted.TransferAlert,
    rcs.Capability,
    rcs.CapabilityCheck,
    rcs.CapabilityCheck.numbers.through,
    tollfree.LinkCheck,
    tollfree.RuleHistory,
    Session,
)
leave(
    _("It comes from the program itself, or nothing writes to it."),
    Permission,
    ContentType,
    EmailAddress,
    EmailConfirmation,
    SocialToken,
)
