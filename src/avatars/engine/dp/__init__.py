"""Avatars with differential privacy: counts with noise, a model of them, and draws from it."""

from avatars.engine.dp.ledger import PrivacyLedger
from avatars.engine.dp.model import DELTA, DpModel, Guarantee

__all__ = ["DELTA", "DpModel", "Guarantee", "PrivacyLedger"]
