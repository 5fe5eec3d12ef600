"""Tables of the yardsticks that others have set, beside what they have published."""

import numpy as np
from table_cells import converged, groups, markdown, median, read, scientific, source, span

TASKS = {  # score -> rows to learn from, and what is judged
    "E1": ("10,000, clean", "next 20 rows"),
    "E2": ("", "rows 501 to 1000, as a histogram"),
    "E3": ("10,000, medium noise", "the rows without noise"),
    "E4": ("", "rows 501 to 1000, as a histogram"),
    "E5": ("10,000, high noise", "the rows without noise"),
    "E6": ("", "rows 501 to 1000, as a histogram"),
    "E7": ("100, clean", "next 20 rows"),
    "E8": ("", "rows 501 to 1000, as a histogram"),
    "E9": ("100, medium noise", "next 20 rows"),
    "E10": ("", "rows 501 to 1000, as a histogram"),
    "E11": ("3 x 10,000 of rho 25, 28, 35, and 100 of rho 30", "next 20 rows"),
    "E12": ("the same, and 100 of rho 40", "next 20 rows"),
}
RANDOM_FEATURES = ["smooth random features, published", "", "12.0", "0.46"]


def common_task():
    """Twelve scores, and what the truth or doing nothing scores."""
    measured, rows = read("common_task")["rows"], []
    best = {name: 100.0 for name in TASKS}
    for name, task in TASKS.items():
        scores = [r["scores"][name] for r in measured]
        ours = f"{np.mean(scores):.0f} ({min(scores):.0f} to {max(scores):.0f})"
        other, beside = np.mean([r["others"].get(name, 100.0) for r in measured]), ""
        if "histogram" in task[1]:
            best[name], beside = other, f"{other:.0f}, another true piece"
        elif "without" in task[1]:
            beside = f"{other:.0f}, the noisy rows"
        rows.append([name, *task, ours, beside])
    means = [r["mean"] for r in measured]
    ours = f"**{np.mean(means):.1f}** ({min(means):.1f} to {max(means):.1f})"
    rows.append(["mean", "", "", ours, f"{np.mean(list(best.values())):.1f}, the truth"])
    head = ["score", "rows to learn from", "what is judged", "sklearn_dsr", "for comparison"]
    return markdown(head, rows) + "\n\n" + source("common_task")


def contexts():
    """Divergences of fits of short series."""
    rows = []
    for name, part in groups(read("contexts")["rows"], "series").items():
        cells = [span(part, "theirs"), f"{part[0]['published']:.2f}", span(part, "true")]
        cells += [median(part, "D_stsp"), converged(part), median(part, "cpu", "{:.1f}")]
        rows.append([name, part[0]["rows"], *cells])
    head = ["system", "rows", "D_stsp as there", "DynaMix, published", "true data"]
    head += ["D_stsp as here", "converged", "CPU s"]
    return markdown(head, rows) + "\n\n" + source("contexts")


def clean_forecasts():
    """Valid times by number of hidden units."""
    rows = []
    for name, part in groups(read("clean_forecasts")["rows"], "setting").items():
        title = "default" if name == "default" else "regression alone"
        cells = [median(part, "units", "{:.0f}"), span(part, "valid_time", "{:.1f}")]
        rows.append([title, *cells, median(part, "cpu", "{:.1f}")])
    head = ["fit", "hidden units", "valid time", "CPU s"]
    return markdown(head, [*rows, RANDOM_FEATURES]) + "\n\n" + source("clean_forecasts")


def neuralrnn_peer():
    """Figures of default fits and of neuralrnn, by how it was trained."""
    rows = []
    for name, part in groups(read("neuralrnn_peer")["rows"], "series").items():
        D, H = part[0]["floor"]
        rows.append([name, "", "true data", "", "", f"{D:.2f}", f"{H:.3f}", "", "", ""])
        for row in part:
            how = f"neuralrnn, {row.get('setting')}, {row.get('end')}"
            row["model"] = how if "setting" in row else "**sklearn_dsr**"
        for model, found in groups(part, "model").items():
            cells = [median(found, "updates", "{:,.0f}"), median(found, "parameters", "{:,.0f}")]
            cells += [span(found, "D_stsp"), median(found, "D_H", "{:.3f}")]
            cells += [scientific(median(found, "PE20", "{:.1e}"))]
            cells += [median(found, "valid_time", "{:.1f}"), median(found, "cpu", "{:.0f}")]
            rows.append([name, len(found), model, *cells])
    head = ["series", "seeds", "model", "updates", "numbers", "D_stsp", "D_H", "PE(20)"]
    table = markdown([*head, "valid time", "CPU s"], rows)
    return table + "\n\n" + source("neuralrnn_peer")
