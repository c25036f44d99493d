"""What this machine lacks, said by `manage.py check --deploy`."""

from typing import Any

from django.core.checks import CheckMessage, Warning, register

from library.archives.cbr import available_readers


# Not at every command: it unpacks small solid archives, which takes a third of a second.
@register(deploy=True)
def check_rar(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    readable = {kind for reader in available_readers() for kind in reader.kinds}
    if missing := sorted({"RAR4", "RAR5"} - readable):
        hint = "Install the package unar, or the Python package unrar2-cffi."
        text = f"Packed comics of the kind {' and '.join(missing)} (.cbr) cannot be read."
        return [Warning(text, hint=hint, id="library.W001")]
    return []
