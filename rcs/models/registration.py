"""Brands and agents that are registered at Telnyx: drafted here, sent, and followed until they are live."""

from collections.abc import Mapping
from typing import Any

from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from messaging.mirror.models import MirroredFields, SyncState, TelnyxResource

from ..registration import nested, operations
from ..registration.choices import (
    AgentStatus,
    BrandStatus,
    LegalEntity,
    Organization,
    UseCase,
)

WEB = RegexValidator(r"(?i)^https?://\S+\Z", _("Type the whole address, beginning with https://"))
EIN = RegexValidator(r"^(?:[0-9]{9}|[0-9]{2}-[0-9]{7})\Z", _("An EIN has nine digits, such as 12-3456789."))
STOCK = RegexValidator(
    r"^[^\s:]+:\S+\Z", _("Type the exchange and the symbol with a colon, such as NASDAQ:ACME.")
)
COUNTRY = RegexValidator(r"^[A-Z]{2}\Z", _("Type the two capital letters of the country, such as US."))
EMAIL = RegexValidator(r"^[^@\s]+@[^@\s]+\.[^@\s]+\Z", _("Type a whole email address."))
COLOR = RegexValidator(
    r"^#(?:[0-9A-Fa-f]{3}|[0-9A-Fa-f]{6})\Z", _("Type a color such as #123456, with three or six digits.")
)


def web(label: Any, help_text: Any) -> models.TextField:
    return models.TextField(label, blank=True, validators=[WEB], help_text=help_text)


class Registration(MirroredFields):
    """What a brand and an agent have in common. While it can be edited, its fields are what Telnyx has."""

    # Polled one by one: only those whose status can change by itself.
    is_pulled_whole = False
    # Telnyx lists them, but nothing is known of that list for sure (T4.26): only people import them.
    is_listed = False

    # What Telnyx was asked last to begin, "submit" or "launch"; its status may show it only later.
    awaited = models.CharField(max_length=10, blank=True, editable=False)
    # Somebody has seen how it ended, or doesn't want it anymore.
    closed_at = models.DateTimeField(_("closed"), null=True, editable=False)

    class Meta(MirroredFields.Meta):
        abstract = True

    def schedule_poll(self) -> None:
        """Poll while something is under way at Telnyx, as other records are."""
        TelnyxResource.schedule_poll(self)

    def is_final(self) -> bool:
        return not self.is_moving()

    def is_moving(self) -> bool:
        """Return True if Telnyx may change its status without anything from us."""
        raise NotImplementedError

    def fetch(self, client: Any) -> tuple[dict[str, Any], None]:
        return operations.read_one(self.wire.path, self.remote_id, client), None

    def is_there(self) -> bool:
        return self.remote_id is not None and self.gone_at is None

    def is_new(self) -> bool:
        """Return True if it was never at Telnyx, so that it may be changed freely, sent or discarded."""
        unsent = (SyncState.DRAFT, SyncState.REFUSED)
        return self.remote_id is None and self.gone_at is None and self.sync_state in unsent

    def may_be_edited(self) -> bool:
        """Return True if its fields may be changed: here before it is sent, at Telnyx until it is submitted."""
        is_open = self.remote_status == BrandStatus.CREATED and not self.was_asked("submit")
        return not self.is_under_way() and (self.is_new() or (self.is_there() and is_open))

    def was_asked(self, what: str) -> bool:
        """Return True if Telnyx accepted that request, so that what comes of it is Telnyx's turn."""
        return self.awaited == what and self.sync_state == SyncState.ACCEPTED


