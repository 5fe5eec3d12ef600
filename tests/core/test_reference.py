"""Small fits have their stored checksums: a machine whose fits differ is found out."""

import json

import pytest
from reference import MODELS, STORED, found


@pytest.mark.parametrize("name", MODELS)
def test_a_fit_has_its_stored_checksum(name):
    assert found(name) == json.loads(STORED.read_text())[name]
