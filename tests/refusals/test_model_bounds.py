"""What cannot be negative or zero has a bound in every model."""

from __future__ import annotations

import pytest

from brainkernel.plugins.host import default_host
from brainkernel.plugins.specs import ModelSpec

MODELS = sorted({offer.spec.name for offer in default_host().offers(ModelSpec)})
FROM_ZERO = {"ms", "pF", "nF", "uF/cm**2"}  # times and capacitances


@pytest.mark.parametrize("name", MODELS)
def test_times_and_capacitances_have_a_lower_bound(name):
    declarations = default_host().load("model", name).definition.declarations.values()
    found = [data for data in declarations if data.kind == "parameter" and data.unit in FROM_ZERO]
    assert not [
        data.name for data in found if not {word for word, _ in data.bounds} & {"above", "at_least"}
    ]
