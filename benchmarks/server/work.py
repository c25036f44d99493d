"""What runs in the children. Imports no Django."""

import time


def nothing(number: int, pause_ms: int) -> str:
    if pause_ms:
        time.sleep(pause_ms / 1000)
    return f"done {number}"
