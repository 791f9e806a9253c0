"""What is known of a crowd and of its workers on boxes: the same as on any shape."""

from quality.core.shapes.skills import ShapeSkills as BoxSkills

__all__ = ["BoxSkills"]
