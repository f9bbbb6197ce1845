"""What `help` and editors show of a model.

Its parameters and states as keywords, with units and first values.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from inspect import Parameter, Signature, cleandoc, signature
from typing import Any

from brainkernel.model.declarations import Declaration

LAST = ("method", "name", "positions", "spikes")  # what every model has stands behind its own


class Written(str):
    """A text that is shown as it is, without quotes: a unit in the place of a type."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


def signature_of(cls: type, declarations: Mapping[str, Declaration]) -> Signature:
    """Make the signature of a model class.

    ``LIF(size, *, tau: ms = 10.0, ..., method=None, name=None)``.

    Parameters
    ----------
    cls : type
        Its ``__init__`` says what there is besides; ``**values`` there stand for what is declared.
    declarations : mapping
        The declarations of the model.
    """
    initializer: Callable[..., Any] = cls.__init__  # type: ignore[misc]
    _, *parameters = signature(initializer).parameters.values()
    written = [_as_written(parameter, declarations) for parameter in parameters]
    if not any(parameter.kind is Parameter.VAR_KEYWORD for parameter in written):
        return Signature(written)
    names = {parameter.name for parameter in written}
    declared = []
    for name, declaration in declarations.items():
        if declaration.kind in ("parameter", "state", "end") and name not in names:
            declared.append(_keyword(name, declaration))
    positional = []
    before = []
    after = []
    further = []
    for parameter in written:
        if parameter.kind is Parameter.VAR_KEYWORD:
            further.append(parameter)
        elif parameter.kind is not Parameter.KEYWORD_ONLY:
            positional.append(parameter)
        elif parameter.name in LAST:
            after.append(parameter)
        else:
            before.append(parameter)
    maker: Any = cls.__new__
    if maker is object.__new__:  # else it may take further names, for another class
        further = []
    return Signature([*positional, *before, *declared, *after, *further])


def described(doc: str | None, declarations: Mapping[str, Declaration]) -> str | None:
    """Add a section on parameters and states to a docstring that has none, and what is derived."""
    text = cleandoc(doc or "")
    settable = {name: d for name, d in declarations.items() if d.kind in ("parameter", "state")}
    settable |= {name: d for name, d in declarations.items() if d.kind == "end"}
    derived = [d for d in declarations.values() if d.kind == "derived"]
    if not (settable or derived) or "Parameters\n----------" in text:
        return doc
    sections = []
    if settable:
        sections.append("\n".join(["Parameters", "----------", *_entries(settable)]))
    if derived:
        sections.append("\n".join(["Derived quantities", "------------------", *_derived(derived)]))
    section = "\n\n".join(sections)
    return f"{text}\n\n{section}\n" if text else f"{section}\n"


def _derived(declarations: Iterable[Declaration]) -> Iterator[str]:
    for declaration in declarations:
        per = f", for each {declaration.per}" if declaration.per else ""
        yield f"{declaration.name} : {declaration.unit or 'number'}{per}"
        yield f"    {declaration.doc or 'derived'}"


def _entries(declarations: Mapping[str, Declaration]) -> Iterator[str]:
    for name, declaration in declarations.items():
        per = f" for each {declaration.per}" if declaration.per else ""
        yield f"{name} : {declaration.unit or 'number'}{per}, {_first(declaration)}"
        yield f"    {declaration.doc or declaration.kind}"


def _first(declaration: Declaration) -> str:
    if declaration.default is None:
        return "optional" if declaration.optional else "required"
    return f"default {_short(declaration.default)}"


def _short(value: float | str) -> str:
    return value if isinstance(value, str) else f"{value:g}"


def _keyword(name: str, declaration: Declaration) -> Parameter:
    required = declaration.default is None and not declaration.optional
    default = Parameter.empty if required else declaration.default
    unit = Written(declaration.unit) if declaration.unit else Parameter.empty
    return Parameter(name, Parameter.KEYWORD_ONLY, default=default, annotation=unit)


def _as_written(parameter: Parameter, declarations: Mapping[str, Declaration]) -> Parameter:
    """Show a parameter of the initializer: the number of neurons may be given by keyword too.

    Unless the model means something else by ``size``.
    """
    if parameter.kind is Parameter.POSITIONAL_ONLY:
        if parameter.name in declarations:
            parameter = parameter.replace(name="count", default=Parameter.empty)
        else:
            by_keyword = Parameter.POSITIONAL_OR_KEYWORD
            parameter = parameter.replace(kind=by_keyword, default=Parameter.empty)
    annotation = parameter.annotation
    if isinstance(annotation, str):
        return parameter.replace(annotation=Written(annotation))
    return parameter
