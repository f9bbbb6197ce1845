"""Connection rules: which sources meet which targets.

A rule is a small frozen object that a projection asks for its pairs:
`connect=bk.connect.fixed_prob(0.2)`. Rules of plugins are found here by their names as well.
"""

from __future__ import annotations

from typing import Any

from brainkernel.connect.by_ends import prob, where
from brainkernel.connect.degree import fixed_in_degree, fixed_out_degree, fixed_total
from brainkernel.connect.drawn import drawn_normal, drawn_uniform
from brainkernel.connect.explicit import from_ij, from_matrix, from_sparse
from brainkernel.connect.probability import fixed_prob
from brainkernel.connect.simple import all_to_all, one_to_one
from brainkernel.errors import UnknownNameError
from brainkernel.model.connection_rule import Ends, Pairs, Rule, check_pairs
from brainkernel.random import index_type

__all__ = [
    "Ends",
    "Pairs",
    "Rule",
    "all_to_all",
    "check_pairs",
    "drawn_normal",
    "drawn_uniform",
    "fixed_in_degree",
    "fixed_out_degree",
    "fixed_prob",
    "fixed_total",
    "from_ij",
    "from_matrix",
    "from_sparse",
    "index_type",
    "one_to_one",
    "prob",
    "where",
]


def __dir__() -> list[str]:
    """What is public here, and the rules of plugins: by name, none of them is imported for it."""
    from brainkernel.plugins.host import default_host

    return sorted(
        {*__all__, *(name for name in default_host().connectors() if name.isidentifier())}
    )


def __getattr__(name: str) -> Any:
    if name.startswith("_"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from brainkernel.plugins.host import default_host

    try:
        return default_host().load("connector", name)
    except UnknownNameError as error:
        raise AttributeError(f"brainkernel.connect has no rule {name!r}: {error}") from error
