"""Signing in and the first start."""

from typing import Any

from django import forms
from django.contrib.auth import get_user_model
from django.contrib.auth.forms import AuthenticationForm, BaseUserCreationForm
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from comicmaintainer import first_run, throttling
from comicmaintainer.context import THEMES


class SignInForm(AuthenticationForm):
    def clean(self) -> dict[str, Any]:
        username = self.cleaned_data.get("username") or ""
        if self.request and throttling.must_wait(self.request, username):
            raise ValidationError(_("Too many attempts. Try again in ten minutes."))
        try:
            cleaned = super().clean()
        except ValidationError:
            if self.request:
                throttling.note_failure(self.request, username)
            raise
        if self.request:
            throttling.forget(self.request, username)
        return cleaned


class SetUpForm(BaseUserCreationForm[User]):
    """The first account. Whoever starts the server is told the token."""

    token = forms.CharField(
        label=_("Set-up token"),
        help_text=_("The server printed it when it started, at the end of the address."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    field_order = ["token", "username", "password1", "password2"]

    class Meta:
        model = get_user_model()
        fields = ["username"]

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


class ThemeForm(forms.Form):
    theme = forms.ChoiceField(choices=[(theme, theme) for theme in THEMES])


class LayoutForm(forms.Form):
    layout = forms.ChoiceField(choices=[(layout, layout) for layout in ("list", "grid")])
