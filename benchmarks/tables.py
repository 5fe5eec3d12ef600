"""Write the tables of docs/measured.md and README.md from the figures in results/.

    python benchmarks/tables.py         # after a measurement; a test compares

A table stands between `<!-- table: NAME -->` and `<!-- end of table -->`, NAME being a function
here, in outside_tables.py or in cohort_tables.py; all else on the pages is written by hand. Figures
are medians over the seeds, with ranges where they matter.
"""

import re
from pathlib import Path

import numpy as np
from cohort_tables import classes, cohort, extrapolation
from outside_tables import clean_forecasts, common_task, contexts, neuralrnn_peer
from table_cells import (
    RESULTS,
    called,
    converged,
    groups,
    markdown,
    median,
    read,
    scientific,
    source,
    span,
)

ROOT = Path(__file__).parents[1]
PAGES = (ROOT / "docs" / "measured.md", ROOT / "README.md")
BETWEEN = re.compile(r"(<!-- table: (\w+) -->\n).*?(<!-- end of table -->)", flags=re.S)
README_ROWS = {  # name in accuracy_conditions.json -> name in the README
    "100,000 rows": "Lorenz-63, 5 % noise, 100,000 rows",
    "20,000 rows, 5 % noise": "20,000 rows of it",
    "2,000 rows": "2,000 rows of it",
    "20 % noise": "20,000 rows with 20 % noise",
    "one column": "one column of 20,000 rows",
}
PUBLISHED = {"ECG": "4.3 / 0.34 / 2.4e-3", "EEG": "2.1 / 0.11 / 0.55", "Lorenz-96": "1.68"}


def floor(rows):
    """Data against data."""
    D, H = rows[0]["floor"]
    return f"{D:.2f} / {H:.3f}"


def accuracy_cells(rows):
    """Cells that all tables of accuracy share."""
    return [
        span(rows, "D_stsp"),
        median(rows, "D_H", "{:.3f}"),
        scientific(median(rows, "PE20", "{:.1e}")),
        floor(rows),
        converged(rows),
        median(rows, "cpu", "{:.0f}"),
    ]


def readme():
    """Five rows of one commit, of data that a reader can make."""
    found = groups(read("accuracy_conditions")["rows"], "series")
    rows = []
    for name, title in README_ROWS.items():
        part = found[name]
        cells = [median(part, "D_stsp"), median(part, "D_H", "{:.3f}")]
        cells += [median(part, "valid_time", "{:.1f}"), floor(part), median(part, "cpu", "{:.0f}")]
        rows.append([title, *cells])
    head = ["data", "D_stsp", "D_H", "valid time", "true data: D_stsp / D_H", "CPU s"]
    return markdown(head, rows) + "\n\n" + source("accuracy_conditions")


def conditions():
    """Lorenz-63 with one thing changed at a time."""
    rows = []
    for name, part in groups(read("accuracy_conditions")["rows"], "series").items():
        noisy = [r["valid_time_noisy"] for r in part if "valid_time_noisy" in r]
        starts = "{:.1f} / {:.1f}".format(*np.median(noisy, axis=0)) if noisy else ""
        cells = accuracy_cells(part)
        valid = median(part, "valid_time", "{:.1f}")
        rows.append([name, *cells[:3], valid, starts, *cells[3:]])
    head = ["series", "D_stsp", "D_H", "PE(20)", "valid time", "from noisy rows: 1 / 1000"]
    head += ["true data: D_stsp / D_H", "converged", "CPU s"]
    return markdown(head, rows) + "\n\n" + source("accuracy_conditions")


def systems():
    """Other chaotic systems."""
    found = groups(read("accuracy_systems")["rows"], "series")
    rows = [[called(name), *accuracy_cells(part)] for name, part in found.items()]
    head = ["system", "D_stsp", "D_H", "PE(20)", "true data: D_stsp / D_H", "converged", "CPU s"]
    return markdown(head, rows) + "\n\n" + source("accuracy_systems")


def recordings():
    """Recordings and Lorenz-96, beside published figures."""
    names = [n for n in ("ecg", "eeg", "lorenz96") if (RESULTS / f"accuracy_{n}.json").exists()]
    names, rows = [f"accuracy_{n}" for n in names], []
    for name in names:
        [(series, part)] = groups(read(name)["rows"], "series").items()
        rows.append([series, len(part), *accuracy_cells(part), PUBLISHED[series]])
    head = ["data", "seeds", "D_stsp", "D_H", "PE(20)", "true data: D_stsp / D_H", "converged"]
    head += ["CPU s", "published: D_stsp / D_H / PE(20)"]
    return markdown(head, rows) + "\n\n" + source(*names)


def peers():
    """D_stsp and PE(20) of this package and of other methods, an asterisk where a seed failed."""
    measured = read("peers")["rows"]
    methods, rows = list(groups(measured, "method")), []
    for name, part in groups(measured, "series").items():
        own = {method: [r for r in part if r["method"] == method] for method in methods}
        best = min(methods, key=lambda method: np.median([r["D_stsp"] for r in own[method]]))
        cells = []
        for method, found in own.items():
            D = median(found, "D_stsp", "{:.2g}") + "\\*" * any(r["failed"] for r in found)
            D = f"**{D}**" if method == best else D
            cells.append(f"{D} / " + scientific(median(found, "PE20", "{:.1e}")))
        rows.append([called(name), *cells, f"{part[0]['floor'][0]:.2f}"])
    for key, title in (("tuning", "CPU s of fit or search"), ("per_100000", "s per 100,000 steps")):
        cells = [median([r for r in measured if r["method"] == m], key, "{:.2g}") for m in methods]
        rows.append([title, *cells, ""])
    return markdown(["system", *methods, "true data"], rows) + "\n\n" + source("peers")


