"""Ontologies to begin with, one for each field of use, found through `TEMPLATES`."""

from labeling.core.annotations.templates.aerial import AERIAL
from labeling.core.annotations.templates.base import Template
from labeling.core.annotations.templates.damage import DAMAGE
from labeling.core.annotations.templates.driving import DRIVING
from labeling.core.annotations.templates.fields import AGRICULTURE
from labeling.core.annotations.templates.medical import MEDICAL
from labeling.core.annotations.templates.robots import ROBOTICS
from labeling.core.annotations.templates.security import SECURITY
from labeling.core.annotations.templates.shops import RETAIL

TEMPLATES: dict[str, Template] = {
    template.name: template for template in (MEDICAL, DRIVING, SECURITY, AGRICULTURE, ROBOTICS, AERIAL, RETAIL, DAMAGE)
}

__all__ = ["TEMPLATES", "Template"]
