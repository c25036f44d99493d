from django.contrib.auth.decorators import login_not_required
from django.urls import path
from django_eventstream.views import events

from comicmaintainer.urls import urlpatterns as product

urlpatterns = [
    path("stock/", login_not_required(events), {"channels": ["jobs"]}),
    *product,
]