def series():
    """Errors of forecasts of short series."""
    rows = []
    for name, part in groups(read("series")["rows"], "series").items():
        for method, errors in part[0]["others"].items():
            rows.append([called(name), method, *(f"{e:.3f}" for e in errors), "", ""])
        ours = np.median([r["nrmse"] for r in part], axis=0)
        ratios = " / ".join(f"{r:.2f}" for r in np.median([r["ratios"] for r in part], axis=0))
        cells = [f"{e:.3f}" for e in ours]
        rows.append(
            [called(name), "**sklearn_dsr**", *cells, ratios, median(part, "cpu", "{:.1f}")]
        )
    head = ["series", "method", "1 row ahead", "5", "20", "ratio to the best other", "CPU s"]
    return markdown(head, rows) + "\n\n" + source("series")


def calibration():
    """Shares of values in the 90 % band."""
    measured, rows = read("calibration")["rows"], []
    for name, part in groups(measured, "series").items():
        shares = np.mean([r["covered"] for r in part], axis=0)
        rows.append([called(name), part[0]["origins"], *(f"{share:.2f}" for share in shares)])
    weights = [r["origins"] for r in measured]
    pooled = np.average([r["covered"] for r in measured], axis=0, weights=weights)
    rows.append(["pooled", "", *(f"{share:.2f}" for share in pooled)])
    head = ["series", "forecasts", "1 row ahead", "5", "20"]
    return markdown(head, rows) + "\n\n" + source("calibration")


def digits(values):
    """Three exponents and a dimension."""
    return [f"{v + 0.0:.{n}f}" for v, n in zip(values, (3, 3, 1, 3), strict=True)]


def exponents():
    """Exponents and dimension of models and of the true systems."""
    rows = []
    for name, part in groups(read("exponents")["rows"], "system").items():
        rows.append([name, "true", *digits(part[0]["true"]), ""])
        off = f"{np.max([r['off_percent'] for r in part]):.1f} %"
        for key in ("map", "flow"):
            cells = digits(np.median([r[key] for r in part], axis=0))
            rows.append([name, f"model, {key}", *cells, off])
    head = ["system", "of", "largest", "second", "third", "dimension", "fixed points off by"]
    return markdown(head, rows) + "\n\n" + source("exponents")


def basins():
    """Starts of a double well that a model sends to the true well."""
    rows = []
    for name, part in groups(read("basins")["rows"], "case").items():
        outcomes = ", ".join(dict.fromkeys(r["outcome"] for r in part))
        cells = [span(part, "agreement", "{:.3f}"), outcomes]
        cells += [median(part, "cpu", "{:.0f}"), median(part, "cpu_basins", "{:.0f}")]
        rows.append([name, *cells])
    head = ["data", "share that agrees", "outcomes", "CPU s: fit", "basins"]
    return markdown(head, rows) + "\n\n" + source("basins")


def speed():
    """An update beside torch and beside its arithmetic."""
    rows = []
    for name in ("speed_v4", "speed_v3"):
        for r in read(name)["rows"]:
            if "times_floor" in r:
                cells = [r["name"], r["M"], r["L"], r["T"], f"{r['us']:.0f}"]
                cells += [f"{r['eager_over_native']:.0f}", f"{r['times_floor']:.1f}"]
                rows.append([read(name)["isa"], *cells])
    head = ["core", "size", "M", "L", "T", "microseconds", "x faster than eager torch"]
    table = markdown([*head, "times the arithmetic at peak"], rows)
    return table + "\n\n" + source("speed_v4", "speed_v3")


def scaling():
    """Time and memory of a fit."""
    rows = []
    for r in read("scaling")["rows"]:
        what = "whole fit" if r["sweep"] == "rows" else "regression alone"
        cells = [what, f"{r['rows']:,}", r["columns"], f"{r['cpu']:.1f}", f"{r['X_GiB']:.3f}"]
        rows.append([*cells, f"{r['peak_GiB']:.2f}"])
    head = ["fit", "rows", "columns", "CPU s", "X, GiB", "peak memory, GiB"]
    return markdown(head, rows) + "\n\n" + source("scaling")


def robustness():
    """Killed fits, and many fresh processes."""
    killed, fresh = read("kill_checkpoints"), read("fresh_processes")
    rows = [
        [
            f"{killed['kills']} fits killed while they write checkpoints",
            f"{killed['unreadable']} unreadable files; {killed['while_writing']} of the kills "
            "came while a file was written",
        ],
        [
            f"{fresh['processes']} processes that import and fit at once, in a read-only folder",
            f"{fresh['good']} end well; the same bits: {'yes' if fresh['same'] else 'no'}; "
            f"files written: {'none' if fresh['untouched'] else 'some'}",
        ],
    ]
    table = markdown(["what", "result"], rows)
    return table + "\n\n" + source("kill_checkpoints", "fresh_processes")


TABLES = {
    f.__name__: f
    for f in (
        readme,
        conditions,
        systems,
        recordings,
        peers,
        common_task,
        contexts,
        clean_forecasts,
        neuralrnn_peer,
        series,
        calibration,
        exponents,
        basins,
        cohort,
        extrapolation,
        classes,
        speed,
        scaling,
        robustness,
    )
}


def filled(text):
    """A page with the tables of now."""
    return BETWEEN.sub(lambda found: f"{found[1]}{TABLES[found[2]]()}\n{found[3]}", text)


def main():
    for page in PAGES:
        page.write_text(filled(page.read_text()))


if __name__ == "__main__":
    main()
