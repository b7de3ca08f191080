"""Telnyx's words for its hosted service, verbatim (docs/telnyx.md, T3), each with our own label.

Any other word that comes from Telnyx is kept as it is.
"""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class OrderStatus(TextChoices):
    PENDING = "pending", _("Pending")
    LOA_FILE_SUCCESSFUL = "loa_file_successful", _("Documents received")
    LOA_FILE_INVALID = "loa_file_invalid", _("Letter not accepted")
    INCOMPLETE_DOCUMENTATION = "incomplete_documentation", _("Documents missing")
    INCORRECT_BILLING_INFORMATION = "incorrect_billing_information", _("Bill not accepted")
    COMPLIANCE_REVIEW_FAILED = "compliance_review_failed", _("Review failed")
    PROVISIONING = "provisioning", _("Switching over")
    SUCCESSFUL = "successful", _("Live")
    CARRIER_REJECTED = "carrier_rejected", _("Refused by the provider")
    INELIGIBLE_CARRIER = "ineligible_carrier", _("Provider cannot host")
    FAILED = "failed", _("Failed")
    DELETED = "deleted", _("Canceled")


class NumberStatus(TextChoices):
    PENDING = "pending", _("Pending")
    # Only in webhooks; the REST description doesn't list it (docs/telnyx.md, T3.4).
    OWNERSHIP_SUCCESSFUL = "ownership_successful", _("Ownership proven")
    PROVISIONING = "provisioning", _("Switching over")
    SUCCESSFUL = "successful", _("Live")
    FAILED = "failed", _("Failed")
    FAILED_ACTIVATION = "failed_activation", _("Activation failed")
    FAILED_CARRIER_REJECTED = "failed_carrier_rejected", _("Refused by the provider")
    FAILED_INELIGIBLE_CARRIER = "failed_ineligible_carrier", _("Provider cannot host")
    FAILED_NUMBER_ALREADY_HOSTED = "failed_number_already_hosted", _("Already hosted elsewhere")
    FAILED_NUMBER_NOT_FOUND = "failed_number_not_found", _("Number not found")
    FAILED_OWNERSHIP_VERIFICATION = "failed_ownership_verification", _("Ownership not proven")
    FAILED_TIMEOUT = "failed_timeout", _("Timed out")
    DELETED = "deleted", _("Removed")


# When two facts carry the same time, the higher rank wins.
ORDER_RANKS: dict[str, int] = {
    OrderStatus.PENDING: 10,
    OrderStatus.LOA_FILE_INVALID: 20,
    OrderStatus.INCOMPLETE_DOCUMENTATION: 20,
    OrderStatus.INCORRECT_BILLING_INFORMATION: 20,
    OrderStatus.LOA_FILE_SUCCESSFUL: 30,
    OrderStatus.PROVISIONING: 40,
    OrderStatus.SUCCESSFUL: 90,
    OrderStatus.FAILED: 90,
    OrderStatus.CARRIER_REJECTED: 90,
    OrderStatus.INELIGIBLE_CARRIER: 90,
    OrderStatus.COMPLIANCE_REVIEW_FAILED: 90,
    OrderStatus.DELETED: 100,
}
# Only Telnyx's answer to a request of ours moves an order out of these; a late webhook does not.
ORDER_ENDS = tuple(status for status, rank in ORDER_RANKS.items() if rank >= 90)
# An order in one of these hosts nothing, and its numbers may be ordered again.
ORDER_LOST = (
    OrderStatus.FAILED,
    OrderStatus.CARRIER_REJECTED,
    OrderStatus.INELIGIBLE_CARRIER,
    OrderStatus.DELETED,
)

NUMBER_FAILURES = tuple(status for status in NumberStatus.values if status.startswith("failed"))
UNPROVEN = ("", NumberStatus.PENDING)
NUMBER_LOST = (*NUMBER_FAILURES, NumberStatus.DELETED)
NUMBER_RANKS: dict[str, int] = {
    NumberStatus.PENDING: 10,
    NumberStatus.OWNERSHIP_SUCCESSFUL: 25,
    NumberStatus.PROVISIONING: 40,
    NumberStatus.SUCCESSFUL: 90,
    **dict.fromkeys(NUMBER_FAILURES, 90),
    NumberStatus.DELETED: 100,
}


class TransferState(TextChoices):
    """The state of a number's transfer from another Telnyx account. Only webhooks report it (docs/telnyx.md, T3.24)."""

    NONE = "", _("No transfer")
    DETECTED = "detected", _("On another Telnyx account")
    REQUESTED = "requested", _("Waiting for the current owner")
    APPROVED = "approved", _("Approved by the current owner")
    AUTO_APPROVED = "auto_approved", _("Approved: the current owner did not answer")
    REJECTED = "rejected", _("Rejected by the current owner")


TRANSFER_OPEN = (TransferState.DETECTED, TransferState.REQUESTED)
TRANSFERRED = (TransferState.APPROVED, TransferState.AUTO_APPROVED)
TRANSFER_RANKS: dict[str, int] = {
    TransferState.NONE: 0,
    TransferState.DETECTED: 10,
    TransferState.REQUESTED: 20,
    TransferState.APPROVED: 30,
    TransferState.AUTO_APPROVED: 30,
    TransferState.REJECTED: 30,
}


class CodeMethod(TextChoices):
    SMS = "sms", _("Text message")
    CALL = "call", _("Phone call")


class CodeResult(TextChoices):
    VERIFIED = "verified", _("Correct")
    ALREADY_VERIFIED = "already_verified", _("Already proven")
    REJECTED = "rejected", _("Wrong or expired")


OWNED_RESULTS = (CodeResult.VERIFIED, CodeResult.ALREADY_VERIFIED)


class DocumentKind(TextChoices):
    LOA = "loa", _("Letter of authorization")
    BILL = "bill", _("Bill")


class LookAction(TextChoices):
    PREVIEW = "preview", _("Preview")
    DOWNLOAD = "download", _("Download")
    UPLOAD = "upload", _("Upload")
    SENT = "sent", _("Sent to Telnyx")


class Rung(TextChoices):
    """When people are alerted that a transfer is waiting for an answer."""

    RECEIVED = "received", _("When Telnyx asked the current owner")
    HOURS_48 = "48h", _("48 hours before")
    HOURS_24 = "24h", _("24 hours before")
    HOURS_6 = "6h", _("6 hours before")
