"""How the API describes what is priced by cards: documents that their own readers check."""

from typing import Any

from pricing.core.cards.spec import MEMBERS
from pricing.core.cards.walk import DRIVERS

ANY_NUMBER = {"oneOf": [{"type": "string"}, {"type": "number"}]}
SPEC: dict[str, Any] = {
    "type": "object",
    "description": "a job as a rate card sees it; the docs' page on rate cards says what each card prices by",
    "properties": {name: {"nullable": True} for name in MEMBERS}
    | {"card": {"type": "string", "example": "plenum-effort"}},
    "required": ["card"],
    "additionalProperties": False,
}
SPECS: dict[str, Any] = {
    "oneOf": [
        SPEC,
        {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"id": {"type": "string"}, "spec": SPEC},
                "required": ["id", "spec"],
                "additionalProperties": False,
            },
        },
    ]
}
_LINE: dict[str, Any] = {
    "type": "object",
    "properties": {
        "name": {"type": "string"},
        "amount": {"type": "string", "example": "235.00"},
        "detail": {"type": "object", "additionalProperties": {}},
    },
    "required": ["name", "amount", "detail"],
}
DRIVER: dict[str, Any] = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "enum": list(DRIVERS)},
        "amount": {"type": "string", "example": "235.00", "description": "negative where it takes from the total"},
        "detail": {"type": "string", "example": "1.25 times the seconds of the median image"},
    },
    "required": ["name", "amount", "detail"],
}
CARD_NAMED: dict[str, Any] = {
    "type": "object",
    "properties": {
        "id": {"type": "string"},
        "version": {"type": "string"},
        "sha256": {"type": "string", "description": "of the document's canonical JSON"},
        "title": {"type": "string"},
        "currency": {"type": "string", "example": "USD"},
        "status": {"type": "string"},
        "status_since": {"type": "string", "format": "date"},
        "status_note": {"type": "string"},
        "valid_from": {"type": "string", "format": "date"},
        "valid_until": {"type": "string", "format": "date", "nullable": True},
    },
    "required": ["id", "version", "sha256", "title", "currency", "status", "status_since", "valid_from"],
}
_ESTIMATE: dict[str, Any] = {
    "type": "object",
    "properties": {
        "id": {"type": "string", "description": "of an array's item"},
        "total": {"type": "string", "example": "321.00"},
        "currency": {"type": "string", "example": "USD"},
        "units": {"type": "string", "nullable": True, "description": "billed, or that the fee goes by"},
        "per_unit": {"type": "string", "nullable": True, "example": "0.0642"},
        "lines": {"type": "array", "items": _LINE},
        "drivers": {
            "type": "array",
            "items": DRIVER,
            "minItems": len(DRIVERS),
            "maxItems": len(DRIVERS),
            "description": "what each cost driver adds to the same total; of cards that price by effort only",
        },
        "card": CARD_NAMED,
        "unpriced": {"type": "array", "items": {"type": "string"}, "description": "stated, and of no effect here"},
        "assumptions": {"type": "array", "items": {"type": "string"}},
    },
    "required": ["total", "currency", "units", "per_unit", "lines", "card", "unpriced", "assumptions"],
}
ESTIMATES: dict[str, Any] = {"oneOf": [_ESTIMATE, {"type": "array", "items": _ESTIMATE}]}
DOCUMENT: dict[str, Any] = {
    "type": "object",
    "description": "a rate card; the docs' page on rate cards says what it holds",
    "additionalProperties": {},
}
CARDS: dict[str, Any] = {
    "type": "object",
    "properties": {"items": {"type": "array", "items": CARD_NAMED}},
    "required": ["items"],
}
