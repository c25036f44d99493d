"""Times and addresses as pages write them: what is kept for speed says what Django would."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from django.conf.locale import LANG_INFO
from django.urls import reverse, set_script_prefix
from django.utils.formats import date_format
from django.utils.translation import override

from comicmaintainer.templatetags import wording

TIMES = [
    datetime(2024, 3, 5, 0, 0, 9),
    datetime(2021, 12, 31, 12, 0),
    datetime(2020, 5, 7, 15, 4, 3),
    datetime(2020, 10, 25, 1, 40, fold=1),
]


@pytest.mark.parametrize("language", LANG_INFO)
def test_exact_times_are_as_django_writes_them(language: str) -> None:
    with override(language):
        for time in TIMES:
            local = time.replace(tzinfo=ZoneInfo("Europe/London"))
            assert wording.exactly(local) == date_format(local, "DATETIME_FORMAT")


def test_addresses_are_below_the_prefix_of_the_moment() -> None:
    try:
        for prefix in ("/", "/comics/", "/987654321/"):
            set_script_prefix(prefix)
            for name in ("comic", "api-comic-cover"):
                assert wording.address(12345, name) == reverse(name, args=[12345])
    finally:
        set_script_prefix("/")
