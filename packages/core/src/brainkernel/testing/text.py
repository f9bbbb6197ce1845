"""The printed program: it can be read, saved, edited and run."""

from __future__ import annotations

import ast
import inspect
import textwrap
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from brainkernel.errors import ProgramError
from brainkernel.testing.comparing import assert_same_records
from brainkernel.testing.integration import by_midpoint
from brainkernel.testing.models import Conductance, Membrane, Source
from brainkernel.testing.networks import coupled, driven, mixed, play
from brainkernel.testing.suite import Conformance

PLAIN, EDITED = "return I + w", "return I + w + 1.0"


class TextChecks(Conformance):
    """The checks of the text that a backend prints."""

    def test_the_text_is_python_with_a_run(self, backend: Any) -> None:
        """It parses, and defines `run` for everybody to read."""
        tree = ast.parse(mixed().source(backend))
        assert "run" in {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}

    def test_the_text_is_the_same_each_time(self, backend: Any) -> None:
        """Before a run and after it, and of another network of the same make."""
        net = mixed()
        before = net.source(backend)
        play(net, 4, backend, inputs=driven(net))
        assert net.source(backend) == before == mixed().source(backend)

    def test_the_text_holds_the_functions_of_the_models_word_for_word(self, backend: Any) -> None:
        """Each stands in it as it was written."""
        text = coupled().source(backend)
        for model in (Source, Membrane, Conductance):
            for function in model.definition.functions:
                written = textwrap.dedent(inspect.getsource(function.source.call))
                assert written[written.index("def ") :].rstrip("\n") in text

    def test_a_saved_copy_runs_as_the_network_does(self, backend: Any, tmp_path: Path) -> None:
        """Bit for bit, and the dataset says which file it was."""
        net, saved = mixed(), mixed()
        path = saved.save_source(tmp_path / "saved.py", backend)
        play(net, 30, backend, inputs=driven(net))
        play(saved, 30, backend, inputs=driven(saved), source=path)
        assert_same_records(saved, net)
        assert saved.v.attrs["edited_program"] == str(path)

    def test_an_edited_copy_runs(self, backend: Any, tmp_path: Path) -> None:
        """What was changed in the text is what runs, and only there."""
        path = coupled().save_source(tmp_path / "edited.py", backend)
        text = path.read_text(encoding="utf-8")
        assert text.count(f"{PLAIN}\n") == 1
        path.write_text(text.replace(f"{PLAIN}\n", f"{EDITED}\n"), encoding="utf-8")
        net = play(coupled(), 6, backend, source=path)
        np.testing.assert_allclose(net.v.V.values[:, 0], by_midpoint(6, push=1.0)[:, 0], rtol=1e-12)
        net.reset()
        play(net, 6, backend)
        np.testing.assert_allclose(net.v.V.values[:, 0], by_midpoint(6)[:, 0], rtol=1e-12)

    def test_a_program_of_another_network_is_refused(self, backend: Any, tmp_path: Path) -> None:
        """Before anything runs."""
        path = mixed().save_source(tmp_path / "other.py", backend)
        net = coupled()
        with pytest.raises(ProgramError):
            play(net, 1, backend, source=path)
        assert net.step == 0
