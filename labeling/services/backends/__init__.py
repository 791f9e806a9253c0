"""Models of requesters: making them known, and having them speak of assets."""

from labeling.services.backends.pictures import asset_behind
from labeling.services.backends.register import BackendSpec, disable_backend, enable_backend, register_backend
from labeling.services.backends.request import PredictionOrder, request_prediction
from labeling.services.backends.run import run_prediction

__all__ = [
    "BackendSpec",
    "PredictionOrder",
    "asset_behind",
    "disable_backend",
    "enable_backend",
    "register_backend",
    "request_prediction",
    "run_prediction",
]
