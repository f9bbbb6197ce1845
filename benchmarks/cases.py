"""What is measured: each case by its label, its size, and how much biological time."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Case:
    """One network at one size.

    Attributes
    ----------
    label : str
        As `--cases` names it.
    network : str
        As the simulators' files name it.
    size : tuple of str
        Its arguments.
    milliseconds, warmup : float
        Biological time that is measured, and that goes before it.
    large : bool
        Whether it takes long, or much memory; `--large` includes it.
    title : str
        In the table.
    """

    label: str
    network: str
    size: tuple[str, ...]
    title: str
    milliseconds: float = 1000.0
    warmup: float = 200.0
    large: bool = False


CASES = (
    Case("cuba", "cuba", ("--n", "4000"), "CUBA, 4,000 neurons"),
    Case("coba", "coba", ("--n", "4000"), "COBA, 4,000 neurons"),
    Case("cuba-40k", "cuba", ("--n", "40000"), "CUBA, 40,000 neurons"),
    Case("coba-40k", "coba", ("--n", "40000"), "COBA, 40,000 neurons"),
    Case("cobahh", "cobahh", ("--n", "4000"), "COBAHH, 4,000 neurons"),
    Case("brunel", "brunel", ("--n", "12500"), "Brunel, 12,500 neurons, 15.6 M synapses"),
    Case("stdp-1", "stdp", ("--n", "1"), "STDP, 1000 inputs onto 1 neuron", milliseconds=5000.0),
    Case(
        "stdp-100",
        "stdp",
        ("--n", "100"),
        "STDP, 1000 inputs onto 100 neurons",
        milliseconds=5000.0,
    ),
    Case("microcircuit", "microcircuit", ("--scale", "0.1"), "Microcircuit, a tenth, 3 M synapses"),
    Case(
        "microcircuit-full",
        "microcircuit",
        ("--scale", "1"),
        "Microcircuit, whole, 299 M synapses",
        large=True,
    ),
)


def chosen(labels: str, large: bool) -> list[Case]:
    """Find cases by their labels, separated by commas; `all` is all of them that do not take long.

    Raises
    ------
    SystemExit
        For a label that there is not.
    """
    if labels == "all":
        return [case for case in CASES if large or not case.large]
    known = {case.label: case for case in CASES}
    unknown = [label for label in labels.split(",") if label not in known]
    if unknown:
        raise SystemExit(f"no case {', '.join(unknown)}; there are {', '.join(known)}")
    return [known[label] for label in labels.split(",")]
