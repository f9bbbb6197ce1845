"""The kit finds faults: each is planted in the printed text of the reference, and a check fails."""

from __future__ import annotations

import inspect

import pytest

from brainkernel.codegen import print_program
from brainkernel.execution.numpy_backend import NumpyBackend
from brainkernel.testing import BackendConformance

FAULTS = {
    "a delay one step too long": (
        "test_a_delay_acts_at_exactly_its_time",
        "_slot = (_step + 1 - _table.delays[_delay])",
        "_slot = (_step - _table.delays[_delay])",
    ),
    "a delay of zero acts a step later": (
        "test_a_delay_of_zero_acts_at_the_time_of_the_spike",
        "_slot = (_step + 1 - _table.delays[_delay])",
        "_slot = (_step + 1 - np.maximum(_table.delays[_delay], 1))",
    ),
    "a dendritic delay is forgotten": (
        "test_the_delays_of_both_ends_add_up",
        "_slot = (_step + 1 - _table.delays[_delay])",
        "_slot = (_step + 3 - _table.delays[_delay])",
    ),
    "one spike is dropped": (
        "test_every_spike_arrives_once",
        "np.flatnonzero(spikes.fired[first:last])",
        "np.flatnonzero(spikes.fired[first:last])[step == 6 :]",
    ),
    "one spike counts twice": (
        "test_every_spike_arrives_once",
        "np.flatnonzero(spikes.fired[first:last])",
        "np.flatnonzero(spikes.fired[first:last]).repeat(1 + (step == 6))",
    ),
    "spikes are found a step late": (
        "test_a_spike_is_found_at_the_end_of_its_step",
        "event_steps[place : place + fired.size] = step + 1",
        "event_steps[place : place + fired.size] = step + 2",
    ),
    "a refractory period one step too long": (
        "test_what_is_held_stays_up_to_and_including_the_period",
        "_held = _refractory_left > 1.0",
        "_held = _refractory_left > 0.0",
    ),
    "a refractory period one step too short": (
        "test_what_is_held_stays_up_to_and_including_the_period",
        "_held = _refractory_left > 1.0",
        "_held = _refractory_left > 2.0",
    ),
    "a jump is kept while held": (
        "test_a_jump_that_arrives_while_held_is_lost",
        "_values.firing.refractory_left[_target] > 0.0",
        "_values.firing.refractory_left[_target] > 99.0",
    ),
    "a step runs one step too late": (
        "test_steps_run_where_and_when_they_are_put",
        "if _step % 2 == 0:",
        "if (_step + 1) % 2 == 0:",
    ),
    "a step runs one step too early": (
        "test_steps_run_where_and_when_they_are_put",
        "if (_step + 1) % 3 == 0:",
        "if (_step + 2) % 3 == 0:",
    ),
    "a step sees what the reset left": (
        "test_steps_run_where_and_when_they_are_put",
        "fired = Placed_look_at_spikes(fired, V, _time)",
        "fired = Placed_look_at_spikes(fired, np.where(_fires, 0.0, V), _time)",
    ),
    "a step sees the time before": (
        "test_steps_run_where_and_when_they_are_put",
        "Placed_look_at_rest(_group.neurons.rest, _group.neurons.V, (_step + 1) * dt)",
        "Placed_look_at_rest(_group.neurons.rest, _group.neurons.V, _step * dt)",
    ),
    "noise without the square root of dt": (
        "test_noise_grows_with_the_square_root_of_time",
        "np.sqrt(dt) * xi_V",
        "dt * xi_V",
    ),
    "each step has the same noise": (
        "test_noise_grows_with_the_square_root_of_time",
        "_now = np.uint32(_step)",
        "_now = np.uint32(0)",
    ),
    "noise of the next step": (
        "test_noise_is_the_references",
        "_now = np.uint32(_step)",
        "_now = np.uint32(_step + 1)",
    ),
    "neurons share their random numbers": (
        "test_random_numbers_have_their_means_and_spreads",
        "_element = _element_numbers(_group)",
        "_element = _element_numbers(_group) // 2",
    ),
    "a uniform number is off by a bit": (
        "test_random_numbers_are_the_references",
        "return u + 0.0,",
        "return u + 2.0**-50,",
    ),
    "all but the first event of sixteen neurons are lost": (
        "test_random_numbers_are_the_references",
        "drawn[runs + lane] = 1.0",
        "drawn[runs + lane] = float(count == 0)",
    ),
    "events of sixteen neurons share a number": (
        "test_random_numbers_have_their_means_and_spreads",
        "u = _random_uniform(key_0, key_1, runs + np.uint32(count), np.uint32(step))",
        "u = _random_uniform(key_0, key_1, runs, np.uint32(step))",
    ),
    "the sources in the other order": (
        "test_what_arrives_is_summed_by_source",
        "_spikes.lists[0, _place & _mask]",
        "_spikes.lists[0, _place[::-1] & _mask]",
    ),
    "the synapses of a source in the other order": (
        "test_what_one_source_sends_is_summed_by_synapse",
        "for number in range(turn.max(initial=-1) + 1):",
        "for number in reversed(range(turn.max(initial=-1) + 1)):",
    ),
    "spikes listed in the other order": (
        "test_spikes_are_ordered_by_time_then_neuron",
        "event_neurons[place : place + fired.size] = fired",
        "event_neurons[place : place + fired.size] = fired[::-1]",
    ),
    "a stage sees an old state": (
        "test_each_stage_sees_the_stage_values_of_all",
        "_dV_stage2 = Membrane_dV(_I_stage2, _w_stage2)",
        "_dV_stage2 = Membrane_dV(_I_stage2, w)",
    ),
    "a stage sees an old current": (
        "test_each_stage_sees_the_stage_values_of_all",
        "_dV_stage2 = Membrane_dV(_I_stage2, _w_stage2)",
        "_dV_stage2 = Membrane_dV(_I_stage1, _w_stage2)",
    ),
    "a current is added twice": (
        "test_sums_over_synapses_and_functions_of_a_group",
        "_inputs.I, _target,",
        "_inputs.I, _target, 2 *",
    ),
    "an input acts a step late": (
        "test_an_input_acts_within_its_step",
        "place = inputs.rows[drive, row]",
        "place = inputs.rows[drive, max(row - 1, 0)]",
    ),
    "time in single precision": (
        "test_time_does_not_drift",
        "_time = (_step + 1) * dt",
        "_time = np.float32((_step + 1) * dt)",
    ),
    "spikes in flight are lost between two runs": (
        "test_runs_add_up",
        "    for _step in range(_first, _last):",
        "    _network.spikes.ranges[:] = _network.spikes.cursor[0, 0]\n"
        "    for _step in range(_first, _last):",
    ),
    "a refractory period is lost between two runs": (
        "test_restore_goes_back",
        "    for _step in range(_first, _last):",
        "    _network.neurons.Leaky.firing.refractory_left[:] = 0.0\n"
        "    for _step in range(_first, _last):",
    ),
    "a rate counts a spike that was none": (
        "test_rates_and_samples_are_what_spikes_and_traces_say",
        "counts[row, number] = fired.size",
        "counts[row, number] = fired.size + (step == 6)",
    ),
    "weights learn what comes after them": (
        "test_plasticity_sees_what_was_there",
        "_per_synapse.w[_synapse] = Learning_depress(_per_synapse.w[_synapse], _post.q[_target])",
        "_per_synapse.w[_synapse] = Learning_depress("
        "_per_synapse.w[_synapse], _post.q[_target] + 1.0)",
    ),
    "an equation in other words": (
        "test_the_text_holds_the_functions_of_the_models_word_for_word",
        "return I + w\n",
        "return w + I\n",
    ),
    "no constant of the network": (
        "test_parameters_and_states_can_be_set_between_runs",
        "exact_V_V * V",
        "np.expm1(-dt / 10.0) * V",
    ),
}


