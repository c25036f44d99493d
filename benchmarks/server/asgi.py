"""The product's application, with django-eventstream as it comes: our hub raises its limit, and
its own view hears only of what happens in its process, so the worker is in it."""

import threading

import django_eventstream.views as eventstream_views

USUAL_MAX_PENDING = eventstream_views.MAX_PENDING

from comicmaintainer.asgi import application as product  # noqa: E402
from jobs.worker import Worker  # noqa: E402

eventstream_views.MAX_PENDING = USUAL_MAX_PENDING


application = product
threading.Thread(target=Worker(threads=1).start, name="worker-start", daemon=True).start()
