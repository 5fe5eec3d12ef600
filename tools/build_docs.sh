#!/usr/bin/env bash
# Builds the site in docs/_build/html, and stops at any warning: `tools/build_docs.sh [fast]`.
#
# With "fast", only the examples run that docs/conf.py names in FAST_EXAMPLES. PYTHON names another
# interpreter than that of .venv; it needs the extra "docs".
set -euo pipefail
cd "$(dirname "$0")/.."
PYTHON=${PYTHON:-$([ -x .venv/bin/python ] && echo .venv/bin/python || echo python3)}

# Pages of names that are gone, and of examples that did not run, must not stay.
rm -rf docs/_build docs/auto_examples docs/reference/generated docs/sg_execution_times.rst
SKLEARN_DSR_DOCS=${1:-full} "$PYTHON" -m sphinx -W --keep-going -q docs docs/_build/html
echo "docs/_build/html/index.html"
