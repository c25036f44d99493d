from typing import Any

from jobs import operations


def test_the_time_for_an_item_is_the_settings_the_operations_or_the_usual(settings: Any) -> None:
    settings.ITEM_TIMEOUT_SECONDS, settings.ITEM_TIMEOUTS = 77, {}
    count, poison = operations.get("count"), operations.get("poison")
    assert (count.timeout_seconds, poison.timeout_seconds) == (77, 3)
    settings.ITEM_TIMEOUTS = {"count": 5, "poison": 6}
    assert (count.timeout_seconds, poison.timeout_seconds) == (5, 6)
