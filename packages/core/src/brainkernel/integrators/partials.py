"""Partial derivatives of step functions, printed as functions of the same arguments.

Where a function is linear in the argument they are read off its text, elsewhere SymPy finds them.
"""

from __future__ import annotations

from collections.abc import Mapping

from brainkernel.integrators.slope_text import slope_text
from brainkernel.integrators.symbolic import derivative_text
from brainkernel.model.step_function import Text
from brainkernel.program.equations import Term
from brainkernel.program.integrator import printed_text


def partial_label(term: Term, printed: str) -> str:
    """Name the derivative of a function by one of its arguments, which is given as printed."""
    return f"{term.function}_by_{user_name(term, printed)}"


def partial_call(term: Term, printed: str, names: Mapping[str, str]) -> str:
    """Print a call of the derivative, with what stands for its arguments."""
    arguments = ", ".join(names.get(argument, argument) for argument in term.arguments)
    return f"{partial_label(term, printed)}({arguments})"


def partial_of_line(term: Term, printed: str) -> Text | None:
    """The derivative of a function that is linear in the argument, if its text can be read."""
    return slope_text(term.source, user_name(term, printed), partial_label(term, printed))


def partial_of_curve(term: Term, printed: str, method: str) -> Text:
    """The derivative that SymPy finds, for a method that is named where it finds none."""
    label = partial_label(term, printed)
    text = derivative_text(term, user_name(term, printed), label, method)
    return printed_text(label, term.source.arguments, text)


def user_name(term: Term, printed: str) -> str:
    """Give the user's name of an argument that is printed under another."""
    return term.source.arguments[term.arguments.index(printed)]
