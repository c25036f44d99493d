"""The pages that are about neither jobs nor comics."""

from django.contrib.auth.views import LogoutView
from django.urls import path

from comicmaintainer import views

urlpatterns = [
    path("welcome/", views.welcome, name="welcome"),
    path("login/", views.SignIn.as_view(), name="login"),
    path("logout/", LogoutView.as_view(), name="logout"),
    path("layout/", views.layout, name="layout"),
    path("theme/", views.theme, name="theme"),
]
