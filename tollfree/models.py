"""The toll-free verification request: what a business declares so that its toll-free numbers can send messages."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import ExpressionWrapper, F, Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from messaging.desk import stages
from messaging.desk.turns import OURS, Group, Turn
from messaging.mirror import clock
from messaging.mirror.models import ComparedResource, Fact, OutboxEntry
from messaging.mirror.models.fields import ClockedField
from messaging.mirror.outbound import outbox
from messaging.mirror.records import pages
from messaging.mirror.records.operations import Operation
from messaging.mirror.records.wire import Name, Wire, storable
from messaging.models import Assigned
from messaging.telnyx import times
from messaging.telnyx.client import Client, path
from messaging.telnyx.errors import TelnyxError

from . import facts, operations, same_business, turns
from .checks import problems
from .checks.normalize import alike, normalise
from .checks.sections import COMPANY, CONTACT, SECRETS, SECTION_OF
from .choices import CORRECTABLE, EntityType, MessageVolume, Status, UseCase
from .lessons.models import Answer as Answer
from .lessons.models import RuleHistory as RuleHistory
from .links.models import LinkCheck as LinkCheck
from .rejections.models import RejectionReason

if TYPE_CHECKING:
    from .checks.problems import Problem

__all__ = ["RejectionReason", "VerificationRequest"]

# While Telnyx waits for us, only someone in its portal can move a request, so after a day we rarely poll it.
OUR_TURN_QUIET = timedelta(days=1)
OUR_TURN_INTERVAL = timedelta(hours=6)
# How many other requests the rules look at; the newest come first.
MOST_OTHERS = 500


TOKEN = "campaign_verify_authorization_token"  # noqa: S105 - a field name


class VerificationRequest(Assigned, ComparedResource):
    """One request at Telnyx's toll-free service, or the draft of one.

    A draft may be incomplete, too long or wrong: nothing here blocks saving. `problems` blocks submitting.
    """

    Status = Status
    # The newest promise, if a list has looked it up for all its rows (turns.with_entries).
    known_entry: OutboxEntry | None = None
    # The other requests it is compared with, read once for all rules (problems.find).
    others: "Sequence[VerificationRequest]" = ()
    # Of such another one: its business is the same.
    is_same_business: bool | None = None

    phone_numbers = models.JSONField(
        _("Toll-free numbers"),
        default=list,
        blank=True,
        help_text=_(
            "All numbers that send the same messages for this business, one per line. A "
            "number must not serve two businesses; with more than five, explain under "
            "“Anything else” why so many are needed."
        ),
    )

    business_name = models.TextField(
        _("Legal business name"),
        max_length=500,
        blank=True,
        help_text=_(
            "Exactly as registered, with its ending (LLC, Inc.). Reviewers compare it with the registry, the website "
            "and the registration number."
        ),
    )
    doing_business_as = models.TextField(
        _("Brand name"),
        max_length=500,
        blank=True,
        help_text=_("Only if customers know the business by another name. The opt-in must show this brand."),
    )
    corporate_website = models.TextField(
        _("Website"),
        max_length=500,
        blank=True,
        help_text=_(
            "https:// is put in front if you leave it out. The site must be public, finished and show the brand, "
            "contact details, a privacy policy and terms."
        ),
    )
    business_addr1 = models.TextField(
        _("Street address"),
        max_length=500,
        blank=True,
        help_text=_("As registered; it is compared with the registry."),
    )
    business_addr2 = models.TextField(
        _("Suite, floor"), max_length=500, blank=True, help_text=_("Not sent if empty.")
    )
    business_city = models.TextField(
        _("City"), max_length=500, blank=True, help_text=_("Start with a capital letter.")
    )
    business_state = models.TextField(
        _("State or province"),
        max_length=500,
        blank=True,
        help_text=_("For the US and Canada, choose from the list: TX becomes Texas, as Telnyx wants it."),
    )
    business_zip = models.TextField(
        _("ZIP or postal code"), max_length=500, blank=True, help_text=_("For the same address.")
    )
    entity_type = models.TextField(
        _("Business type"),
        choices=EntityType,
        blank=True,
        help_text=_("As registered. The wrong type is a common reason for rejection."),
    )
    business_registration_number = models.TextField(
        _("Registration number"),
        max_length=500,
        blank=True,
        help_text=_(
            "In the US, the nine-digit EIN; in Canada, the business number. A US sole "
            "proprietor without an EIN leaves number, type and country empty."
        ),
    )
    business_registration_type = models.TextField(
        _("Registration number type"),
        max_length=500,
        blank=True,
        help_text=_("What the number is: EIN in the US, CBN in Canada, elsewhere VAT or ABN, for example."),
    )
    business_registration_country = models.TextField(
        _("Country of registration"),
        max_length=2,
        blank=True,
        help_text=_("Type the first letters and choose. “Canada”, “CA” and “USA” are understood."),
    )

    business_contact_first_name = models.TextField(
        _("First name"),
        max_length=500,
        blank=True,
        help_text=_("A real person at the business itself, not at its agency."),
    )
    business_contact_last_name = models.TextField(
        _("Last name"), max_length=500, blank=True, help_text=_("Not the same as the first name.")
    )
    business_contact_email = models.TextField(
        _("Email"),
        max_length=500,
        blank=True,
        help_text=_("An address on the website's domain; free email services look suspicious to reviewers."),
    )
    business_contact_phone = models.TextField(
        _("Phone"),
        max_length=500,
        blank=True,
        help_text=_("Where a reviewer can reach that person."),
    )

    use_case = models.TextField(
        _("Use case"),
        choices=UseCase,
        blank=True,
        help_text=_(
            "The single purpose of all messages. For more than one, or for marketing "
            "together with anything else, choose Mixed and describe each below."
        ),
    )
    campaign_verify_authorization_token = models.TextField(
        _("Campaign Verify token"),
        max_length=500,
        blank=True,
        help_text=_("For political messages only. It isn't sent with any other use case."),
    )
    message_volume = models.TextField(
        _("Messages per month"),
        choices=MessageVolume,
        blank=True,
        help_text=_("An honest estimate across all numbers; it should fit the size of the business."),
    )
    use_case_summary = models.TextField(
        _("What the messages are for"),
        max_length=500,
        blank=True,
        help_text=_(
            "Who gets which messages, when and why, in plain sentences. It must match the "
            "opt-in and the sample."
        ),
    )
    production_message_content = models.TextField(
        _("Sample message"),
        max_length=1000,
        blank=True,
        help_text=_(
            "A message as you will really send it: with the brand and how to stop, such as “Reply STOP”."
        ),
    )
    age_gated_content = models.BooleanField(
        _("Age-restricted"),
        default=False,
        help_text=_("Alcohol and the like: recipients must prove their age before they can opt in."),
    )

    opt_in_workflow = models.TextField(
        _("How people opt in"),
        max_length=500,
        blank=True,
        help_text=_(
            "Where and in what words people agree to text messages. It must be voluntary and "
            "separate from any other agreement."
        ),
    )
    opt_in_workflow_image_urls = models.JSONField(
        _("Opt-in screenshots"),
        default=list,
        blank=True,
        help_text=_(
            "Public addresses of screenshots, one per line. They must be complete, legible "
            "and show the brand."
        ),
    )
    opt_in_keywords = models.TextField(
        _("Opt-in keywords"),
        max_length=500,
        blank=True,
        help_text=_("The words people text to opt in, separated by commas: START, YES."),
    )
    opt_in_confirmation_response = models.TextField(
        _("Opt-in reply"),
        max_length=500,
        blank=True,
        help_text=_("What people get right away: the brand, how often you write, HELP and STOP."),
    )
    help_message_response = models.TextField(
        _("HELP reply"),
        max_length=500,
        blank=True,
        help_text=_("The brand and a way to reach a person."),
    )
    privacy_policy_url = models.TextField(
        _("Privacy policy"),
        max_length=500,
        blank=True,
        help_text=_("Its web address. The policy must say that opt-in data isn't shared with third parties."),
    )
    terms_and_condition_url = models.TextField(
        _("Terms and conditions"),
        max_length=500,
        blank=True,
        help_text=_("Its web address. The terms should describe the messages and how to stop them."),
    )

    isv_reseller = models.TextField(
        _("Reseller or software vendor"),
        max_length=500,
        blank=True,
        help_text=_("The company that sends on behalf of this business, if there is one."),
    )
    additional_information = models.TextField(
        _("Anything else"),
        max_length=500,
        blank=True,
        help_text=_(
            "Telnyx requires text here. Explain what a reviewer might wonder about, such as many numbers."
        ),
    )

    business_profile = models.ForeignKey(
        "BusinessProfile",
        verbose_name=_("business profile"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="requests",
    )
    kept_stage = stages.column()
    copied_from = models.ForeignKey(
        "self",
        verbose_name=_("copied from"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="copies",
    )

    # The time of the answer over which a person closed the case.
    closed_answer_at = models.DateTimeField(null=True, editable=False)

    wire = Wire(
        operations.BASE,
        pages=pages.record_pages,
        status="verificationStatus",
        business_name="businessName",
        corporate_website="corporateWebsite",
        business_addr1="businessAddr1",
        business_addr2="businessAddr2",
        business_city="businessCity",
        business_state="businessState",
        business_zip="businessZip",
        business_contact_first_name="businessContactFirstName",
        business_contact_last_name="businessContactLastName",
        business_contact_email="businessContactEmail",
        business_contact_phone="businessContactPhone",
        message_volume="messageVolume",
        phone_numbers=Name(
            "phoneNumbers", operations.objects("phoneNumber"), operations.strings("phoneNumber")
        ),
        use_case="useCase",
        use_case_summary="useCaseSummary",
        production_message_content="productionMessageContent",
        opt_in_workflow="optInWorkflow",
        opt_in_workflow_image_urls=Name(
            "optInWorkflowImageURLs", operations.objects("url"), operations.strings("url")
        ),
        additional_information="additionalInformation",
        isv_reseller="isvReseller",
        business_registration_number="businessRegistrationNumber",
        business_registration_type="businessRegistrationType",
        business_registration_country="businessRegistrationCountry",
        entity_type="entityType",
        doing_business_as="doingBusinessAs",
        opt_in_confirmation_response="optInConfirmationResponse",
        help_message_response="helpMessageResponse",
        privacy_policy_url="privacyPolicyURL",
        terms_and_condition_url="termsAndConditionURL",
        age_gated_content=Name("ageGatedContent", load=lambda value: value is True),
        opt_in_keywords="optInKeywords",
        campaign_verify_authorization_token="campaignVerifyAuthorizationToken",  # noqa: S106 - a field name
    )
    operations = {
        "create": Operation(
            "POST",
            operations.BASE,
            _("New request"),
            body=operations.body,
            find=operations.find_created,
            guard=operations.still_unverified,
            too_late=_("You can correct it as soon as Telnyx rejects it or asks for a change."),
            permission="tollfree.submit_verificationrequest",
        ),
        "update": Operation(
            "PATCH",
            operations.RECORD,
            _("Correction"),
            body=operations.body,
            find=operations.find_updated,
            guard=operations.still_unverified,
            look=operations.look_first,
            too_late=_("You can correct it again as soon as Telnyx rejects it or asks for a change."),
            permission="tollfree.submit_verificationrequest",
        ),
        "delete": Operation(
            "DELETE",
            operations.RECORD,
            _("Deletion at Telnyx"),
            repeatable=True,
            too_late=_("If the numbers are still needed, copy its texts into a new draft and submit that."),
            permission="tollfree.delete_remote_verificationrequest",
        ),
    }
    known_statuses = Status.values
    compared = tuple(SECTION_OF)
    unsaid = (*CONTACT, *SECRETS)
    # Someone can still move a rejected request in Telnyx's portal, so only approval ends polling.
    final_statuses = (Status.VERIFIED,)
    is_imported_in_bulk = True
    is_looked_for = True
    import_permission = "tollfree.add_verificationrequest"
    status_ranks = {Status.REJECTED: 1, Status.VERIFIED: 2}

    class Meta:
        verbose_name = _("toll-free verification")
        verbose_name_plural = _("toll-free verifications")
        ordering = ["-created_at"]
        permissions = [
            ("submit_verificationrequest", _("Can submit toll-free verifications to Telnyx")),
            ("delete_remote_verificationrequest", _("Can delete toll-free verifications at Telnyx")),
            ("approve_verificationrequest", _("Can approve toll-free verifications of others")),
            ("resubmit_verified", _("Can submit verified numbers again")),
        ]
        indexes = [
            models.Index(fields=["-created_at"], name="verification_newest"),
            models.Index(
                fields=["next_poll_at"], name="verification_poll", condition=Q(next_poll_at__isnull=False)
            ),
            models.Index(
                fields=["-remote_status_at"],
                name="verification_done",
                condition=Q(kept_stage=Group.DONE.value),
            ),
            models.Index(fields=["business_contact_phone"], name="verification_contact"),
            GinIndex(fields=["phone_numbers"], name="verification_numbers", opclasses=["jsonb_path_ops"]),
            *stages.indexes("verification", OURS, turns.ASKED),
            models.Index(same_business.name_key(F("business_name")), name="verification_business"),
            models.Index(
                same_business.number_key(F("business_registration_number")), name="verification_registered"
            ),
        ]

    def __str__(self) -> str:
        nameless = _("Deleted request") if self.gone_at else _("Untitled draft")
        return (self.doing_business_as or self.business_name)[:80] or str(nameless)

    def short_id(self) -> str:
        """Return the beginning of the ID that the request's page shows: Telnyx's, or ours before there is one."""
        return (self.remote_id or str(self.pk))[:8]

    def clean(self) -> None:
        normalise(self)

    def comparable(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Return the values as `alike` has them. A token goes with political messages only, so else it is none."""
        found = {name: alike(name, value) for name, value in values.items()}
        use_case = values.get("use_case", self.use_case)
        if TOKEN in found and alike("use_case", use_case) != alike("use_case", UseCase.POLITICAL):
            found[TOKEN] = ""
        return found

    def fetch(self, client: Client) -> tuple[dict[str, Any], Sequence[Fact] | None]:
        """Read the request and its whole history from Telnyx; the history is the authority on its status."""
        answer = client.get(path(operations.RECORD, id=self.remote_id))
        if self.wire.remote_id(answer.body) != self.remote_id:
            raise TelnyxError("Telnyx's answer is not the request that was asked for.", answer=answer)
        now = clock.now()
        history = facts.at_telnyx(client, path(operations.HISTORY, id=self.remote_id), now)
        own = self.facts_in(answer.body, now) if facts.is_news(answer.body, history, now) else []
        told = [*history, *own]
        return answer.body, [*told, *self._still_says(answer.body, told, now)]

    def _still_says(self, record: Mapping[str, Any], told: Sequence[Fact], now: datetime) -> list[Fact]:
        """Return the record's status if it contradicts the newest fact and that is old: a wrong time must not stay.

        A fact from the last few minutes may simply be newer than the answer.
        """
        status, reason = storable(record.get("verificationStatus")), record.get("reason")
        known = [Fact(self.remote_status, self.remote_status_at)] if self.remote_status_at else []
        newest = max(
            [*known, *told],
            key=lambda fact: (fact.occurred_at, self.status_ranks.get(fact.status, 0)),
            default=None,
        )
        if newest is None or newest.occurred_at >= now - times.AHEAD:
            return []
        if not isinstance(status, str) or status in ("", newest.status):
            return []
        return [Fact(status, now, storable(reason) if isinstance(reason, str) else "")]

    def facts_in(self, record: Any, as_of: datetime) -> list[Fact]:
        """Return the status in a record, dated by Telnyx; answers to POST and PATCH carry no time of their own."""
        dated = facts.dated(record, as_of)
        if dated is None:
            return super().facts_in(record, as_of)
        is_known = (dated.status, dated.reason) == (self.remote_status, self.remote_reason)
        return [] if is_known else [dated]

    def schedule_poll(self) -> None:
        super().schedule_poll()
        quiet = clock.now() - (self.remote_status_at or clock.now())
        if self.next_poll_at and self.remote_status in CORRECTABLE and quiet > OUR_TURN_QUIET:
            self.next_poll_at = clock.now() + OUR_TURN_INTERVAL

    def is_editable(self) -> bool:
        if self.gone_at or self.is_under_way():
            return False
        return self.remote_id is None or self.remote_status in CORRECTABLE

    def next_operation(self) -> str | None:
        """Return what submitting would do: "create", "update", or None if there is nothing to submit."""
        if not self.is_editable():
            return None
        return "update" if self.remote_id else "create"

    def can_delete_draft(self) -> bool:
        """Return True if the row may be deleted. Once a worker took it, it stays as the record of what was sent."""
        is_free = self.remote_id is None and not self.is_under_way()
        return is_free and not outbox.entries(self).exclude(OutboxEntry.TAKEN_BACK).exists()

    def can_delete_remote(self) -> bool:
        """Return True if Telnyx would delete it: only while Rejected, else it answers 400 (docs/telnyx.md, T2.8)."""
        is_there = self.remote_id is not None and self.gone_at is None
        return is_there and not self.is_under_way() and self.remote_status == Status.REJECTED

    def is_case_closed(self) -> bool:
        """Return True if a person closed the case over the answer that Telnyx's status still is (tollfree/cases.py)."""
        is_same_answer = self.closed_answer_at is not None and self.closed_answer_at == self.remote_status_at
        is_quiet = not self.is_under_way() and not self.gone_at and not self.waits_for_approval()
        return is_same_answer and is_quiet and self.remote_status == Status.REJECTED

    def can_close_case(self) -> bool:
        """Return True if Telnyx rejected it and nothing is open; what Telnyx dates can be told from its next answer."""
        is_quiet = self.can_delete_remote() and not self.waits_for_approval()
        return is_quiet and self.remote_status_at is not None and not self.is_case_closed()

    def turn(self) -> Turn:
        """Return whose turn it is, our side first."""
        return turns.turn(self)

    def turn_since(self) -> datetime:
        """Return when this turn started."""
        return turns.since(self)

    def due_at(self) -> datetime | None:
        """Return when this turn's clock runs out, or None if it has none."""
        return self.turn().due_at(self.turn_since())

    def problems(self) -> "list[Problem]":
        """Return everything that blocks or should delay submitting; the page, the button and the API read this."""
        return problems.find(self)

    def find_others(self) -> "list[VerificationRequest]":
        """Return the other requests, still active here or at Telnyx, that share a number or the business with this one.

        Each says in `is_same_business` if its name or registration number is this one's: spaces, commas, capitals and
        a legal ending make no difference. One query.
        """
        same = same_business.same(self)
        shared = same
        for number in self.phone_numbers:
            shared |= Q(phone_numbers__contains=[number])
        others = VerificationRequest.objects.filter(shared, gone_at=None).exclude(pk=self.pk)
        is_same = ExpressionWrapper(same, output_field=models.BooleanField())
        found = others.annotate(is_same_business=is_same)  # type: ignore[no-redef]
        return list(found.defer("remote_data")[:MOST_OTHERS])


