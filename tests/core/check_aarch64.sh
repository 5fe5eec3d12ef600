#!/usr/bin/env bash
# The core for aarch64 (NEON), under an emulator, gives the checksums of this machine's own build.
#
#     tests/core/check_aarch64.sh [python of an environment with the package]
#
# On Debian 12, with g++-aarch64-linux-gnu and qemu-user. It takes Debian's Python for arm64 and PyPI's
# wheels into build/aarch64, compiles there, and touches nothing else; again, it only compiles what changed.
set -euo pipefail
cd "$(dirname "$0")/../.."
python=${1:-.venv/bin/python}
work=$PWD/build/aarch64
mkdir -p "$work"

if [ ! -x "$work/root/usr/bin/python3.11" ]; then
    echo "+ Debian's Python for arm64"
    mkdir -p "$work"/apt/{lists,cache/archives}/partial "$work/debs" "$work/root"
    apt=(apt-get -qq -o APT::Architecture=arm64 -o APT::Architectures=arm64 -o Dir::State::status=/dev/null
        -o Dir::State::Lists="$work/apt/lists" -o Dir::Cache="$work/apt/cache" -o APT::Sandbox::User=root)
    "${apt[@]}" update
    (cd "$work/debs" && "${apt[@]}" download python3.11-minimal libpython3.11-{minimal,stdlib,dev} libc6 libstdc++6 \
        libgcc-s1 zlib1g libexpat1 libffi8 libssl3 liblzma5 libbz2-1.0 libgomp1)
    for package in "$work"/debs/*.deb; do dpkg-deb -x "$package" "$work/root"; done
fi

if [ ! -d "$work/tools" ]; then
    echo "+ packages from PyPI"
    "$python" -m pip install -q -c constraints.txt --only-binary=:all: --target "$work/packages" \
        --platform=manylinux_2_{17,26,27,28}_aarch64 --python-version 3.11 \
        numpy scipy scikit-learn joblib
    "$python" -m venv "$work/tools"
    "$work/tools/bin/pip" install -q -c constraints.txt cmake ninja nanobind
fi

echo "+ core"
export PATH="$work/tools/bin:$PATH"
cmake -S . -B "$work/core" -G Ninja -DPython_EXECUTABLE="$work/tools/bin/python" \
    -DCMAKE_SYSTEM_NAME=Linux -DCMAKE_SYSTEM_PROCESSOR=aarch64 -DCMAKE_CXX_COMPILER=aarch64-linux-gnu-g++ \
    -DPython_INCLUDE_DIR="$work/root/usr/include/python3.11" -DCMAKE_CXX_FLAGS="-isystem $work/root/usr/include" \
    -DSKBUILD_SOABI=cpython-311-aarch64-linux-gnu >"$work/log"
cmake --build "$work/core" >>"$work/log"
rm -rf "$work/packages/sklearn_dsr"
cmake --install "$work/core" --prefix "$work/packages" >>"$work/log"
for file in $(git ls-files 'sklearn_dsr/*.py'); do install -D -m 644 "$file" "$work/packages/$file"; done

here=$("$python" tests/core/checksums.py)
there=$(PYTHONPATH="$work/packages" OPENBLAS_CORETYPE= \
    qemu-aarch64 -L "$work/root" "$work/root/usr/bin/python3.11" tests/core/checksums.py)
"$python" - "$here" "$there" <<'END'
import json, sys
here, there = (json.loads(text) for text in sys.argv[1:])
here, there = here["base"], there["base"]
differ = [name for name in here if here[name] != there[name]]
print(f"aarch64: {len(here) - len(differ)} of {len(here)} calls of the core give the same bits")
sys.exit(f"other bits: {', '.join(differ)}" if differ else 0)
END