class RcsBrand(Registration):
    """A business that sends by RCS, as Telnyx and its partners verify it."""

    display_name = models.CharField(
        _("brand name"), max_length=100, help_text=_("What people know the business by.")
    )
    legal_name = models.CharField(
        _("legal name"),
        max_length=100,
        blank=True,
        help_text=_("Exactly as in the papers of its registration, such as the letter with its EIN."),
    )
    legal_entity_type = models.CharField(
        _("legal form"), max_length=40, blank=True, choices=LegalEntity, help_text=_("What it is by law.")
    )
    organization_type = models.CharField(
        _("kind of organization"),
        max_length=40,
        blank=True,
        choices=Organization,
        help_text=_("A company listed on a stock exchange also needs its stock symbol."),
    )
    website_url = web(_("website"), _("Reviewers open it. It must be public and show the same business."))
    messaging_profile_id = models.CharField(
        _("messaging profile"),
        max_length=36,
        blank=True,
        help_text=_("Agents of this brand use it unless they name their own."),
    )
    ein = models.CharField(
        _("EIN"),
        max_length=20,
        blank=True,
        validators=[EIN],
        help_text=_("The number the IRS gave the business: nine digits."),
    )
    stock_symbol = models.CharField(
        _("stock symbol"),
        max_length=255,
        blank=True,
        validators=[STOCK],
        help_text=_(
            "Only for a company listed on a stock exchange: exchange and symbol, such as NASDAQ:ACME."
        ),
    )
    address_line_1 = models.CharField(
        _("street and number"), max_length=255, blank=True, help_text=_("The registered address.")
    )
    address_line_2 = models.CharField(
        _("second line"), max_length=255, blank=True, help_text=_("Suite or floor, if there is one.")
    )
    city = models.CharField(_("city"), max_length=100, blank=True, help_text=_("Of the registered address."))
    administrative_area = models.CharField(
        _("state or region"), max_length=100, blank=True, help_text=_("Such as IL.")
    )
    postal_code = models.CharField(_("ZIP code"), max_length=32, blank=True, help_text=_("Such as 60601."))
    country_code = models.CharField(
        _("country"),
        max_length=2,
        blank=True,
        default="US",
        validators=[COUNTRY],
        help_text=_("Two letters, such as US."),
    )
    contact_first_name = models.CharField(
        _("first name"), max_length=100, blank=True, help_text=_("Somebody who can answer for the business.")
    )
    contact_last_name = models.CharField(
        _("last name"), max_length=100, blank=True, help_text=_("Of the same person.")
    )
    contact_title = models.CharField(
        _("job title"), max_length=100, blank=True, help_text=_("May stay empty.")
    )
    contact_email = models.CharField(
        _("email address"),
        max_length=254,
        blank=True,
        validators=[EMAIL],
        help_text=_("An address at the business's own domain looks best to reviewers."),
    )
    contact_phone = models.CharField(
        _("phone number"), max_length=40, blank=True, help_text=_("Where this person can be reached.")
    )

    wire = nested.NestedWire(
        operations.BRANDS,
        pages=nested.whole_list,
        status="status",
        id="brand_id",
        fixed={
            "identifiers/ein/identifier_type": "EIN",
            "identifiers/stock_symbol/identifier_type": "STOCK_SYMBOL",
            "contacts/brand/contact_type": "BRAND",
        },
        display_name="display_name",
        legal_name="legal_name",
        legal_entity_type="legal_entity_type",
        organization_type="organization_type",
        website_url="website_url",
        messaging_profile_id="profile_id",
        ein="identifiers/ein/value",
        stock_symbol="identifiers/stock_symbol/value",
        address_line_1="addresses/primary/line_1",
        address_line_2="addresses/primary/line_2",
        city="addresses/primary/city",
        administrative_area="addresses/primary/administrative_area",
        postal_code="addresses/primary/postal_code",
        country_code="addresses/primary/country_code",
        contact_first_name="contacts/brand/first_name",
        contact_last_name="contacts/brand/last_name",
        contact_title="contacts/brand/title",
        contact_email="contacts/brand/email",
        contact_phone="contacts/brand/phone_number",
    )
    operations = operations.OF_BRAND
    import_permission = "rcs.add_rcsbrand"
    known_statuses = tuple(BrandStatus.values)

    class Meta(Registration.Meta):
        verbose_name = _("RCS brand")
        verbose_name_plural = _("RCS brands")
        ordering = ["display_name", "pk"]
        default_permissions = ("add", "change", "view")
        permissions = [("submit_rcsbrand", _("Can submit RCS brands to Telnyx"))]

    def __str__(self) -> str:
        return self.display_name[:80] or self.remote_id or str(self.pk)

    def is_moving(self) -> bool:
        resting = (BrandStatus.VERIFIED, BrandStatus.REJECTED, BrandStatus.FAILED)
        if self.remote_status == BrandStatus.CREATED:
            return self.was_asked("submit")
        return self.remote_status not in resting


