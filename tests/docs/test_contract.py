"""The contract of backends: what its page says, the kernel asks for, and our backends have."""

from __future__ import annotations

import ast
import dataclasses
import inspect
import re
from importlib import import_module
from typing import Protocol, get_type_hints

import pytest
from pages import ROOT, blocks_of

from brainkernel.execution.executable import PrintedExecutable
from brainkernel.plugins.host import default_host
from brainkernel.program import contracts as protocols

PAGE = (ROOT / "docs" / "backend-contract.md").read_text(encoding="utf-8")
CORE = ROOT / "packages" / "core" / "src" / "brainkernel"
SECTION = re.compile(r"\n(Attributes|Parameters)\n-+\n(.*?)(?=\n\w+\n-+\n|\Z)", re.DOTALL)
KERNEL = [path for path in CORE.rglob("*.py") if "testing" not in path.parts]


def listed(directive):
    """What the page lists under a directive."""
    names = re.findall(rf"^\.\. {directive}:: ([\w.]+)$", PAGE, re.MULTILINE)
    return [
        getattr(import_module(name.rpartition(".")[0]), name.rpartition(".")[2]) for name in names
    ]


def documented(thing, section):
    """The names in a section of a docstring."""
    found = dict(SECTION.findall(inspect.getdoc(thing) or ""))
    heads = [
        line for line in found.get(section, "").splitlines() if line and not line.startswith(" ")
    ]
    return [name.strip() for head in heads for name in head.split(":")[0].split(",")]


def attributes(cls):
    """The attributes of a protocol, or the fields of a data class."""
    if dataclasses.is_dataclass(cls):
        return [field.name for field in dataclasses.fields(cls)]
    return list(vars(cls).get("__annotations__", {}))


def methods(cls):
    return {
        name: value
        for name, value in vars(cls).items()
        if inspect.isfunction(value) and name[0] != "_"
    }


CLASSES = listed("autoclass")
PROTOCOLS = [
    cls for cls in vars(protocols).values() if isinstance(cls, type) and issubclass(cls, Protocol)
]
PROTOCOLS = [cls for cls in PROTOCOLS if cls.__module__ == protocols.__name__]


def test_the_page_is_made_from_the_protocols_and_writes_no_signature_by_hand():
    assert set(PROTOCOLS) <= set(CLASSES)
    assert not [block for block in blocks_of(PAGE) if block.language == "python"]
    assert "(" not in re.sub(r"\]\([\w-]+\.md\)", "", PAGE)


@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)
def test_documented_attributes_are_those_that_there_are(cls):
    names = documented(cls, "Attributes")
    if names or cls in PROTOCOLS:
        assert sorted(names) == sorted(attributes(cls))


@pytest.mark.parametrize("cls", PROTOCOLS, ids=lambda cls: cls.__name__)
def test_documented_parameters_are_those_that_there_are(cls):
    for name, method in methods(cls).items():
        names = documented(method, "Parameters")
        assert not names or names == list(inspect.signature(method).parameters)[1:], name


def test_the_kernel_asks_backends_for_nothing_else():
    both = protocols.Backend, protocols.BackendOptions
    known = {name for cls in both for name in (*attributes(cls), *methods(cls))}
    asked = set()
    for path in KERNEL:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Attribute) and ast.unparse(node.value).split(".")[-1] in (
                "backend",
                "chosen",
            ):
                asked.add(node.attr)
            elif (
                isinstance(node, ast.Call)
                and ast.unparse(node.func) == "getattr"
                and len(node.args) > 1
            ):
                owner = ast.unparse(node.args[0])
                if "backend" in owner and isinstance(node.args[1], ast.Constant):
                    asked.add(node.args[1].value)
    assert {
        "name",
        "source",
        "compile",
        "spec",
        "device",
        "kernels",
        "explain",
    } <= asked
    assert asked <= known


BACKENDS = [
    offer.id
    for offer in default_host().offers(
        next(cls for cls in CLASSES if cls.__name__ == "BackendSpec")
    )
]


@pytest.mark.parametrize("name", BACKENDS)
def test_our_backends_have_the_signatures_of_the_protocol(name):
    backend = default_host().load("backend", name)
    for method in ("source", "compile"):
        wanted = inspect.signature(getattr(protocols.Backend, method)).parameters
        given = inspect.signature(getattr(backend, method)).parameters
        assert [(p.name, p.kind, p.default) for p in given.values()] == [
            (p.name, p.kind, p.default) for p in wanted.values()
        ]


def test_printed_executables_have_the_signature_of_the_protocol():
    wanted = inspect.signature(protocols.Executable.run).parameters
    assert list(inspect.signature(PrintedExecutable.run).parameters) == list(wanted)
    assert set(get_type_hints(protocols.Executable)) == {"source", "path"}
