from importlib import import_module
from importlib.util import find_spec

from django.apps import AppConfig, apps
from django.conf import settings


class JobsConfig(AppConfig):
    name = "apps.jobs"
    label = "jobs"

    def ready(self) -> None:
        # Without it a web process would publish through Celery's default application, to a broker that is not ours.
        import_module("config.celery")
        # Handlers register themselves when their module is imported; the web process needs them to submit and cancel.
        for config in apps.get_app_configs():
            if config.name.startswith("apps.") and find_spec(f"{config.name}.tasks"):
                import_module(f"{config.name}.tasks")
        for module in settings.JOBS_EXTRA_HANDLER_MODULES:
            import_module(module)
