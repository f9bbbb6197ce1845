"""The reference with a stopwatch: how long each stretch of steps took is in the log."""

import logging
from time import perf_counter

from brainkernel.codegen import Dialect, print_program
from brainkernel.codegen.source_file import write_program
from brainkernel.execution.executable import PrintedExecutable

log = logging.getLogger(__name__)


class StopwatchExecutable(PrintedExecutable):
    """A printed program whose stretches are timed."""

    def run(self, state, job):
        """Take the state forward in place, and give back what was recorded."""
        began = perf_counter()
        records = super().run(state, job)
        log.info("%d steps took %.6f s", records.steps, perf_counter() - began)
        return records


class StopwatchBackend:
    """Prints programs for NumPy, and times them."""

    name = "stopwatch"

    def source(self, program, constants=None):
        """The program's text."""
        return print_program(program, Dialect(), constants)

    def compile(self, program, source=None):
        """Import the printed text, or an edited copy of it."""
        return StopwatchExecutable(
            program, source or write_program(self.source(program), self.name)
        )
