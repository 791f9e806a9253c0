"""Versions of cards that are added to a service: kept for ever as they are."""

import io
import json
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from django.utils import timezone

from pricing.adapters import shipped_documents
from pricing.errors import CardExists, InvalidValue
from pricing.models import StoredCard
from pricing.services import add_card, all_cards
from tests.pricing.cards.asking import document, priced_from
from tests.pricing.cards_in_service import our_next_card

pytestmark = pytest.mark.django_db


def test_a_card_that_was_added_prices_like_those_of_the_package() -> None:
    added = add_card(document(), added_by_id=None, now=timezone.now())
    found = priced_from(all_cards(), {"card": "small", "n_assets": 150})
    assert (str(found.total), found.card.sha256) == ("12.50", added.sha256)
    assert StoredCard.objects.get().document == document()


@pytest.mark.django_db(transaction=True)
def test_a_version_is_never_changed_or_taken_back() -> None:
    add_card(document(), added_by_id=None, now=timezone.now())
    stored = StoredCard.objects.all()
    for change in (lambda: stored.update(version="2"), stored.delete):
        with pytest.raises(IntegrityError, match="append-only"):
            change()


def test_a_version_is_added_once_and_none_of_the_package_is_replaced() -> None:
    add_card(document(), added_by_id=None, now=timezone.now())
    for again in (document(title="Other"), shipped_documents()["mturk.2026.json"]):
        with pytest.raises(CardExists) as refused, transaction.atomic():
            add_card(again, added_by_id=None, now=timezone.now())
        assert refused.value.field == "version"
    add_card(document(version="2"), added_by_id=None, now=timezone.now())
    assert StoredCard.objects.count() == 2


def test_our_own_card_prices_by_effort() -> None:
    broken = our_next_card() | {"components": document()["components"], "aliases": {}}
    with pytest.raises(InvalidValue):
        add_card(broken, added_by_id=None, now=timezone.now())
    assert not StoredCard.objects.exists()


def test_the_command_adds_and_lists(tmp_path: Path) -> None:
    path, out = tmp_path / "card.json", io.StringIO()
    path.write_text(json.dumps(document()))
    call_command("ratecards", add=path, stdout=out)
    assert "Added small 1, sha256 " in out.getvalue()
    assert "small 1: from 2026-01-01, live since 2026-01-01\n" in out.getvalue()
    assert "aws-ground-truth 2024-tier2-100000" in out.getvalue()
    for content, message in (("{", "invalid_json"), (json.dumps(document()), "card_exists")):
        path.write_text(content)
        with pytest.raises(CommandError, match=message):
            call_command("ratecards", add=path)
