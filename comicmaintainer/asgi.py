"""ASGI: the event stream as a route of its own, all else Django."""

import os
from typing import Any, cast

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "comicmaintainer.settings")
django = get_asgi_application()

from channels.auth import AuthMiddlewareStack  # noqa: E402
from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402
from django.conf import settings  # noqa: E402
from django.urls import path, re_path  # noqa: E402

from comicmaintainer.authentication import token_user  # noqa: E402
from comicmaintainer.proxy import as_reached  # noqa: E402
from jobs.stream import stream  # noqa: E402
from library import rar_readers  # noqa: E402

rar_readers.begin()  # so that it is known when the first page or monitor asks

routes = URLRouter(
    [
        path("api/events/stream", AuthMiddlewareStack(token_user(stream))),
        re_path("", cast("Any", django)),
    ]
)
http = as_reached(routes, base_path=settings.BASE_PATH, proxies=settings.BEHIND_PROXY)
application = ProtocolTypeRouter({"http": http})
