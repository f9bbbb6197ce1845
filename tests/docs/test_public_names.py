"""What is public has a page, a docstring that speaks of its parameters and errors, and a test.

Public are the names in ``__all__`` of the modules that users and plugins import, and the hooks.
"""

from __future__ import annotations

import ast
import inspect
import re
import textwrap
import tokenize
from functools import cache
from importlib import import_module
from inspect import Parameter

import pytest
from pages import PAGES, ROOT

import brainkernel as bk
from brainkernel.plugins import hookspecs

MODULES = (
    "brainkernel",
    "brainkernel.connect",
    "brainkernel.plugin",
    "brainkernel.testing",
    "brainkernel_cells",
    "brainkernel_jax",
    "brainkernel_jax.math",
    "brainkernel_measures",
    "brainkernel_neurons",
    "brainkernel_synapses",
)
# Docstrings that are still to be completed. What is here must be incomplete: the lists only shrink.
NO_PARAMETERS = {"brainkernel.connect.check_pairs", "brainkernel_jax.Function"}
NO_ERRORS = {
    "brainkernel.connect.Ends",
    "brainkernel.connect.Rule",
    "brainkernel_jax.Function",
}
HOOKS = sorted(name for name in vars(hookspecs) if name.startswith("brainkernel_"))
DIRECTIVE = re.compile(r"^\.\. (auto\w+|currentmodule):: ([\w.]+)\n((?:   :.*\n)*)", re.MULTILINE)
SECTION = re.compile(r"\n(\w[\w ]*)\n-{3,}\n(.*?)(?=\n\w[\w ]*\n-{3,}\n|\Z)", re.DOTALL)


def public():
    """Module and name of all that is public."""
    return [(module, name) for module in MODULES for name in import_module(module).__all__]


def thing(module, name):
    return getattr(import_module(module), name)


def callables():
    """The public classes and functions."""
    return [pair for pair in public() if is_made_here(thing(*pair))]


def is_made_here(value):
    """Whether it is a class or function, and no marker of pluggy's."""
    callable_ = inspect.isclass(value) or inspect.isroutine(value)
    return callable_ and value.__module__.startswith("brainkernel")


def is_model(value):
    """Whether it is a model: the tests of its package hold the parameters and units of its page."""
    return inspect.isclass(value) and issubclass(value, (bk.Neuron, bk.Synapse))


def label(pair):
    return ".".join(pair)


def sections(value):
    """The sections of a docstring, by their headings."""
    return dict(SECTION.findall(inspect.getdoc(value) or ""))


def heads(section):
    """The names that a section of a docstring lists."""
    lines = [line for line in section.splitlines() if line and not line.startswith(" ")]
    names = [name for line in lines for name in line.split(" :")[0].split(",")]
    return {name.strip(" *") for name in names}


def documented(value, heading):
    """What a section lists, in the docstring of a function, or of a class and its bases."""
    names = set()
    for base in getattr(value, "__mro__", [value]):
        names |= heads(sections(base).get(heading, ""))
    return names


def parameters(value):
    """The names of what is given to a function or class, where they are its own."""
    try:
        signature = inspect.signature(value)
    except ValueError:
        return set()
    open_kinds = (Parameter.VAR_POSITIONAL, Parameter.VAR_KEYWORD)
    return {
        name
        for name, parameter in signature.parameters.items()
        if parameter.kind not in open_kinds and not name.startswith("_")
    }


def makers(value):
    """A function itself, or the functions that make an object of a class."""
    if not inspect.isclass(value):
        return [value]
    return [vars(value)[name] for name in ("__init__", "__post_init__") if name in vars(value)]


def raised(value):
    """The errors that a function raises itself, or that a class raises when it is made."""
    names = set()
    for function in makers(value):
        if not inspect.isfunction(function) or "<string>" in function.__code__.co_filename:
            continue
        text = textwrap.dedent(inspect.getsource(function))
        for node in ast.walk(ast.parse(text)):
            match node:
                case ast.Raise(exc=ast.Call(func=ast.Name(id=name))):
                    names.add(name)
    return names


@cache
def on_pages():
    """What the directives of the pages document, as (module, name)."""
    documented = set()
    for path in PAGES:
        current = ""
        for kind, target, options in DIRECTIVE.findall(path.read_text(encoding="utf-8")):
            if kind == "currentmodule":
                current = target
            elif kind == "automodule":
                current = target
                if ":members:" in options and ":no-members:" not in options:
                    module = import_module(target)
                    names = getattr(module, "__all__", vars(module))
                    documented |= {id(getattr(module, name)) for name in names}
            else:
                full = target if "." in target else f"{current}.{target}"
                owner, _, name = full.rpartition(".")
                documented.add(id(getattr(import_module(owner), name)))
    return documented


@cache
def names_in_tests():
    """Every name that stands in the code of a test."""
    names = set()
    for path in [*ROOT.glob("packages/*/tests/**/*.py"), *ROOT.glob("tests/**/*.py")]:
        with path.open("rb") as file:
            names |= {token.string for token in tokenize.tokenize(file.readline)}
    return names


@pytest.mark.parametrize("pair", callables(), ids=label)
def test_it_is_on_a_page(pair):
    assert id(thing(*pair)) in on_pages(), "add it to docs/api.md, docs/models.md or docs/jax.md"


@pytest.mark.parametrize("pair", callables(), ids=label)
def test_it_has_a_docstring(pair):
    docstring = inspect.getdoc(thing(*pair)) or ""
    assert docstring
    assert not docstring.startswith(f"{pair[1]}("), "made by a data class"


@pytest.mark.parametrize("pair", callables(), ids=label)
def test_its_docstring_lists_its_parameters(pair):
    value = thing(*pair)
    if not is_model(value) or value in (bk.Neuron, bk.Synapse):
        listed = documented(value, "Parameters") | documented(value, "Attributes")
        assert bool(parameters(value) - listed) == (label(pair) in NO_PARAMETERS)


@pytest.mark.parametrize("pair", callables(), ids=label)
def test_its_docstring_lists_its_errors(pair):
    value = thing(*pair)
    missing = raised(value) - documented(value, "Raises")
    assert bool(missing) == (label(pair) in NO_ERRORS), missing


@pytest.mark.parametrize("pair", public(), ids=label)
def test_a_test_names_it(pair):
    assert pair[1] in names_in_tests()


@pytest.mark.parametrize("hook", HOOKS)
def test_a_hook_has_a_page_a_docstring_and_a_test(hook):
    assert any(f"`{hook}(" in path.read_text(encoding="utf-8") for path in PAGES)
    assert inspect.getdoc(getattr(hookspecs, hook))
    assert hook in names_in_tests()