class WarningReason(models.Model):
    """Why somebody submitted a request although our rules warned. Written once, and never changed.

    `findings` names each warning by its rule and field, with the hash of what was found, so that the same reason can
    be offered for as long as nothing about it has changed.
    """

    request = models.ForeignKey(
        VerificationRequest, on_delete=models.CASCADE, related_name="warning_reasons", editable=False
    )
    entry = models.OneToOneField(
        OutboxEntry, null=True, on_delete=models.SET_NULL, related_name="warning_reason", editable=False
    )
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", editable=False
    )
    created_at = ClockedField(auto_now_add=True)
    reason = models.TextField(editable=False)
    findings = models.JSONField(default=list, editable=False)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.request_id} {self.created_at}"

    def save(self, *arguments: Any, **options: Any) -> None:
        """Write it once."""
        super().save(*arguments, **options | {"force_insert": True})

    def of_verified(self) -> tuple[list[str], str]:
        """Return the numbers that were submitted although they are verified, and why."""
        for finding in self.findings:
            if finding["rule"] == problems.NUMBER_VERIFIED:
                return finding["numbers"], finding["reason"]
        return [], ""


class BusinessProfile(models.Model):
    """A company, typed once: new requests start from it. Telnyx knows nothing about it.

    Its fields are those of a request (COMPANY, below). A request keeps texts of its own, so that changing or deleting a
    profile changes no request.
    """

    LONGEST_NAME: ClassVar[int] = 100

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(
        _("Name in this desk"),
        max_length=LONGEST_NAME,
        blank=True,
        help_text=_("Not sent to Telnyx. If empty, the brand or the legal name is used."),
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("created by"),
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    created_at = ClockedField(_("created"), auto_now_add=True)
    changed_at = ClockedField(_("changed"), auto_now=True)

    class Meta:
        verbose_name = _("business profile")
        verbose_name_plural = _("business profiles")
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                Lower("name"),
                name="one_business_of_a_name",
                violation_error_message=_("A business profile with this name exists. Choose another name."),
            )
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        normalise(self, COMPANY)

    def company(self) -> dict[str, str]:
        """Return what is filled in. What is empty here says nothing about the requests."""
        return {field: value for field in COMPANY if (value := getattr(self, field))}


for field in COMPANY:
    BusinessProfile.add_to_class(field, VerificationRequest._meta.get_field(field).clone())  # type: ignore[union-attr]


class BulkImport(models.Model):
    """A table of requests that somebody uploaded: read, shown, and then made into drafts at once, or never.

    `table` is what retention empties; the rest stays, so that the same table is recognized.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    # Heads and rows as they were read: {"heads": [], "rows": [[7, ["", ""]]], "notes": []}.
    table: Any = models.JSONField(_("table"), default=dict)
    # Of the rows, however the file is stored.
    sha256 = models.CharField(_("hash of the rows"), max_length=64, db_index=True)
    drafts = models.PositiveIntegerField(_("drafts made"), default=0)
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("uploaded by"),
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    uploaded_at = ClockedField(_("uploaded"), auto_now_add=True)
    imported_at = models.DateTimeField(_("imported"), null=True)

    class Meta:
        verbose_name = _("import of requests")
        verbose_name_plural = _("imports of requests")
        default_permissions = ()

    def __str__(self) -> str:
        return str(self._meta.verbose_name)
