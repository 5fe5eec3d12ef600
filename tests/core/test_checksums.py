"""The core gives the same bits under every instruction set, and from every compiler."""

import json
import shutil
import sys
from pathlib import Path

import pytest
from builds import build, run
from calls import CALLS
from checksums import checksum, checksums, supported

from sklearn_dsr._core import _isa

SCRIPT = Path(__file__).with_name("checksums.py")


@pytest.mark.parametrize("name", CALLS)
def test_every_instruction_set_gives_the_same_bits(name):
    found = {isa: checksum(CALLS[name](_isa.load(isa))) for isa in supported()}
    assert len(set(found.values())) == 1, found


@pytest.mark.slow
def test_clang_gives_the_bits_of_the_compiler_in_use(tmp_path):
    if not shutil.which("clang++"):
        pytest.skip("there is no clang++")
    python = build(tmp_path / "clang", CXX="clang++")
    command = [python, "-c", "from sklearn_dsr._core import _isa; print(_isa.core.compiler)"]
    assert "clang" in run(command, cwd=tmp_path)
    found = json.loads(run([python, SCRIPT]))
    assert set(found) == set(supported())
    here = checksums(_isa.core)
    for isa in found:
        assert found[isa] == here, f"clang's {isa}"


@pytest.mark.slow
@pytest.mark.parametrize(("processor", "best"), [("Nehalem", "base"), ("Haswell", "v3")])
def test_an_older_processor_gives_the_same_bits(processor, best):
    if not (shutil.which("qemu-x86_64") and "v3" in _isa.built()):
        pytest.skip("there is no emulator, or this is no x86")
    emulated = ["qemu-x86_64", "-cpu", processor, sys.executable, SCRIPT, "--best"]
    output = run(emulated, OPENBLAS_CORETYPE=processor)  # after warnings of the emulator
    found = json.loads(output.splitlines()[-1])
    assert list(found) == [best]
    assert found[best] == checksums(_isa.core)
