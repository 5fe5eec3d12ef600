"""The core gives the same bits under every instruction set, and from every compiler."""

import json
import shutil

import pytest
from builds import build, run
from checksums import CALLS, checksum, checksums, supported

from sklearn_dsr._core import _isa


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
    found = json.loads(run([python, __file__.replace("test_checksums", "checksums")]))
    assert set(found) == set(supported())
    here = checksums(_isa.core)
    for isa in found:
        assert found[isa] == here, f"clang's {isa}"
