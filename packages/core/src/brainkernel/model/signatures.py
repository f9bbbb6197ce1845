"""What `help` and editors show of a model.

Its parameters and states as keywords, with units and first values.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from inspect import Parameter, Signature, cleandoc, signature
from typing import Any

from brainkernel.model.declarations import Declaration

LAST = ("method", "name", "positions")  # what every model has stands behind its own


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
    written = [_as_written(parameter) for parameter in signature(initializer).parameters.values()][
        1:
    ]
    if not any(parameter.kind is Parameter.VAR_KEYWORD for parameter in written):
        return Signature(written)
    names = {parameter.name for parameter in written}
    settable = {
        n: d for n, d in declarations.items() if d.kind in ("parameter", "state") and n not in names
    }
    own = [_keyword(name, declaration) for name, declaration in settable.items()]
    more = [parameter for parameter in written if parameter.kind is Parameter.VAR_KEYWORD]
    keywords = [parameter for parameter in written if parameter.kind is Parameter.KEYWORD_ONLY]
    first = [parameter for parameter in written if parameter not in (*keywords, *more)]
    before = [parameter for parameter in keywords if parameter.name not in LAST]
    after = [parameter for parameter in keywords if parameter.name in LAST]
    maker: Any = cls.__new__
    chooses_class = maker is not object.__new__  # it may take further names, for another class
    return Signature([*first, *before, *own, *after, *(more if chooses_class else [])])


def described(doc: str | None, declarations: Mapping[str, Declaration]) -> str | None:
    """Add a section on parameters and states to a docstring that has none."""
    text = cleandoc(doc or "")
    settable = {name: d for name, d in declarations.items() if d.kind in ("parameter", "state")}
    if not settable or "Parameters\n----------" in text:
        return doc
    section = "\n".join(["Parameters", "----------", *_entries(settable)])
    return f"{text}\n\n{section}\n" if text else f"{section}\n"


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


def _as_written(parameter: Parameter) -> Parameter:
    annotation = parameter.annotation
    return (
        parameter.replace(annotation=Written(annotation))
        if isinstance(annotation, str)
        else parameter
    )
