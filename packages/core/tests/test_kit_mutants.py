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
        "slot = (step + 1 - delays[delay_number])",
        "slot = (step - delays[delay_number])",
    ),
    "a delay of zero acts a step later": (
        "test_a_delay_of_zero_acts_at_the_time_of_the_spike",
        "slot = (step + 1 - delays[delay_number])",
        "slot = (step + 1 - np.maximum(delays[delay_number], 1))",
    ),
    "a dendritic delay is forgotten": (
        "test_the_delays_of_both_ends_add_up",
        "slot = (step + 1 - delays[delay_number])",
        "slot = (step + 3 - delays[delay_number])",
    ),
    "one spike is dropped": (
        "test_every_spike_arrives_once",
        "np.flatnonzero(fired[first:last]) if",
        "np.flatnonzero(fired[first:last])[step == 6 :] if",
    ),
    "one spike counts twice": (
        "test_every_spike_arrives_once",
        "np.flatnonzero(fired[first:last]) if",
        "np.flatnonzero(fired[first:last]).repeat(1 + (step == 6)) if",
    ),
    "spikes are found a step late": (
        "test_a_spike_is_found_at_the_end_of_its_step",
        "event_steps[place : place + found.size] = step + 1",
        "event_steps[place : place + found.size] = step + 2",
    ),
    "a refractory period one step too long": (
        "test_what_is_held_stays_up_to_and_including_the_period",
        "held = refractory_left > 1.0",
        "held = refractory_left > 0.0",
    ),
    "a refractory period one step too short": (
        "test_what_is_held_stays_up_to_and_including_the_period",
        "held = refractory_left > 1.0",
        "held = refractory_left > 2.0",
    ),
    "a jump is kept while held": (
        "test_a_jump_that_arrives_while_held_is_lost",
        "refractory_left_array[target] > 0.0",
        "refractory_left_array[target] > 99.0",
    ),
    "noise without the square root of dt": (
        "test_noise_grows_with_the_square_root_of_time",
        "np.sqrt(dt) * xi_V",
        "dt * xi_V",
    ),
    "each step has the same noise": (
        "test_noise_grows_with_the_square_root_of_time",
        "now = np.uint32(step)",
        "now = np.uint32(0)",
    ),
    "noise of the next step": (
        "test_noise_is_the_references",
        "now = np.uint32(step)",
        "now = np.uint32(step + 1)",
    ),
    "neurons share their random numbers": (
        "test_random_numbers_have_their_means_and_spreads",
        "element = np.arange(first_element, first_element + size, dtype=np.uint32)",
        "element = np.arange(first_element, first_element + size, dtype=np.uint32) // 2",
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
        "u = random_uniform(key_0, key_1, runs + np.uint32(count), np.uint32(step))",
        "u = random_uniform(key_0, key_1, runs, np.uint32(step))",
    ),
    "the sources in the other order": (
        "test_what_arrives_is_summed_by_source",
        "place = np.arange(ranges[0, slot, head[0], 0], ranges[0, slot, head[1] - 1, 1])",
        "place = np.arange(ranges[0, slot, head[0], 0], ranges[0, slot, head[1] - 1, 1])[::-1]",
    ),
    "the synapses of a source in the other order": (
        "test_what_one_source_sends_is_summed_by_synapse",
        "for number in range(turn.max(initial=-1) + 1):",
        "for number in reversed(range(turn.max(initial=-1) + 1)):",
    ),
    "spikes listed in the other order": (
        "test_spikes_are_ordered_by_time_then_neuron",
        "event_neurons[place : place + found.size] = found",
        "event_neurons[place : place + found.size] = found[::-1]",
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
        "np.add.at(I_input, target,",
        "np.add.at(I_input, target, 2 *",
    ),
    "an input acts a step late": (
        "test_an_input_acts_within_its_step",
        "place = drive_rows[drive, row]",
        "place = drive_rows[drive, max(row - 1, 0)]",
    ),
    "time in single precision": (
        "test_time_does_not_drift",
        "time = (step + 1) * dt",
        "time = np.float32((step + 1) * dt)",
    ),
    "spikes in flight are lost between two runs": (
        "test_runs_add_up",
        "    for step in range(first, last):",
        "    ranges[:] = cursor[0, 0]\n    for step in range(first, last):",
    ),
    "a refractory period is lost between two runs": (
        "test_restore_goes_back",
        "    for step in range(first, last):",
        "    Leaky_refractory_left[:] = 0.0\n    for step in range(first, last):",
    ),
    "a rate counts a spike that was none": (
        "test_rates_and_samples_are_what_spikes_and_traces_say",
        "counts[row, number] = found.size",
        "counts[row, number] = found.size + (step == 6)",
    ),
    "weights learn what comes after them": (
        "test_plasticity_sees_what_was_there",
        "w_array[synapse] = Learning_depress(w_array[synapse], q_array[target])",
        "w_array[synapse] = Learning_depress(w_array[synapse], q_array[target] + 1.0)",
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

    def source(self, program, constants=None):
        return self.printed(program, constants)

    def printed(self, program, constants=None):
        text = print_program(program, self.dialect, constants)
        self.found += text.count(self.old)
        return text.replace(self.old, self.new)


class Deaf(NumpyBackend):
    """Runs its own text, whatever copy it is given."""

    def compile(self, program, source=None):
        return super().compile(program)


class Wandering(NumpyBackend):
    """Prints another text each time."""

    printed = 0

    def source(self, program, constants=None):
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
