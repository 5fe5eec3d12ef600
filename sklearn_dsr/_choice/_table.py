"""One table of all models that a fit has verified by long runs."""


def table(candidates, chosen):
    """Columns of the table: name -> list with one entry for each verified model.

    Parameters
    ----------
    candidates : list of dict
        See `Selection.candidates`, with the notes of their rounds.
    chosen : (int, int)
        Position of the candidate, and of its checkpoint.

    Returns
    -------
    dict
        Like ``cv_results_``, ready for ``pandas.DataFrame``.
    """
    rows = [
        {
            "candidate": k,
            "checkpoint": i,
            "family": candidate["family"],
            **{f"param_{name}": value for name, value in candidate["architecture"].items()},
            "n_smoothings": candidate["n_smoothings"],
            "epoch": candidate["epochs_before"] + entry["epoch"],
            "state_space_divergence": entry["D"],
            "power_spectrum_hellinger": entry["H"],
            "forecast_error": entry["F"],
            "passed": entry["passed"],
            "long": entry["long"],
            "error": entry["error"],
            "captured": entry.get("captured"),
            "baseline": entry["baseline"],
            "total": entry["total"],
            "driven": entry["driven"],
            "outcome": entry["outcome"],
            "chosen": (k, i) == tuple(chosen),
        }
        for k, candidate in enumerate(candidates)
        for i, entry in enumerate(candidate["checkpoints"])
        if "total" in entry
    ]
    return {name: [row[name] for row in rows] for name in rows[0]}
