"""Speed beside the peers: `nox -s bench -- --cases coba,cuba --repeats 5 --peers`.

Rates are compared first, then times, as ratios of runs in alternation: absolute times say little on
a shared machine.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any

import report
from cases import Case, chosen
from peers import installed, ours
from timing import HERE, Contestant, alternate

DOCS = HERE.parent / "docs"


def options() -> argparse.Namespace:
    """Read what to measure."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--cases", default="all", help="labels separated by commas; `none` for the scaling alone"
    )
    parser.add_argument(
        "--repeats", type=int, default=5, help="runs of each, after one that is cold"
    )
    parser.add_argument(
        "--peers",
        nargs="?",
        const="all",
        help="brian2,nest,brainpy,jax, or all where none is named",
    )
    parser.add_argument(
        "--threads", default=f"1,{os.cpu_count()}", help="numbers of threads, separated by commas"
    )
    parser.add_argument(
        "--scaling", action="store_true", help="the curves over neurons, synapses and threads too"
    )
    parser.add_argument(
        "--large", action="store_true", help="also what takes long, or more than 16 GB of memory"
    )
    parser.add_argument(
        "--ms", type=float, help="biological time to measure, in place of that of each case"
    )
    parser.add_argument(
        "--warmup", type=float, help="biological time before it, in place of that of each case"
    )
    parser.add_argument(
        "--output", type=Path, default=DOCS, help="folder of performance.md, .json and .svg"
    )
    return parser.parse_args()


def main(chosen_options: argparse.Namespace) -> None:
    """Measure, keep, write."""
    store = chosen_options.output / "performance.json"
    facts = machine()
    results = earlier(store, facts)
    contestants, missing = installed(chosen_options.peers) if chosen_options.peers else ([], {})
    for case in (
        [] if chosen_options.cases == "none" else chosen(chosen_options.cases, chosen_options.large)
    ):
        results["cases"][case.label] = measure(
            case, [ours(), *contestants], missing, chosen_options
        )
        keep(store, results)
        print(report.case(results["cases"][case.label]) + "\n", flush=True)
    if chosen_options.scaling:
        from scaling import measure as scale

        milliseconds = chosen_options.ms or 1000.0
        cores = os.cpu_count() or 1
        results["scaling"] = scale(
            ours(), cores, chosen_options.repeats, chosen_options.large, milliseconds
        )
        keep(store, results)
    publish(chosen_options.output, results)


def measure(
    case: Case,
    contestants: list[Contestant],
    missing: dict[str, str],
    chosen_options: argparse.Namespace,
) -> dict[str, Any]:
    """Run one case on each number of threads."""
    milliseconds = chosen_options.ms or case.milliseconds
    warmup = case.warmup if chosen_options.warmup is None else chosen_options.warmup
    arguments = [case.network, *case.size, "--ms", str(milliseconds), "--warmup", str(warmup)]
    threads = dict.fromkeys(chosen_options.threads.split(","))
    found = {}
    for count in threads:
        print(f"{case.label}, {count} threads", file=sys.stderr, flush=True)
        found[count] = alternate(
            contestants, [*arguments, "--threads", count], chosen_options.repeats
        )
    entry = {"title": case.title, "milliseconds": milliseconds, "repeats": chosen_options.repeats}
    return {**entry, "threads": found, "missing": missing}


def machine() -> dict[str, str]:
    """The processor, its cores and memory, and the versions."""
    memory = (
        os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
        if hasattr(os, "sysconf")
        else 0.0
    )
    names = ("brainkernel", "numpy", "numba")
    return {
        "processor": f"{processor()}, {os.cpu_count()} cores, {memory:.0f} GiB",
        "system": f"{platform.system()} {platform.machine()}, Python {platform.python_version()}",
        "versions": ", ".join(f"{name} {version(name)}" for name in names),
        "date": date.today().isoformat(),
    }


def processor() -> str:
    """The processor's name, where the system tells it."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    names = (line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.processor() or platform.machine())


def earlier(store: Path, facts: dict[str, str]) -> dict[str, Any]:
    """Return results kept of cases not measured now, from this machine and version alone."""
    kept = json.loads(store.read_text()) if store.exists() else {"machine": {}, "cases": {}}
    before, now = (
        {name: value for name, value in d.items() if name != "date"}
        for d in (kept["machine"], facts)
    )
    return {**kept, "machine": facts} if before == now else {"machine": facts, "cases": {}}


def keep(store: Path, results: dict[str, Any]) -> None:
    """Write what is known so far, so that a run cut short loses nothing."""
    store.write_text(json.dumps(results, indent=1) + "\n")


def publish(folder: Path, results: dict[str, Any]) -> None:
    """Write page and figure."""
    results = json.loads(json.dumps(results))  # as it will be read back
    page = folder / "performance.md"
    if not page.exists():
        page.write_text((DOCS / "performance.md").read_text(encoding="utf-8"), encoding="utf-8")
    report.write(page, report.markdown(results))
    if results.get("scaling"):
        from figure import draw

        draw(results["scaling"], folder / "performance.svg")
    print(f"written: {page}")


if __name__ == "__main__":
    main(options())
