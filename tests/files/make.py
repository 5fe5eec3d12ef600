"""Store small fitted models, and what they predict, for the tests of later versions.

    python tests/files/make.py

writes VERSION.joblib, VERSION.skops and VERSION.json beside this file: once for each released
version, by that version. Files of released versions are never made anew.
"""

import json
import warnings
from pathlib import Path
from zipfile import ZIP_DEFLATED

import joblib
import numpy as np
import skops.io
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import sklearn_dsr
from sklearn_dsr import (
    AlmostLinearRNNReconstructor,
    EnsembleReconstructor,
    HierarchicalReconstructor,
    PLRNNReconstructor,
    ShallowPLRNNReconstructor,
)
from sklearn_dsr.datasets import make_lorenz63
from sklearn_dsr.exceptions import ReconstructionWarning
from sklearn_dsr.forcing import GTF
from sklearn_dsr.pipeline import make_reconstruction_pipeline
from sklearn_dsr.preprocessing import DelayEmbedding, SVDDelayEmbedding

HERE = Path(__file__).parent
SKOPS = ("start", "affine", "dendritic", "almost linear", "delays")  # else larger than 50 kB
SMALL = {"max_iter": 2, "n_init": 1, "stages": "train", "random_state": 0}


def unfitted():
    """Models by name: each estimator, observation and transformer once."""

    def shallow(**params):
        return ShallowPLRNNReconstructor(4, start="random", **(SMALL | params))

    return {
        "start": ShallowPLRNNReconstructor(6, stages="start", random_state=0),
        "clipped": shallow(clipped=True, forcing=GTF(0.2)),
        "hidden units": shallow(latent_dim=4),
        "affine": shallow(observation="affine", latent_dim=2, missing="mask"),
        "inputs": shallow(n_inputs=1),
        "dendritic": PLRNNReconstructor(n_bases=3, clipped=True, mean_centered=True, **SMALL),
        "almost linear": AlmostLinearRNNReconstructor(n_nonlinear=2, **SMALL),
        "ensemble": EnsembleReconstructor(shallow(), n_members=2, random_state=0),
        "hierarchical": HierarchicalReconstructor(hidden_dim=4, stages="start", random_state=0),
        "delays": make_reconstruction_pipeline(
            StandardScaler(), DelayEmbedding(n_delays=2, lag=2), shallow()
        ),
        "singular vectors": make_pipeline(SVDDelayEmbedding(4, 3), shallow()),
    }


def numbers(model, rows):
    """What a model says of rows, as lists; NaN is None."""
    values = {"predict": model.predict(rows)}
    if hasattr(model, "forecast"):
        inputs = rows[:3, 2:] if getattr(model, "n_inputs", 0) else None
        values["forecast"] = model.forecast(rows, 4, inputs)
    return {k: np.where(np.isnan(v), None, v).tolist() for k, v in values.items()}


def main():
    rows = make_lorenz63(200, dt=0.02, random_state=0)
    models, asked = unfitted(), rows[-20:]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ReconstructionWarning)
        said = {name: numbers(model.fit(rows), asked) for name, model in models.items()}
    stem = HERE / sklearn_dsr.__version__
    joblib.dump(models, f"{stem}.joblib", compress=9)
    few = {name: models[name] for name in SKOPS}
    skops.io.dump(few, f"{stem}.skops", compression=ZIP_DEFLATED, compresslevel=9)
    Path(f"{stem}.json").write_text(json.dumps({"rows": asked.tolist(), "said": said}))


if __name__ == "__main__":
    main()
