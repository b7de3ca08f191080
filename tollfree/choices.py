"""The words Telnyx accepts in a toll-free verification request, verbatim (docs/telnyx.md, T2.4).

The values are sent exactly as written here, with commas, spaces and slashes. Any other word that comes from Telnyx is
kept as it is, but we send only these.
"""

from django.db.models import TextChoices
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from messaging.mirror.wording import Words


class Status(TextChoices):
    IN_PROGRESS = "In Progress", _("In Progress")
    WAITING_FOR_TELNYX = "Waiting For Telnyx", _("Waiting For Telnyx")
    WAITING_FOR_VENDOR = "Waiting For Vendor", _("Waiting For Vendor")
    WAITING_FOR_CUSTOMER = "Waiting For Customer", _("Waiting For Customer")
    REJECTED = "Rejected", _("Rejected")
    VERIFIED = "Verified", _("Verified")


# What a status means, where Telnyx's own word doesn't say it.
PLAIN: dict[str, Words] = {
    Status.IN_PROGRESS: _("Telnyx is checking"),
    Status.WAITING_FOR_TELNYX: _("Telnyx is checking"),
    Status.WAITING_FOR_VENDOR: _("The carriers are checking"),
    Status.WAITING_FOR_CUSTOMER: _("Telnyx asks for a change"),
}


def in_plain_words(status: str) -> str:
    """Return what a status means, with Telnyx's own word beside it, by which people find it in Telnyx's portal."""
    if status in PLAIN:
        return gettext("%(meaning)s (“%(status)s”)") % {"meaning": PLAIN[status], "status": status}
    return status if status in Status.values else gettext("New status “%(status)s”") % {"status": status}


# Telnyx accepts corrections in these two (docs/telnyx.md, T2.6); correcting a verified request would start its review
# over (docs/telnyx.md, T2.7).
CORRECTABLE = (Status.WAITING_FOR_CUSTOMER, Status.REJECTED)


class MessageVolume(TextChoices):
    """Messages per month. There is no step at 50,000."""

    V10 = "10", "10"
    V100 = "100", "100"
    V1000 = "1,000", "1,000"
    V10000 = "10,000", "10,000"
    V100000 = "100,000", "100,000"
    V250000 = "250,000", "250,000"
    V500000 = "500,000", "500,000"
    V750000 = "750,000", "750,000"
    V1000000 = "1,000,000", "1,000,000"
    V5000000 = "5,000,000", "5,000,000"
    V10000000 = "10,000,000+", _("10,000,000 or more")


class EntityType(TextChoices):
    SOLE_PROPRIETOR = "SOLE_PROPRIETOR", _("Sole proprietor")
    PRIVATE_PROFIT = "PRIVATE_PROFIT", _("Private company")
    PUBLIC_PROFIT = "PUBLIC_PROFIT", _("Publicly traded company")
    NON_PROFIT = "NON_PROFIT", _("Nonprofit organization")
    GOVERNMENT = "GOVERNMENT", _("Government agency")


class UseCase(TextChoices):
    TWO_FACTOR = "2FA", _("2FA")
    APP_NOTIFICATIONS = "App Notifications", _("App Notifications")
    APPOINTMENTS = "Appointments", _("Appointments")
    AUCTIONS = "Auctions", _("Auctions")
    AUTO_REPAIR_SERVICES = "Auto Repair Services", _("Auto Repair Services")
    BANK_TRANSFERS = "Bank Transfers", _("Bank Transfers")
    BILLING = "Billing", _("Billing")
    BOOKING_CONFIRMATIONS = "Booking Confirmations", _("Booking Confirmations")
    BUSINESS_UPDATES = "Business Updates", _("Business Updates")
    COVID_19_ALERTS = "COVID-19 Alerts", _("COVID-19 Alerts")
    CAREER_TRAINING = "Career Training", _("Career Training")
    CHATBOT = "Chatbot", _("Chatbot")
    CONVERSATIONAL_ALERTS = "Conversational / Alerts", _("Conversational / Alerts")
    COURIER_SERVICES = "Courier Services & Deliveries", _("Courier Services & Deliveries")
    EMERGENCY_ALERTS = "Emergency Alerts", _("Emergency Alerts")
    EVENTS_AND_PLANNING = "Events & Planning", _("Events & Planning")
    FINANCIAL_SERVICES = "Financial Services", _("Financial Services")
    FRAUD_ALERTS = "Fraud Alerts", _("Fraud Alerts")
    FUNDRAISING = "Fundraising", _("Fundraising")
    GENERAL_MARKETING = "General Marketing", _("General Marketing")
    GENERAL_SCHOOL_UPDATES = "General School Updates", _("General School Updates")
    HR_STAFFING = "HR / Staffing", _("HR / Staffing")
    HEALTHCARE_ALERTS = "Healthcare Alerts", _("Healthcare Alerts")
    HOUSING_COMMUNITY_UPDATES = "Housing Community Updates", _("Housing Community Updates")
    INSURANCE_SERVICES = "Insurance Services", _("Insurance Services")
    JOB_DISPATCH = "Job Dispatch", _("Job Dispatch")
    LEGAL_SERVICES = "Legal Services", _("Legal Services")
    MIXED = "Mixed", _("Mixed")
    MOTIVATIONAL_REMINDERS = "Motivational Reminders", _("Motivational Reminders")
    NOTARY_NOTIFICATIONS = "Notary Notifications", _("Notary Notifications")
    ORDER_NOTIFICATIONS = "Order Notifications", _("Order Notifications")
    POLITICAL = "Political", _("Political")
    PUBLIC_WORKS = "Public Works", _("Public Works")
    REAL_ESTATE_SERVICES = "Real Estate Services", _("Real Estate Services")
    RELIGIOUS_SERVICES = "Religious Services", _("Religious Services")
    REPAIR_ALERTS = "Repair and Diagnostics Alerts", _("Repair and Diagnostics Alerts")
    REWARDS_PROGRAM = "Rewards Program", _("Rewards Program")
    SURVEYS = "Surveys", _("Surveys")
    SYSTEM_ALERTS = "System Alerts", _("System Alerts")
    VOTING_REMINDERS = "Voting Reminders", _("Voting Reminders")
    WAITLIST_ALERTS = "Waitlist Alerts", _("Waitlist Alerts")
    WEBINAR_REMINDERS = "Webinar Reminders", _("Webinar Reminders")
    WORKSHOP_ALERTS = "Workshop Alerts", _("Workshop Alerts")
