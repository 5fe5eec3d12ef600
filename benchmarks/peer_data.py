"""Series that the peers are compared on, in the coordinates in which all methods fit."""

from dataclasses import dataclass

import numpy as np
from sklearn.decomposition import PCA
from sklearn.preprocessing import StandardScaler
from systems import make_system

from sklearn_dsr.datasets import fetch_ecg, fetch_eeg

FILES = ("lorenz63", "lorenz96", "ecg", "eeg")
N_TEST = 100_000  # rows of a system's test series: D_stsp of 20,000 is mostly noise


@dataclass
class Series:
    """Training and test rows, another true series for the floor, and the way to coordinates."""

    train: np.ndarray
    test: np.ndarray
    other: np.ndarray
    coordinates: object  # fitted transformer with an inverse_transform


class Components:
    """The first principal components of many channels, on one common scale."""

    def __init__(self, n_components):
        self.pca = PCA(n_components)

    def fit(self, X):
        """Learn the directions and the scale from the series X."""
        self.scale = self.pca.fit_transform(X).std()
        return self

    def transform(self, X):
        """Coordinates of rows."""
        return self.pca.transform(X) / self.scale

    def inverse_transform(self, Z):
        """Rows of coordinates."""
        return self.pca.inverse_transform(Z * self.scale)


def load(name, folder):
    """One of FILES or of the systems."""
    if name in ("lorenz63", "lorenz96"):
        train = np.load(folder / f"{name}_train_noise0.05.npy").astype(float)
        test = np.load(folder / f"{name}_test.npy").astype(float)
        other = train
    elif name == "ecg":
        train, test = (fetch_ecg(data_home=folder, subset=s) for s in ("train", "test"))
        other = train
    elif name == "eeg":
        X = fetch_eeg(data_home=folder)
        train, test = np.split(X, [len(X) * 4 // 5])  # held out, unlike the published table
        return Series(train, test, train, Components(16).fit(train))
    else:
        train = make_system(name, 20_000, noise=0.05, seed=1)
        test, other = (make_system(name, N_TEST, noise=0.0, seed=seed) for seed in (2, 3))
    return Series(train, test, other, StandardScaler().fit(train))
