from django.apps import AppConfig


class LiveConfig(AppConfig):
    name = "marketplace.live"
    label = "live"

    def ready(self) -> None:
        """Start listening to the rooms below."""
        from marketplace.live.receivers import connect

        connect()
