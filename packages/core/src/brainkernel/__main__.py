"""The command line: which plugins and models are there, and what a model says."""

from __future__ import annotations

import argparse
import inspect
import json
import sys
import textwrap
import warnings
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from brainkernel.errors import BrainKernelError
from brainkernel.lowering.methods import method_of
from brainkernel.model.bounds import shown_bounds
from brainkernel.plugins.host import SPECS, Offer, PluginHost, PluginStatus
from brainkernel.plugins.specs import ModelSpec

_HEADINGS = {
    "parameter": "Parameters",
    "state": "States",
    "input": "Inputs",
    "refractory": "Refractory period",
    "tree": "Tree of conductances",
    "draw": "Random numbers",
    "past": "Past of states",
    "derived": "Derived quantities",
}


def main(arguments: Sequence[str] | None = None, host: PluginHost | None = None) -> int:
    """Run one command.

    Parameters
    ----------
    arguments
        The words after the program's name; those of this process by default.
    host
        Where to look; all installed plugins by default.

    Returns
    -------
    int
        The exit status: 0, or 1 after an error, which is told in a sentence on stderr.
    """
    options = _parser().parse_args(arguments)
    try:
        print("\n".join(options.lines(host or _quiet_host(), options)))
    except BrainKernelError as error:
        print(f"brainkernel: {error}", file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m brainkernel", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    plugins = commands.add_parser(
        "plugins", help="list the installed plugins, the broken and disabled ones too"
    )
    models = commands.add_parser("models", help="list the models that can be used")
    show = commands.add_parser("show", help="show a model's data and equations")
    show.add_argument("model", metavar="MODEL", help="a name that `models` lists")
    for command, lines in ((plugins, _plugins), (models, _models), (show, _show)):
        command.set_defaults(lines=lines)
    for command in (plugins, models):
        command.add_argument("--json", action="store_true", help="print JSON")
    return parser


def _quiet_host() -> PluginHost:
    # `plugins` prints what the warnings would say, and an unknown name's error lists what is not in
    # use.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        return PluginHost()


def _plugins(host: PluginHost, options: argparse.Namespace) -> Iterator[str]:
    offers: list[Offer[Any]] = []
    for spec in SPECS.values():
        offers += host.offers(spec)
    entries = []
    rows = [("PLUGIN", "DISTRIBUTION", "VERSION", "STATE", "OFFERS")]
    for plugin in host.statuses:
        offered = [offer for offer in offers if offer.plugin == plugin]
        described = [_entry(offer) for offer in offered]
        entries.append(asdict(plugin) | {"state": plugin.state, "offers": described})
        offers_or_reason = plugin.reason or _count(offered)
        rows.append(
            (plugin.name, plugin.distribution, plugin.version, plugin.state, offers_or_reason)
        )
    if options.json:
        yield _json(entries)
    else:
        yield from _table(rows)


def _models(host: PluginHost, options: argparse.Namespace) -> Iterator[str]:
    offers = host.offers(ModelSpec)
    if options.json:
        yield _json([_entry(offer) | {"kind": offer.spec.kind} for offer in offers])
        return
    short = host.models()
    rows = [("MODEL", "KIND", "DISTRIBUTION", "DESCRIPTION")]
    for offer in offers:
        spec = offer.spec
        name = spec.name if spec.name in short else offer.id
        rows.append((name, spec.kind, offer.plugin.distribution, spec.description))
    yield from _table(rows)


def _show(host: PluginHost, options: argparse.Namespace) -> Iterator[str]:
    offer, model = host.find_offer("model", options.model), host.load("model", options.model)
    yield _title(offer.spec.name, offer.plugin)
    definition = getattr(model, "definition", None)
    # without generated parts: the data follow in any case
    doc = getattr(definition, "doc", model.__doc__)
    yield f"\n{inspect.cleandoc(doc or offer.spec.description)}"
    if definition is not None:
        yield from _declarations(definition)
        yield from _method(definition.with_values(()))
        yield from _equations(definition)


def _title(name: str, plugin: PluginStatus) -> str:
    return f"{name}, a model of {plugin.distribution} {plugin.version}".rstrip()


def _declarations(definition: Any) -> Iterator[str]:
    kinds = dict.fromkeys(declaration.kind for declaration in definition.declarations.values())
    for kind in sorted(kinds, key=list(_HEADINGS).index):
        yield f"\n{_HEADINGS[kind]}"
        rows = []
        for name, declaration in definition.declarations.items():
            if declaration.kind == kind:
                rows.append(_declaration_row(name, declaration))
        yield from _table(rows, indent="  ")


def _declaration_row(name: str, declaration: Any) -> tuple[str, ...]:
    per = f"per {declaration.per}" if declaration.per else ""
    per = f"at most {declaration.ceiling}" if declaration.ceiling else per
    return (
        name,
        _first_value(declaration),
        declaration.unit,
        per,
        shown_bounds(declaration.bounds),
        declaration.doc,
    )


def _first_value(declaration: Any) -> str:
    if declaration.kind == "refractory":
        return f"{declaration.source}, holds {', '.join(declaration.holds) or 'nothing'}"
    if declaration.kind == "tree":
        joints = f"{declaration.conductance} over {declaration.capacitance}"
        return f"joins {declaration.state} with the parent by {joints}, see {declaration.to_parent}"
    if declaration.kind == "draw":
        return f"{declaration.source}({declaration.mean})"
    if declaration.kind == "past":
        return f"{declaration.source}, {declaration.mean} ago"
    if declaration.kind in ("input", "derived"):
        return ""
    return "required" if declaration.default is None else f"{declaration.default}"


def _method(definition: Any) -> Iterator[str]:
    if name := method_of(definition):
        why = "named by the model" if definition.method else "from its equations alone"
        yield f"\nMethod\n  {name}, {why}"


def _equations(definition: Any) -> Iterator[str]:
    yield "\nEquations"
    for function in (*definition.derived, *definition.functions):
        targets = f" -> {', '.join(function.targets)}" if function.targets else ""
        yield f"  # {function.kind}{targets}"
        yield textwrap.indent(function.text.rstrip(), "  ") + "\n"


def _entry(offer: Offer[Any]) -> dict[str, Any]:
    return {"id": offer.id, "offers": offer.spec.offers} | asdict(offer.spec)


def _count(offers: Sequence[Offer[Any]]) -> str:
    counts = Counter(offer.spec.offers for offer in offers)
    return ", ".join(f"{count} {kind}{'s' * (count > 1)}" for kind, count in counts.items())


def _json(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)


def _table(rows: Sequence[tuple[str, ...]], indent: str = "") -> Iterator[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    # A column that is empty throughout would only widen the gap between its neighbours.
    shown = [index for index, width in enumerate(widths) if width]
    for row in rows:
        cells = [row[index].ljust(widths[index]) for index in shown]
        yield (indent + "  ".join(cells)).rstrip()


if __name__ == "__main__":
    sys.exit(main())
