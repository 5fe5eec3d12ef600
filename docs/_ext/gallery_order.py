"""Order of the gallery: what most readers look for comes first."""

from pathlib import Path

FIRST = [
    "plot_lorenz63",
    "plot_dates_and_gaps",
    "plot_one_column",
    "plot_forecast_bands",
    "plot_embedding_search",
    "plot_subjects",
    "plot_cohort",
    "plot_duffing",
    "plot_only_noise",
    "plot_save_and_export",
    "plot_ecg",
    "plot_eeg",
]


class ForReaders:
    """Sort key of a file's name: the place in `FIRST`, and by name behind it."""

    def __init__(self, folder):
        self.folder = folder

    def __call__(self, name):
        """Key of a file's name."""
        stem = Path(name).stem
        return (FIRST.index(stem) if stem in FIRST else len(FIRST), stem)
