"""Forms of the portal: one per step. Each checks what was typed; sign-ins are tried by the view."""

from typing import Any

from django import forms

from cronofy_sandbox.pages.catalogue import Service, Step, owner_of
from cronofy_sandbox.pages.visits import Visit


class StepForm(forms.Form):
    """What all steps share: they know the walk that they belong to."""

    def __init__(self, visit: Visit, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.visit = visit

    @property
    def service(self) -> Service:
        """The chosen service. Steps exist only after the choice."""
        if self.visit.service is None:
            raise LookupError("a step needs a chosen service")
        return self.visit.service


class LinkForm(StepForm):
    """Agreement to the terms, for services that are linked by their own sign-in."""

    agree = forms.BooleanField(
        label="I agree to the terms of use and the privacy notice",
        error_messages={"required": "Please tick this to go on."},
    )

    def __init__(self, visit: Visit, *args: Any, **kwargs: Any) -> None:
        super().__init__(visit, *args, **kwargs)
        if Step.CONSENT not in self.service.steps:
            del self.fields["agree"]


class AddressForm(StepForm):
    """Base of the forms that ask for an address."""

    email = forms.EmailField(label="E-mail", widget=forms.EmailInput(attrs={"autocomplete": "username"}))

    def __init__(self, visit: Visit, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("initial", {"email": visit.email or visit.demo_address})
        super().__init__(visit, *args, **kwargs)
        self.fields["email"].label = self.service.address_label
        self.fields["email"].help_text = f"Any name works, if it ends in @{self.service.domain}."

    def clean_email(self) -> str:
        """Accept addresses of the demo domains only: nobody's real address belongs here."""
        address = str(self.cleaned_data["email"]).lower()
        if owner_of(address) is None:
            raise forms.ValidationError(
                f"Please use an invented address that ends in @{self.service.domain}. Never type a real one here."
            )
        return address


class EmailForm(AddressForm):
    """The first half of a provider's own sign-in."""


class AccountForm(StepForm):
    """The account chooser; an empty choice asks for another account."""

    email = forms.ChoiceField(required=False)

    def __init__(self, visit: Visit, *args: Any, **kwargs: Any) -> None:
        super().__init__(visit, *args, **kwargs)
        choices = {"", *self.service.demo_addresses, visit.demo_address}
        self.fields["email"].choices = [(address, address) for address in sorted(choices)]  # type: ignore[attr-defined]


def secret_field(label: str) -> forms.CharField:
    """Return a password field that password managers know; blanks in a password count."""
    return forms.CharField(
        label=label,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )


class PasswordForm(StepForm):
    """The second half of a provider's own sign-in."""

    password = secret_field("Password")

    def __init__(self, visit: Visit, *args: Any, **kwargs: Any) -> None:
        super().__init__(visit, *args, **kwargs)
        self.fields["password"].help_text = "The password of every invented account is “sandbox”."


class CredentialsForm(AddressForm):
    """Address and password typed into the portal itself (iCloud, Exchange)."""

    password = secret_field("Password")

    def __init__(self, visit: Visit, *args: Any, **kwargs: Any) -> None:
        super().__init__(visit, *args, **kwargs)
        self.fields["password"].label = self.service.secret_label
        self.fields["password"].help_text = "The password of every invented account is “sandbox”."


class ServerForm(CredentialsForm):
    """The Exchange form after the server was not found by itself."""

    server_url = forms.URLField(
        label="Server address",
        required=False,
        assume_scheme="https",
        help_text="For example https://mail.exchange.test/EWS/Exchange.asmx",
        widget=forms.URLInput(attrs={"autocomplete": "off"}),
    )
    user_name = forms.CharField(
        label="User name",
        required=False,
        help_text="Only if it differs from the e-mail, for example OFFICE\\alice",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class ConsentForm(StepForm):
    """The provider's list of permissions. Google lets people leave out the one that matters."""

    calendars = forms.BooleanField(
        initial=True,
        error_messages={"required": "Without this permission no calendar can be linked. Tick it, or press Cancel."},
    )

    def __init__(self, visit: Visit, *args: Any, **kwargs: Any) -> None:
        super().__init__(visit, *args, **kwargs)
        if self.service.calendar_permission:
            self.fields["calendars"].label = self.service.calendar_permission
        else:
            del self.fields["calendars"]


FORMS: dict[Step, type[StepForm]] = {
    Step.LINK: LinkForm,
    Step.ACCOUNT: AccountForm,
    Step.EMAIL: EmailForm,
    Step.PASSWORD: PasswordForm,
    Step.CREDENTIALS: CredentialsForm,
    Step.CONSENT: ConsentForm,
}