class RcsAgentRegistration(Registration):
    """The registration of an RCS agent: its draft, its review, its test devices and its carriers."""

    brand_remote_id = models.CharField(
        _("brand"), max_length=100, blank=True, help_text=_("Whose agent it is. It can't be changed later.")
    )
    display_name = models.CharField(
        _("agent name"), max_length=40, help_text=_("What people see above the conversation: 40 characters.")
    )
    use_case = models.CharField(
        _("what it sends"),
        max_length=20,
        blank=True,
        choices=UseCase,
        help_text=_("Carriers hold its messages to it."),
    )
    messaging_profile_id = models.CharField(
        _("messaging profile"), max_length=36, blank=True, help_text=_("If empty, the brand's is used.")
    )
    hosting_region = models.CharField(
        _("hosting region"),
        max_length=32,
        blank=True,
        help_text=_("Only if Telnyx named one to you; it publishes no list."),
    )
    description = models.CharField(
        _("description"),
        max_length=100,
        blank=True,
        help_text=_("What the agent is for, in up to 100 characters. People can read it."),
    )
    logo_url = web(_("logo"), _("The public address of a square picture; phones show it as a circle."))
    hero_url = web(_("banner"), _("The public address of the wide picture on the agent's page."))
    brand_color = models.CharField(
        _("color"),
        max_length=7,
        blank=True,
        validators=[COLOR],
        help_text=_("Of buttons and marks, such as #123456."),
    )
    privacy_policy_url = web(_("privacy policy"), _("Its public address."))
    terms_and_conditions_url = web(_("terms and conditions"), _("Their public address."))
    phone_number = models.CharField(
        _("phone number"), max_length=40, blank=True, help_text=_("Where people can call the business.")
    )
    phone_label = models.CharField(
        _("name of the phone number"), max_length=25, blank=True, help_text=_("Such as Support.")
    )
    website_url = web(_("website"), _("Where people find out more."))
    website_label = models.CharField(
        _("name of the website"), max_length=25, blank=True, help_text=_("Such as Our store.")
    )
    email_address = models.CharField(
        _("email address"),
        max_length=254,
        blank=True,
        validators=[EMAIL],
        help_text=_("Where people can write to the business."),
    )
    email_label = models.CharField(
        _("name of the email address"), max_length=25, blank=True, help_text=_("Such as Support.")
    )

    wire = nested.NestedWire(
        operations.AGENTS,
        pages=nested.whole_list,
        status="status",
        id="agent_id",
        fixed={},
        brand_remote_id="brand_id",
        display_name="display_name",
        use_case="use_case",
        messaging_profile_id="profile_id",
        hosting_region="hosting_region",
        description="configuration/basics/description",
        logo_url="configuration/basics/logo_url",
        hero_url="configuration/basics/hero_url",
        brand_color="configuration/basics/brand_color",
        privacy_policy_url="configuration/basics/privacy_policy_url",
        terms_and_conditions_url="configuration/basics/terms_and_conditions_url",
        phone_number="configuration/basics/phone_number/number",
        phone_label="configuration/basics/phone_number/label",
        website_url="configuration/basics/website/url",
        website_label="configuration/basics/website/label",
        email_address="configuration/basics/email/address",
        email_label="configuration/basics/email/label",
    )
    operations = operations.OF_AGENT
    import_permission = "rcs.add_rcsagentregistration"
    known_statuses = tuple(AgentStatus.values)

    class Meta(Registration.Meta):
        verbose_name = _("registration of an RCS agent")
        verbose_name_plural = _("registrations of RCS agents")
        ordering = ["display_name", "pk"]
        default_permissions = ("add", "change", "view")
        permissions = [("submit_rcsagentregistration", _("Can submit RCS agents to Telnyx and launch them"))]

    def __str__(self) -> str:
        return self.display_name[:80] or self.remote_id or str(self.pk)

    def is_moving(self) -> bool:
        if self.remote_status == AgentStatus.CREATED:
            return self.was_asked("submit")
        if self.remote_status == AgentStatus.VERIFIED:
            return self.was_asked("launch") or self._any("test_devices", "invite_status", "PENDING")
        if self.remote_status == AgentStatus.LIVE:
            return self.waits_for_carriers()
        return self.remote_status not in (AgentStatus.REJECTED, AgentStatus.FAILED)

    def waits_for_carriers(self) -> bool:
        return self._any("carrier_approvals", "status", "PENDING", "SUBMITTED")

    def was_rejected_by_some(self) -> bool:
        return self._any("carrier_approvals", "status", "REJECTED")

    def told(self, name: str) -> list[Mapping[str, Any]]:
        """Return one of the lists in Telnyx's answer: "carrier_approvals" or "test_devices"."""
        found = self.remote_data.get(name)
        return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []

    def _any(self, list_name: str, name: str, *words: str) -> bool:
        return any(one.get(name) in words for one in self.told(list_name))

    def brand(self) -> RcsBrand | None:
        """Return its brand, if this desk knows it."""
        return RcsBrand.objects.filter(remote_id=self.brand_remote_id or None).first()


for kind in (RcsBrand, RcsAgentRegistration):
    kind.wire.longest = {
        field.name: field.max_length
        for field in kind._meta.concrete_fields
        if field.name in kind.wire.names and field.max_length
    }
