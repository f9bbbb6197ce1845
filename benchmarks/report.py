"""Results as Markdown, written into the page between its two marks."""

from __future__ import annotations

import statistics
from pathlib import Path
from typing import Any

from timing import Result, ratios, short, spread

FIRST, LAST = "<!-- results: begin -->", "<!-- results: end -->"
HEADS = {
    "rates": ("simulator", "threads", "rates in Hz"),
    "speed": ("simulator", "threads", "run in s", "× real time", "time over brainkernel's"),
    "costs": (
        "simulator",
        "threads",
        "build",
        "compile, cold",
        "compile, again",
        "whole process, cold",
        "memory in MB",
    ),
}


def write(page: Path, text: str) -> None:
    """Put text between the marks of a page.

    Raises
    ------
    SystemExit
        Where the page lacks them.
    """
    old = page.read_text(encoding="utf-8")
    if FIRST not in old or LAST not in old:
        raise SystemExit(f"{page} lacks the marks {FIRST} and {LAST}")
    before, after = old.split(FIRST)[0], old.split(LAST)[1]
    page.write_text(f"{before}{FIRST}\n\n{text}\n\n{LAST}{after}", encoding="utf-8")


def markdown(results: dict[str, Any]) -> str:
    """Write the machine, then every case, then the figure."""
    parts = [machine(results["machine"]), *(case(entry) for entry in results["cases"].values())]
    if results.get("scaling"):
        parts.append(
            "### Scaling\n\n![Time against neurons, synapses and threads](performance.svg)"
        )
    return "\n\n".join(parts)


def machine(facts: dict[str, str]) -> str:
    """Say what it was measured on."""
    return table(("", ""), [(name, value) for name, value in facts.items()])


def case(entry: dict[str, Any]) -> str:
    """One case: rates first, then the speed, then what else it costs."""
    biology = f"{entry['milliseconds']:g} ms of biology"
    title = f"### {entry['title']}\n\n{biology}, {entry['repeats']} alternating runs."
    rows: dict[str, list[tuple[str, ...]]] = {head: [] for head in HEADS}
    for threads, contestants in entry["threads"].items():
        for name, results in contestants.items():
            good = [result for result in results if "error" not in result]
            if len(good) < len(results) or not good:
                rows["rates"].append(
                    (name, threads, results[-1]["error"] if results else "not run")
                )
                continue
            for head, cells in lines(good, contestants["brainkernel"]).items():
                rows[head].append((f"{name} {good[0]['version']}", threads, *cells))
    missing = [(name, "", reason) for name, reason in entry["missing"].items()]
    rows["rates"] += missing
    tables = [table(HEADS[head], found) for head, found in rows.items() if found]
    return "\n\n".join([title, *tables])


def lines(results: list[Result], ours: list[Result]) -> dict[str, tuple[str, ...]]:
    """The cells of one contestant; the first result is the cold one."""
    cold, warm = results[0], results[1:] or results
    run = spread([result["run_s"] for result in warm])
    real = short(run.median / cold["milliseconds"] * 1e3)
    fair = [result for result in ours[1:] or ours if "error" not in result]
    ratio = (
        "1"
        if ours is results or ours == results
        else str(ratios(warm, fair))
        if len(fair) == len(warm)
        else ""
    )
    costs = (
        short(statistics.median(result["build_s"] for result in warm)),
        short(cold["compile_s"]),
        short(statistics.median(result["compile_s"] for result in warm)),
        short(cold["process_s"]),
        f"{max(result['peak_mb'] for result in results):.0f}",
    )
    return {"rates": (mean_rates(warm),), "speed": (str(run), real, ratio), "costs": costs}


def mean_rates(results: list[Result]) -> str:
    """Rates of each population, over all runs."""
    means = {
        name: statistics.mean(result["rates"][name] for result in results)
        for name in results[0]["rates"]
    }
    if len(means) == 1:
        return short(*means.values())
    return ", ".join(f"{name} {rate:.2f}" for name, rate in means.items())


def table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    """Write a table."""
    rule = "|".join("---" for _ in head)
    body = ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join(["| " + " | ".join(head) + " |", f"|{rule}|", *body])
