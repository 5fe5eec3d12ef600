"""Figures in results/ as cells and tables of Markdown, for the functions that make a table each."""

import json
import re
from pathlib import Path

import numpy as np

RESULTS = Path(__file__).parent / "results"
NAMES = {
    "rossler": "Rössler",
    "hyperrossler": "hyperchaotic Rössler",
    "lorenz84": "Lorenz-84",
    "elnino": "sea surface temperature",
    "lorenz5d": "Lorenz-96, 5 columns",
    "lorenz63": "Lorenz-63, 5 % noise",
    "lorenz63-driven": "the same, driven by noise",
}


def read(name):
    """Figures of a file in results/."""
    return json.loads((RESULTS / f"{name}.json").read_text())


def source(*names):
    """Line that says where figures come from."""
    lines = []
    for name in names:
        d = read(name)
        lines.append(f"`{d['command']}`, commit `{d['commit']}`, {d['processor']}, {d['isa']}")
        lines += [d["note"][:-1]] if "note" in d else []
    return f"*Measured by {'. '.join(lines)}.*"


def markdown(head, rows):
    """Markdown table of cells."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(map(str, cells)) + " |" for cells in lines)


def groups(rows, key):
    """Rows of each value of a key, in the order in which they come."""
    return {
        value: [r for r in rows if r[key] == value] for value in dict.fromkeys(r[key] for r in rows)
    }


def called(name):
    """Name of a series or a system on the page."""
    return NAMES.get(name, name[0].upper() + name[1:])


def median(rows, key, form="{:.2f}"):
    """Median over rows; nothing where they do not have it."""
    values = [r[key] for r in rows if key in r]
    return form.format(np.median(values)) if values else ""


def span(rows, key, form="{:.2f}"):
    """Median, and range of several."""
    if len(rows) == 1:
        return median(rows, key, form)
    low, high = (form.format(f([r[key] for r in rows])) for f in (min, max))
    return f"{median(rows, key, form)} ({low}-{high})"


def scientific(text):
    """Shorter exponents: 5.3e-04 as 5.3e-4."""
    return re.sub(r"e([+-])0", r"e\1", text)


def converged(rows):
    """How many fits converged."""
    return f"{sum(r['outcome'] == 'converged' for r in rows)} of {len(rows)}"
