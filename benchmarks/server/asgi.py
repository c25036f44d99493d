"""The product's application, with django-eventstream as it comes: our hub raises its limit."""

import django_eventstream.views as eventstream_views

USUAL_MAX_PENDING = eventstream_views.MAX_PENDING

from comicmaintainer.asgi import application as product  # noqa: E402

eventstream_views.MAX_PENDING = USUAL_MAX_PENDING

application = product
