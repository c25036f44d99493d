"""The product's settings with the benchmark's operations; `STOCK` is for the view beside ours."""

import os

from comicmaintainer.settings import *  # noqa: F403
from comicmaintainer.settings import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "benchmarks.server"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

if "STOCK" in os.environ:
    ROOT_URLCONF = "benchmarks.server.urls"
    ASGI_APPLICATION = "benchmarks.server.asgi.application"
    EVENTSTREAM_CHANNELMANAGER_CLASS = "django_eventstream.channelmanager.DefaultChannelManager"
    EVENTSTREAM_STORAGE_CLASS = "django_eventstream.storage.DjangoModelStorage"
    if os.environ["STOCK"] == "plain":
        del EVENTSTREAM_STORAGE_CLASS
