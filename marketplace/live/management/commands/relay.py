"""`manage.py relay`: hand on what is due in the log, until SIGTERM or SIGINT."""

import signal
import threading
from typing import Any

from django.core.management.base import BaseCommand

from marketplace.live.adapters import HintSender
from marketplace.live.management.relay import Relay


class Command(BaseCommand):
    help = "Relay events to their consumers and to websockets. Any number may run."

    def handle(self, *args: Any, **options: Any) -> None:
        """Run until told to stop."""
        stop = threading.Event()
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, lambda *_: stop.set())
        hints = HintSender()
        try:
            Relay(hints=hints).run(stopping=stop.is_set)
        finally:
            hints.close()
