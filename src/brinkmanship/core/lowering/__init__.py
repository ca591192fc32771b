"""Lowering: each construct of the language to sites and updates, with every fault found on the way."""

from brinkmanship.core.lowering.lower import lower

__all__ = ["lower"]
