"""Tables of models of many related systems."""

import numpy as np
from table_cells import groups, markdown, median, read, source, span

CLASSIFIERS = {"logistic": "logistic regression", "forest": "random forest"}


def cohort():
    """One model of 64 subjects, beside a fit of each."""
    rows = read("cohort")["rows"]
    for r in rows:
        r["nearer"] = sum(a < b for a, b in zip(r["together"], r["separate"], strict=True))
        r["farther"] = len(r["together"]) - r["nearer"]
        r["cpu_64"] = 64 * r["cpu_separate"]
        for name in ("together", "separate"):
            r[f"median_{name}"], r[f"worst_{name}"] = np.median(r[name]), max(r[name])

    def line(title, together, separate, form="{:.2f}"):
        cells = [span(rows, key, form) if key else "" for key in (together, separate)]
        return [title, *cells]

    table = [
        line("rank correlation of the feature with rho", "rank_correlation", "", "{:.3f}"),
        line("the same, held-out subjects", "held_correlation", "", "{:.3f}"),
        line("median D_stsp of held-out subjects", "median_together", "median_separate"),
        line("worst D_stsp of held-out subjects", "worst_together", "worst_separate", "{:.1f}"),
        line("held-out subjects with the smaller D_stsp, of 16", "nearer", "farther", "{:.0f}"),
        line("CPU s, fit of 64 subjects", "cpu", "cpu_64", "{:.0f}"),
        line("CPU s, a new subject", "cpu_features", "cpu_separate"),
    ]
    return markdown(["", "one model", "a fit of each"], table) + "\n\n" + source("cohort")


def extrapolation():
    """D_stsp beyond the range of the training subjects."""
    rows, table = read("cohort")["rows"], []
    for rho in rows[0]["extrapolated"]:
        part = [r["extrapolated"][rho] for r in rows]
        table.append([f"{float(rho):.0f}", *(span(part, key) for key in ("learned", "known"))])
    return (
        markdown(["rho", "learned feature", "known parameter"], table) + "\n\n" + source("cohort")
    )


def classes():
    """Accuracies of classifiers by features."""
    table = []
    for name, of_name in groups(read("cohort_classes")["rows"], "series").items():
        first = of_name[0]
        about = [name, "{} / {}".format(*first["n"]), first["length"], first["classes"]]
        for kind, part in groups(of_name, "classifier").items():
            found = groups(part, "features")
            test = {key: median(own, "test", "{:.3f}") for key, own in found.items()}
            best = max(test, key=test.get)
            cells = [f"**{v}**" if v == test[best] else v for v in test.values()]
            own = found["features"]
            cells += [median(own, "cpu_fit", "{:.1f}"), median(own, "cpu_catch22", "{:.2f}")]
            table.append([*about, CLASSIFIERS[kind], *cells])
            about = ["", "", "", ""]
    head = ["data set", "series: training / test", "rows", "classes", "classifier", "catch22"]
    head += ["features", "both", "CPU s: features", "catch22"]
    return markdown(head, table) + "\n\n" + source("cohort_classes")
