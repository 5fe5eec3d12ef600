"""Example series: simulated chaotic systems, one with an external input, and recordings."""

from ._driven import make_duffing
from ._fetch import fetch_ecg, fetch_eeg, get_data_home
from ._simulated import make_lorenz63, make_lorenz96, make_rossler

__all__ = [
    "fetch_ecg",
    "fetch_eeg",
    "get_data_home",
    "make_duffing",
    "make_lorenz63",
    "make_lorenz96",
    "make_rossler",
]
