"""Draw the pictures of docs/get_started.md with the code of that page."""

import os
import re
import tempfile
from pathlib import Path

import matplotlib

matplotlib.use("agg")
import matplotlib.pyplot as plt

DOCS = Path(__file__).parents[1] / "docs"
PAGE = (DOCS / "get_started.md").read_text()
pictures = iter(re.findall(r"!\[.*?\]\((images/.*?)\)", PAGE))


def save():
    """Take the place of ``plt.show``: one picture of the page each."""
    plt.savefig(DOCS / next(pictures), dpi=100, bbox_inches="tight")
    plt.close("all")


plt.show = save
os.chdir(tempfile.mkdtemp())  # the page writes a CSV file
names = {}
for block in re.findall(r"^```python\n(.*?)^```", PAGE, flags=re.S | re.M):
    exec(compile(block, "get_started.md", "exec"), names)