class Mutant(NumpyBackend):
    """The reference with a fault in its text."""

    def __init__(self, old, new):
        self.old, self.new, self.found = old, new, 0

    def source(self, program, constants=None, whole=False):
        return self.printed(program, constants)

    def printed(self, program, constants=None):
        text = print_program(program, self.dialect, constants, whole=True)
        self.found += text.count(self.old)
        return text.replace(self.old, self.new)


class Deaf(NumpyBackend):
    """Runs its own text, whatever copy it is given."""

    def compile(self, program, source=None):
        return super().compile(program)


class Wandering(NumpyBackend):
    """Prints another text each time."""

    printed = 0

    def source(self, program, constants=None, whole=False):
        self.printed += 1
        return f"{super().source(program, constants)}\n# text {self.printed}\n"


def held_to(check, backend, tmp_path):
    """Hold a backend to one check of the kit."""
    function = getattr(BackendConformance(), check)
    function(
        backend,
        **({"tmp_path": tmp_path} if "tmp_path" in inspect.signature(function).parameters else {}),
    )


@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_fault_is_caught(fault, tmp_path):
    check, old, new = FAULTS[fault]
    mutant = Mutant(old, new)
    with pytest.raises(AssertionError):
        held_to(check, mutant, tmp_path)
    assert mutant.found, f"{old!r} is no longer in the text: nothing was planted"


@pytest.mark.parametrize("check", sorted({check for check, _, _ in FAULTS.values()}))
def test_the_same_check_passes_without_the_fault(check, tmp_path):
    held_to(check, Mutant("np", "np"), tmp_path)


@pytest.mark.parametrize(
    ("backend", "check"),
    [
        (Deaf(), "test_an_edited_copy_runs"),
        (Wandering(), "test_the_text_is_the_same_each_time"),
        (Mutant("def run(", "def walk("), "test_the_text_is_python_with_a_run"),
    ],
)
def test_a_fault_of_the_backend_itself_is_caught(backend, check, tmp_path):
    with pytest.raises(AssertionError):
        held_to(check, backend, tmp_path)
