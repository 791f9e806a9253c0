from django.apps import AppConfig


class MarketplaceConfig(AppConfig):
    name = "marketplace"
    label = "marketplace"

    def ready(self) -> None:
        """Send tasks through our Celery application in every program and thread, not through Celery's default one."""
        from marketplace.celery import app

        app.set_default()
