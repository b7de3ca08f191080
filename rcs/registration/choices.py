"""The words of Telnyx's registration API, and what they mean for people (docs/telnyx.md, T4.25 to T4.30)."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class LegalEntity(TextChoices):
    """What a business is by law."""

    LIMITED_LIABILITY_COMPANY = "LIMITED_LIABILITY_COMPANY", _("Limited liability company (LLC)")
    CORPORATION = "CORPORATION", _("Corporation")
    S_CORPORATION = "S_CORPORATION", _("S corporation")
    PARTNERSHIP = "PARTNERSHIP", _("Partnership")
    SOLE_PROPRIETORSHIP = "SOLE_PROPRIETORSHIP", _("Sole proprietorship")


class Organization(TextChoices):
    """Whom a business belongs to."""

    PRIVATE_PROFIT = "PRIVATE_PROFIT", _("Private company")
    PUBLIC_PROFIT = "PUBLIC_PROFIT", _("Company listed on a stock exchange")
    NON_PROFIT = "NON_PROFIT", _("Nonprofit")
    GOVERNMENT = "GOVERNMENT", _("Government")
    UNKNOWN = "UNKNOWN", _("Other or unknown")


class UseCase(TextChoices):
    """What an agent sends."""

    TRANSACTIONAL = "TRANSACTIONAL", _("Updates about orders, appointments and accounts")
    PROMOTIONAL = "PROMOTIONAL", _("Offers and promotions")
    OTP = "OTP", _("Sign-in codes")
    MULTI_USE = "MULTI_USE", _("Several of these")


class BrandStatus(TextChoices):
    """Where a brand is. Telnyx publishes only the words; what happens in each is our reading."""

    CREATED = "CREATED", _("Created, not submitted")
    CONFIGURED = "CONFIGURED", _("Being set up")
    SUBMITTED = "SUBMITTED", _("Submitted")
    REVIEWING = "REVIEWING", _("In review")
    VETTING = "VETTING", _("Being vetted")
    VERIFIED = "VERIFIED", _("Verified")
    REJECTED = "REJECTED", _("Rejected")
    FAILED = "FAILED", _("Failed")


class AgentStatus(TextChoices):
    """Where an agent is."""

    CREATED = "CREATED", _("Created, not submitted")
    SUBMITTED = "SUBMITTED", _("Submitted")
    VERIFYING = "VERIFYING", _("Being verified")
    VERIFIED = "VERIFIED", _("Verified")
    LAUNCHING = "LAUNCHING", _("With the carriers")
    LAUNCHED = "LAUNCHED", _("Launched")
    LIVE = "LIVE", _("Live")
    REJECTED = "REJECTED", _("Rejected")
    FAILED = "FAILED", _("Failed")


# Nothing more comes of these; a new registration has to be made (T4.25).
OVER = ("REJECTED", "FAILED")


class Decision(TextChoices):
    """What became of a part of an agent, or of its request to a carrier."""

    PENDING = "PENDING", _("Not sent to them yet")
    SUBMITTED = "SUBMITTED", _("Submitted, no answer yet")
    APPROVED = "APPROVED", _("Approved")
    REJECTED = "REJECTED", _("Rejected")


class Scope(TextChoices):
    """Whose approval it is."""

    CARRIER = "carrier", _("Carrier")
    HUB = "hub", _("Hub that passes messages to several carriers")
    BOT = "bot", _("The agent as a whole")


class Accepted(TextChoices):
    """What became of the invitation of a test device."""

    PENDING = "PENDING", _("Waiting for someone to accept it on the phone")
    ACCEPTED = "ACCEPTED", _("Accepted")
    DECLINED = "DECLINED", _("Declined on the phone")


class Interaction(TextChoices):
    """What people do with an agent."""

    TRANSACTIONAL_UPDATES = "TRANSACTIONAL_UPDATES", _("Updates about orders and appointments")
    ACCOUNT_ALERTS = "ACCOUNT_ALERTS", _("Alerts about their account")
    CUSTOMER_SUPPORT = "CUSTOMER_SUPPORT", _("Customer support")
    TWO_WAY_CONVERSATION = "TWO_WAY_CONVERSATION", _("Conversations in both directions")
    LOYALTY_OR_REWARD = "LOYALTY_OR_REWARD", _("Loyalty programs and rewards")
    MARKETING_OR_PROMOTIONAL = "MARKETING_OR_PROMOTIONAL", _("Marketing and promotions")
    OTHER = "OTHER", _("Something else")


class OptIn(TextChoices):
    """Where people agree to messages."""

    WEBSITE = "WEBSITE", _("On a website")
    MOBILE_APP = "MOBILE_APP", _("In an app")
    SMS = "SMS", _("By text message")
    QR_CODE = "QR_CODE", _("With a QR code")
    SALE_POINT = "SALE_POINT", _("In a store")
    OTHER = "OTHER", _("Somewhere else")
