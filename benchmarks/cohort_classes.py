"""Claim: features of a hierarchical model classify series as well as catch22 does, or better.

    python benchmarks/cohort_classes.py              # minutes; needs constraints_aeon.txt
    python benchmarks/cohort_classes.py --sets GunPoint

The data are all univariate series of more than 100 rows that aeon ships, in its training and test
parts. A pipeline embeds the series, learns features of each and classifies them by logistic
regression or by a forest of 200 trees. It is compared with catch22, a set of 22 statistics of a
series, before the same scaler and classifiers. Three-fold cross-validation on the training part
chooses delays, lag, number of features and C; the test part is used once. "both" has the chosen
features and catch22 side by side, and chooses C anew.
"""

import time
import warnings
from tempfile import TemporaryDirectory

import numpy as np
from aeon.datasets import load_classification
from provenance import arguments, keep_each
from pycatch22 import catch22_all
from sklearn.base import clone
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, StratifiedKFold
from sklearn.pipeline import FeatureUnion, Pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from sklearn_dsr import HierarchicalReconstructor
from sklearn_dsr.exceptions import ReconstructionWarning
from sklearn_dsr.preprocessing import DelayEmbedding

SETS = ("ACSF1", "ArrowHead", "GunPoint", "OSULeaf", "PickupGestureWiimoteZ")
EMBEDDINGS = {
    "features__embed__n_delays": [3, 6],
    "features__embed__lag": [1, 5],
    "features__model__n_subject_features": [5, 10],
}


def data(name, part):
    """Series as (n, 1) arrays, and their classes."""
    X, y = load_classification(name, split=part)
    return [np.asarray(x, dtype=np.float64).T for x in X], y


def catch22(X):
    """The 22 statistics of each series; one that is not defined is 0."""
    return np.nan_to_num([catch22_all(x[:, 0].tolist())["values"] for x in X])


def searches(kind, seed, folder):
    """Grid searches by name: of catch22, and of learned features."""
    model = HierarchicalReconstructor(hidden_dim=30, stages="start", random_state=seed)
    steps = [("embed", DelayEmbedding(3, 1)), ("model", model)]
    parts = {
        "catch22": (FunctionTransformer(catch22), {}),
        "features": (Pipeline(steps, memory=folder), EMBEDDINGS),
    }
    return {name: search(*part, kind, seed, folder) for name, part in parts.items()}


def search(features, grid, kind, seed, folder):
    """Search over the settings of features and classifier."""
    if kind == "logistic":
        classifier = LogisticRegression(max_iter=10_000)
        grid = grid | {"classify__C": [0.01, 0.1, 1.0, 10.0, 100.0]}
    else:
        classifier = RandomForestClassifier(200, random_state=seed)
    steps = [("features", features), ("scale", StandardScaler()), ("classify", classifier)]
    folds = StratifiedKFold(3, shuffle=True, random_state=seed)
    return GridSearchCV(Pipeline(steps, memory=folder), grid, cv=folds)


def judged(found, train, test):
    """Figures of a search that has been fitted."""
    start = time.process_time()
    found.fit(*train)
    cpu = time.process_time() - start
    chosen = {k.rpartition("__")[2]: v for k, v in found.best_params_.items()}
    return {
        "validation": float(found.best_score_),
        "test": float(found.score(*test)),
        "cpu": cpu,
        "chosen": chosen,
    }


def measure(name, seed):
    """Figures of one data set: rows for each classifier and set of features."""
    train, test = data(name, "train"), data(name, "test")
    shared = {"series": name, "seed": seed, "n": [len(train[1]), len(test[1])]}
    shared |= {"classes": len(set(train[1])), "length": int(np.median([len(x) for x in train[0]]))}
    start = time.process_time()
    catch22(train[0])
    shared["cpu_catch22"] = time.process_time() - start
    with TemporaryDirectory() as folder:
        for kind in ("logistic", "forest"):
            about = shared | {"classifier": kind}
            found = searches(kind, seed, folder)
            yield about | {"features": "catch22"} | judged(found["catch22"], train, test)
            row = about | {"features": "features"} | judged(found["features"], train, test)
            learned = found["features"].best_estimator_["features"]
            alone = Pipeline(clone(learned).steps)  # without memory
            start = time.process_time()
            alone.fit(train[0])
            yield row | {"cpu_fit": time.process_time() - start}
            union = [("learned", clone(learned)), ("catch22", FunctionTransformer(catch22))]
            both = search(FeatureUnion(union), {}, kind, seed, folder)
            yield about | {"features": "both"} | judged(both, train, test)


def main():
    parser = arguments(__doc__, "cohort_classes", seeds=range(1, 4))
    parser.add_argument("--sets", nargs="+", default=SETS)
    args = parser.parse_args()
    warnings.simplefilter("ignore", ReconstructionWarning)  # the classifier judges features
    pairs = ((name, seed) for seed in args.seeds for name in args.sets)
    keep_each(args.json, (row for pair in pairs for row in measure(*pair)))


if __name__ == "__main__":
    main()
