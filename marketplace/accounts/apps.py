from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "marketplace.accounts"
    label = "accounts"

    def ready(self) -> None:
        """Register how the OpenAPI document names our authentication."""
        from marketplace.accounts.api import schema  # noqa: F401 - needs loaded apps
