"""Beliefs and consensus runs."""

from quality.services.belief import retire_exhausted, update_belief
from quality.services.fit import finalise_labels, refit_skills
from quality.services.last_look import ask_for_last_look, take_last_look

__all__ = [
    "ask_for_last_look",
    "finalise_labels",
    "refit_skills",
    "retire_exhausted",
    "take_last_look",
    "update_belief",
]
