from importlib import import_module
from pkgutil import iter_modules

from django.apps import AppConfig


class LibraryConfig(AppConfig):
    name = "library"

    def ready(self) -> None:
        from jobs.operations import chore, companion, service
        from library import checks as checks
        from library import operations
        from library.duplicate_groups import group_interrupted
        from library.purging import forget_history, purge
        from library.recovering import recover_at_start
        from library.registering import register_configured
        from library.scheduling import plan_all
        from library.thumbnails import sweep
        from library.watching.attending import attend

        # Each file there registers the operation that it defines.
        for module in iter_modules(operations.__path__):
            import_module(f"library.operations.{module.name}")
        service(recover_at_start)
        service(register_configured)
        service(group_interrupted)
        service(plan_all)
        companion(attend)
        chore(purge)
        chore(forget_history)
        chore(sweep)
