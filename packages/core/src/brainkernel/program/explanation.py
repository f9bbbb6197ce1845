"""Where the time of a program goes, and which of its loops are vectorised.

Vectorisation that one can see.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

__all__ = ["Explanation", "LoopReport", "Task"]


@dataclass(frozen=True)
class LoopReport:
    """What became of one loop.

    Attributes
    ----------
    function : str
        The printed function that holds it.
    line : int
        Where it begins.
    text_of_line : str
        That line.
    vectorised : bool
        Whether one instruction handles several iterations.
    width : int
        How many iterations one instruction handles; 1 where it is not vectorised.
    interleaved : int
        How many such instructions are under way together.
    reason : str
        Why it is not vectorised, with the line and the compiler's own words; empty where it is.
    """

    function: str
    line: int
    text_of_line: str
    vectorised: bool
    width: int
    interleaved: int
    reason: str


@dataclass(frozen=True)
class Task:
    """One place at which the time loop calls a printed function.

    Attributes
    ----------
    function : str
        The function.
    of : str
        The neurons or synapses that it is called for; empty for what belongs to all.
    seconds : float
        The time in it, summed over threads.
    share : float
        Its part of the time of all tasks.
    unit : str
        What it goes through: ``neuron-step``, ``event`` (a spike at a synapse), ``synapse-step``,
        ``spike``, ``step``.
    count : int
        How many of these.
    bytes : int or None
        What the first of its innermost loops reads and writes for one of them, in arrays; None
        where that is not known.
    loops : tuple of LoopReport
        The loops of the function, in the order of the text.
    innermost : int or None
        Which of them goes through the units; None where that loop stands outside the program's
        text.
    """

    function: str
    of: str
    seconds: float
    share: float
    unit: str
    count: int
    bytes: int | None
    loops: tuple[LoopReport, ...]
    innermost: int | None

    @property
    def loop(self) -> LoopReport | None:
        """The innermost loop, which goes through the units."""
        return None if self.innermost is None else self.loops[self.innermost]

    @property
    def vectorised(self) -> bool | None:
        """Whether that loop is; None where that is not known."""
        return None if self.loop is None else self.loop.vectorised

    @property
    def nanoseconds(self) -> float:
        """Time for one unit; nan where there were none."""
        return self.seconds * 1e9 / self.count if self.count else float("nan")

    def to_dict(self) -> dict[str, Any]:
        """All of it as plain data."""
        derived = {
            "vectorised": self.vectorised,
            "nanoseconds": self.nanoseconds if self.count else None,
        }
        return {**asdict(self), "loops": [asdict(loop) for loop in self.loops], **derived}


@dataclass(frozen=True, repr=False)
class Explanation:
    """Where the time of a run went; printed, a table.

    Go through it for its tasks, or take `to_dict`.

    Attributes
    ----------
    backend : str
        Whose program it is.
    path : str
        The file of the program, whose lines the loops name.
    threads, steps : int
        How it ran.
    dt : float
        The step in ms.
    seconds : float
        How long the run took.
    tasks : tuple of Task
        The longest first.
    """

    backend: str
    path: str
    threads: int
    steps: int
    dt: float
    seconds: float
    tasks: tuple[Task, ...]

    def __iter__(self) -> Iterator[Task]:
        return iter(self.tasks)

    def __len__(self) -> int:
        return len(self.tasks)

    def __getitem__(self, number: int) -> Task:
        return self.tasks[number]

    def to_dict(self) -> dict[str, Any]:
        """All of it as plain data.

        ``["tasks"]`` is a list of dictionaries, as a data frame takes it.
        """
        names = ("backend", "path", "threads", "steps", "dt", "seconds")
        return {
            **{name: getattr(self, name) for name in names},
            "tasks": [task.to_dict() for task in self.tasks],
        }

    def __str__(self) -> str:
        return table(self)

    __repr__ = __str__


def table(explanation: Explanation) -> str:
    """The explanation for a reader.

    A line for each task, and below why loops are not vectorised.
    """
    reasons: dict[str, int] = {}
    rows = [HEADINGS, *(_row(task, reasons) for task in explanation)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    notes = [f"[{number}] {reason}" for reason, number in reasons.items()]
    lines = [
        _headline(explanation),
        "",
        *(_line(row, widths) for row in rows),
        *([""] if notes else []),
        *notes,
    ]
    return "\n".join(lines)


HEADINGS = ("share", "function", "of", "vectorised", "ns", "per", "bytes")
NUMBERS = (0, 4, 6)  # columns that end at one line


def _line(row: tuple[str, ...], widths: list[int]) -> str:
    padded = []
    for column, (cell, width) in enumerate(zip(row, widths, strict=True)):
        padded.append(cell.rjust(width) if column in NUMBERS else cell.ljust(width))
    return "  ".join(padded).rstrip()


def _row(task: Task, reasons: dict[str, int]) -> tuple[str, ...]:
    time_of_one = f"{task.nanoseconds:.2f}" if task.count else "-"
    size = "-" if task.bytes is None else str(task.bytes)
    return (
        f"{100 * task.share:.1f} %",
        task.function,
        task.of,
        _vectors(task, reasons),
        time_of_one,
        task.unit,
        size,
    )


def _vectors(task: Task, reasons: dict[str, int]) -> str:
    if task.loop is None:
        return "-"
    if task.loop.vectorised:
        return f"yes, {task.loop.width} wide"
    return f"no [{reasons.setdefault(task.loop.reason, len(reasons) + 1)}]"


def _headline(explanation: Explanation) -> str:
    threads = "1 thread" if explanation.threads == 1 else f"{explanation.threads} threads"
    microseconds = explanation.seconds * 1e6 / explanation.steps
    return (
        f"{explanation.backend}, {threads}: {explanation.steps} steps of {explanation.dt:g} ms in "
        f"{explanation.seconds:.3g} s, {microseconds:.3g} µs for each\n{explanation.path}"
    )
