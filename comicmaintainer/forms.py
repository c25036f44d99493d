"""Signing in, the first start, API tokens and people."""

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib.auth import get_user_model
from django.contrib.auth.forms import (
    AuthenticationForm,
    BaseUserCreationForm,
    PasswordChangeForm,
    SetPasswordForm,
)
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _

from comicmaintainer import first_run, throttling
from comicmaintainer.models import ApiToken, Role, Theme


class SignInForm(AuthenticationForm):
    error_messages = {  # noqa: RUF012
        "invalid_login": _("This username and password do not belong together."),
        "inactive": _("This account cannot sign in any more."),
    }

    def clean(self) -> dict[str, Any]:
        address = self.request.META.get("REMOTE_ADDR", "") if self.request else ""
        if throttling.must_wait("password", address):
            raise ValidationError(_("Too many attempts. Try again in ten minutes."))
        try:
            return super().clean()
        except ValidationError:
            throttling.note_failure("password", address)
            raise


class SetUpForm(BaseUserCreationForm[User]):
    """The first account. Whoever starts the server is told the token."""

    token = forms.CharField(
        label=_("Set-up token"),
        help_text=_("The server printed it when it started, at the end of the address."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    field_order = ["token", "username", "password1", "password2"]

    class Meta(BaseUserCreationForm.Meta):
        model = get_user_model()
        fields = ("username",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].help_text = ""
        self.fields["password1"].help_text = _("At least 8 characters, and not a common word.")
        self.fields["password2"].label = _("Password again")
        self.fields["password2"].help_text = ""

    def clean_token(self) -> str:
        token: str = self.cleaned_data["token"]
        # A token may come with the address around it.
        if not first_run.is_token(token.rpartition("token=")[2]):
            raise ValidationError(_("This is not the token that the server printed."))
        return token

    def save(self, commit: bool = True) -> User:
        """Make the administrator and void the token. Raises ValidationError if there is one now."""
        with transaction.atomic():
            if first_run.is_done():
                raise ValidationError(_("An account was made meanwhile. Sign in with it."))
            self.instance.is_staff = self.instance.is_superuser = True
            user = super().save(commit)
        first_run.finish()
        return user


class NewPassword:
    """For forms that ask for one twice; Django's own help says the same at length."""

    fields: dict[str, forms.Field]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["new_password1"].help_text = _("At least 8 characters, and not a common word.")
        self.fields["new_password2"].label = _("Password again")
        self.fields["new_password2"].help_text = ""


class ChangePasswordForm(NewPassword, PasswordChangeForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["old_password"].widget.attrs.pop("autofocus", None)


class ChoosePasswordForm(NewPassword, SetPasswordForm):  # type: ignore[type-arg]
    pass


class ThemeForm(forms.Form):
    theme = forms.ChoiceField(choices=Theme.choices)


class LayoutForm(forms.Form):
    layout = forms.ChoiceField(choices=[(layout, layout) for layout in ("list", "grid")])


class TokenForm(forms.Form):
    EXPIRIES = [
        ("30", _("in 30 days")),
        ("90", _("in 90 days")),
        ("365", _("in a year")),
        ("", _("never")),
    ]

    name = forms.CharField(label=_("What it is for"), max_length=100)
    scope = forms.ChoiceField(label=_("It may"), choices=ApiToken.Scope.choices)
    expires = forms.ChoiceField(
        label=_("It expires"), choices=EXPIRIES, required=False, initial="90"
    )

    def issue(self, user: User) -> str:
        """The key."""
        days = self.cleaned_data["expires"]
        expires_at = now() + timedelta(days=int(days)) if days else None
        cleaned = self.cleaned_data
        return ApiToken.objects.issue(
            user, cleaned["name"], scope=cleaned["scope"], expires_at=expires_at
        )


class RoleForm(forms.Form):
    role = forms.ChoiceField(label=_("Role"), choices=Role.choices)


class PersonForm(RoleForm, forms.ModelForm[User]):
    field_order = ["username", "role"]

    class Meta:
        model = User
        fields = ["username"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].help_text = ""
