"""The pages that are about neither jobs nor comics."""

from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import LogoutView
from django.urls import path
from django.utils.translation import gettext_lazy as _

from comicmaintainer import account_pages, accounts, people, views

PEOPLE = "settings/people/"
SIGN_OUT = {"do": accounts.sign_out_everywhere, "done": _("“%s” is signed out everywhere.")}
DEACTIVATE = {"do": accounts.deactivate, "done": _("“%s” cannot sign in any more.")}
ACTIVATE = {"do": accounts.activate, "done": _("“%s” may sign in again.")}
REVOKE = {"do": people.revoke_tokens, "done": _("The API tokens of “%s” are revoked.")}

choose_password = login_not_required(account_pages.ChoosePassword.as_view())

urlpatterns = [
    path("welcome/", views.welcome, name="welcome"),
    path("welcome/<uidb64>/<token>/", choose_password, name="choose-password"),
    path("login/", views.SignIn.as_view(), name="login"),
    path("logout/", LogoutView.as_view(), name="logout"),
    path("layout/", views.layout, name="layout"),
    path("theme/", views.theme, name="theme"),
    path("account/", account_pages.account, name="account"),
    path("account/sign-out/", account_pages.sign_out_elsewhere, name="sign-out-elsewhere"),
    path("account/tokens/", account_pages.tokens, name="tokens"),
    path("account/tokens/<int:pk>/revoke/", account_pages.revoke, name="token-revoke"),
    path("about/", account_pages.about, name="about"),
    path(PEOPLE, people.people, name="people"),
    path(f"{PEOPLE}<int:pk>/role/", people.change_role, name="person-role"),
    path(f"{PEOPLE}<int:pk>/invite/", people.invite, name="person-invite"),
    path(f"{PEOPLE}<int:pk>/sign-out/", people.act, SIGN_OUT, name="person-sign-out"),
    path(f"{PEOPLE}<int:pk>/deactivate/", people.act, DEACTIVATE, name="person-deactivate"),
    path(f"{PEOPLE}<int:pk>/activate/", people.act, ACTIVATE, name="person-activate"),
    path(f"{PEOPLE}<int:pk>/tokens/revoke/", people.act, REVOKE, name="person-revoke"),
]
