"""Connection rules: what they promise holds for every size, and chance is fair."""

from __future__ import annotations

import itertools
import math
from collections import Counter
from dataclasses import dataclass, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from brainkernel import connect
from brainkernel.connect import Ends, Pairs
from brainkernel.errors import ConnectError, PluginError, UnknownNameError
from brainkernel.random import Random, threefry_2x32, unit_float
from brainkernel.random.sampling_kernels import NumpyKernels

sparse = pytest.importorskip("scipy.sparse")
stats = pytest.importorskip("scipy.stats")

SIZES = st.integers(0, 12)
DRAWN = (connect.fixed_in_degree, connect.fixed_out_degree, connect.fixed_total)


def group(size):
    """Ends that are both the whole of one group."""
    return Ends(size, size, np.arange(size), np.arange(size))


@st.composite
def slices(draw):
    """Ends that are two slices of one group, overlapping as it comes, or two groups."""
    neurons = draw(st.permutations(range(14)))
    pre, post = (np.array(draw(st.sampled_from(range(1, 13)))) for _ in range(2))
    ends = Ends(
        int(pre), int(post), np.array(neurons[: int(pre)]), np.array(sorted(neurons)[: int(post)])
    )
    return ends if draw(st.booleans()) else replace(ends, pre_ids=None, post_ids=None)


def connected(rule, ends, seed=0):
    return connect.check_pairs(rule, rule.pairs(ends, Random(seed, "projection")), ends)


def listed(pairs):
    return list(zip(pairs.pre.tolist(), pairs.post.tolist(), strict=True))


def autapses(pairs, ends):
    return (
        0
        if ends.pre_ids is None
        else int((ends.pre_ids[pairs.pre] == ends.post_ids[pairs.post]).sum())
    )


def random_rules():
    flags = st.booleans()
    return st.one_of(
        st.builds(connect.all_to_all, flags),
        st.builds(connect.fixed_prob, st.floats(0, 1), flags),
        *(st.builds(rule, st.integers(0, 20), flags, flags) for rule in DRAWN),
    )


class TestEveryRule:
    @given(rule=random_rules(), ends=slices(), seed=st.integers(0, 2**64 - 1))
    @settings(max_examples=300)
    def test_keeps_its_promises(self, rule, ends, seed):
        try:
            pairs = connected(rule, ends, seed)
        except ConnectError as error:
            assert "partners or pairs" in str(error)
            return
        assert (pairs.pre.dtype, pairs.post.dtype) == (np.int64, np.uint16)
        assert listed(pairs) == sorted(listed(pairs))
        if not rule.autapses:
            assert autapses(pairs, ends) == 0
        if not getattr(rule, "multapses", False):
            assert len(set(listed(pairs))) == len(pairs)
        assert listed(pairs) == listed(connected(rule, ends, seed))

    @given(rule=random_rules(), ends=slices(), part=st.integers(1, 40), threads=st.integers(1, 3))
    def test_parts_and_threads_change_nothing(self, rule, ends, part, threads):
        try:
            whole = listed(connected(rule, ends))
        except ConnectError:
            return
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("brainkernel.random.row_sampling.CHUNK", part)
            patch.setattr("brainkernel.connect.partners.PART", part)
            patch.setattr("brainkernel.random.generator.COMPILED_FROM", 0)
            pairs = rule.pairs(
                ends, Random(0, "projection", kernels=NumpyKernels(), threads=threads)
            )
        assert listed(pairs) == whole

    @given(rule=random_rules(), ends=slices())
    def test_expects_what_it_makes(self, rule, ends):
        try:
            pairs = connected(rule, ends)
        except ConnectError:
            return
        if isinstance(rule, connect.fixed_prob):
            assert rule.expected(ends) == pytest.approx(
                rule.p * len(connected(connect.all_to_all(rule.autapses), ends))
            )
        else:
            assert rule.expected(ends) == len(pairs)

    @pytest.mark.parametrize("rule", [connect.fixed_prob(0.5), *(drawn(10) for drawn in DRAWN)])
    def test_seeds_differ(self, rule):
        assert listed(connected(rule, group(20), 1)) != listed(connected(rule, group(20), 2))

    def test_prints_as_it_was_written(self):
        assert repr(connect.fixed_prob(0.2)) == "fixed_prob(p=0.2, autapses=True, procedural=False)"


class TestWithoutChance:
    @given(SIZES, SIZES)
    def test_all_to_all(self, pre, post):
        pairs = connected(connect.all_to_all(), Ends(pre, post))
        assert listed(pairs) == list(itertools.product(range(pre), range(post)))

    @given(slices())
    def test_all_to_all_but_oneself(self, ends):
        every = connected(connect.all_to_all(), ends)
        others = connected(connect.all_to_all(autapses=False), ends)
        assert len(others) == len(every) - autapses(every, ends)

    def test_one_to_one(self):
        assert listed(connected(connect.one_to_one(), Ends(3, 3))) == [(0, 0), (1, 1), (2, 2)]
        with pytest.raises(ConnectError, match="3 sources and 4 targets"):
            connected(connect.one_to_one(), Ends(3, 4))


class TestFixedProb:
    @pytest.mark.parametrize("p", [0.001, 0.02, 0.5, 0.97])
    def test_number_of_synapses_is_binomial(self, p):
        counts = [len(connected(connect.fixed_prob(p), Ends(60, 50), seed)) for seed in range(400)]
        synapse_blocks = np.unique(stats.binom.ppf(np.linspace(0.1, 0.9, 9), 3000, p))
        expected = np.diff(
            np.concatenate([[0], stats.binom.cdf(synapse_blocks, 3000, p), [1]])
        ) * len(counts)
        observed = np.bincount(np.searchsorted(synapse_blocks, counts), minlength=expected.size)
        assert stats.chisquare(observed, expected).pvalue > 1e-3

    def test_each_cell_is_as_likely_and_independent(self):
        p, seeds = 0.3, 2000
        cells = np.zeros((seeds, 30))
        for seed in range(seeds):
            pairs = connected(connect.fixed_prob(p), Ends(5, 6), seed)
            cells[seed, pairs.pre * 6 + pairs.post] = 1
        z = (cells.mean(0) - p) / math.sqrt(p * (1 - p) / seeds)
        assert stats.kstest(z, "norm").pvalue > 1e-3
        correlations = np.corrcoef(cells.T)[np.triu_indices(30, 1)] * math.sqrt(seeds)
        assert stats.kstest(correlations, "norm").pvalue > 1e-3

    @given(p=st.floats(0, 1), autapses=st.booleans(), ends=slices(), seed=st.integers(0, 99))
    def test_a_row_comes_back_alone(self, p, autapses, ends, seed):
        rule = connect.fixed_prob(p, autapses)
        pairs = connected(rule, ends, seed)
        for source in range(ends.pre_size):
            row = rule.row(ends, Random(seed, "projection"), source)
            assert row.dtype == pairs.post.dtype
            assert row.tolist() == pairs.post[pairs.pre == source].tolist()

    @pytest.mark.parametrize("source", [-1, 3])
    def test_a_row_of_nobody_is_refused(self, source):
        with pytest.raises(ConnectError, match=f"source {source} is outside 0 to 2"):
            connect.fixed_prob(0.5).row(Ends(3, 3), Random(0, "x"), source)

    def test_gaps_are_those_of_the_documented_counters(self):
        p, ends = 0.1, Ends(30, 400)
        key = np.array(Random(0, "projection").next_key(), np.uint32)[:, None]
        pairs = connected(connect.fixed_prob(p), ends)
        for source in range(ends.pre_size):
            u = unit_float(*threefry_2x32(*key, np.arange(400, dtype=np.uint32), np.uint32(source)))
            cells = np.cumsum(np.floor(np.log(1 - u) / math.log(1 - p)).astype(int) + 1) - 1
            assert pairs.post[pairs.pre == source].tolist() == cells[cells < 400].tolist()

    def test_rows_are_independent(self):
        counts = np.diff(connected(connect.fixed_prob(0.2), Ends(4000, 50)).rows(4000))
        assert counts.var() == pytest.approx(50 * 0.2 * 0.8, rel=4 * math.sqrt(2 / 4000))
        assert abs(np.corrcoef(counts[1:], counts[:-1])[0, 1]) < 4 / math.sqrt(4000)

    def test_excluding_autapses_takes_them_out_and_no_more(self):
        with_them, without = (
            connected(connect.fixed_prob(0.4, kept), group(40)) for kept in (True, False)
        )
        assert listed(without) == [(i, j) for i, j in listed(with_them) if i != j]
        assert len(without) < len(with_them)

    def test_none_all_and_hardly_any(self):
        assert len(connected(connect.fixed_prob(0), Ends(30, 30))) == 0
        assert len(connected(connect.fixed_prob(1), Ends(30, 30))) == 900
        assert len(connected(connect.fixed_prob(1e-310), Ends(10**6, 10**6))) == 0
        assert len(connected(connect.fixed_prob(1e-10), Ends(10**6, 10**6))) == pytest.approx(
            100, abs=40
        )

    @pytest.mark.parametrize("p", [-0.1, 1.1, math.nan, "0.2", [0.1, 0.2]])
    def test_refuses_what_is_no_probability(self, p):
        with pytest.raises(ConnectError, match="a probability is a number from 0 to 1"):
            connect.fixed_prob(p)


class TestFixedNumbers:
    @given(ends=slices(), k=st.integers(0, 12), flags=st.tuples(st.booleans(), st.booleans()))
    def test_degrees_are_exact(self, ends, k, flags):
        for rule, end, size in (
            (DRAWN[0], "post", ends.post_size),
            (DRAWN[1], "pre", ends.pre_size),
        ):
            try:
                pairs = connected(rule(k, *flags), ends)
            except ConnectError:
                continue
            assert np.bincount(getattr(pairs, end), minlength=size).tolist() == [k] * size

    @given(ends=slices(), n=st.integers(0, 40), flags=st.tuples(st.booleans(), st.booleans()))
    def test_totals_are_exact(self, ends, n, flags):
        possible = len(connected(connect.all_to_all(flags[0]), ends))
        rule = connect.fixed_total(n, *flags)
        if n > possible and not (flags[1] and possible):
            with pytest.raises(ConnectError, match=f"no more than {possible} "):
                connected(rule, ends)
        else:
            assert len(connected(rule, ends)) == n

    @pytest.mark.parametrize("k", [1, 2, 3, 4])
    def test_subsets_are_equally_likely(self, k):
        pairs = connected(connect.fixed_in_degree(k, multapses=False), Ends(5, 6000))
        order = np.argsort(pairs.post, kind="stable")
        subsets = Counter(map(tuple, pairs.pre[order].reshape(6000, k).tolist()))
        observed = [subsets[each] for each in itertools.combinations(range(5), k)]
        assert sum(observed) == 6000
        assert stats.chisquare(observed).pvalue > 1e-3

    @pytest.mark.parametrize("autapses", [True, False])
    def test_totals_give_degrees_that_are_binomial(self, autapses):
        pairs = connected(connect.fixed_total(60_000, autapses), group(2000))
        for degrees in (np.diff(pairs.rows(2000)), np.bincount(pairs.post, minlength=2000)):
            assert degrees.var() == pytest.approx(30 * (1 - 1 / 2000), rel=4 * math.sqrt(2 / 2000))

    def test_totals_favour_no_source_that_lacks_an_autapse(self):
        ends = Ends(3, 2, np.array([0, 1, 2]), np.array([2, 3]))
        pairs = connected(connect.fixed_total(50_000, autapses=False), ends)
        observed = np.zeros((3, 2))
        np.add.at(observed, (pairs.pre, pairs.post), 1)
        assert observed[2, 0] == 0
        assert stats.chisquare(observed.ravel()[[0, 1, 2, 3, 5]]).pvalue > 1e-3

    def test_in_degrees_draw_the_documented_counters(self):
        key = np.array(Random(0, "projection").next_key(), np.uint32)[:, None]
        pairs = connected(connect.fixed_in_degree(20), Ends(70, 30))
        for target in range(30):
            x0, x1 = threefry_2x32(*key, np.arange(20, dtype=np.uint32), np.uint32(target))
            sources = sorted(
                (int(a) * 2**32 + int(b)) * 70 >> 64 for a, b in zip(x0, x1, strict=True)
            )
            assert pairs.pre[pairs.post == target].tolist() == sources

    def test_multapses_come_as_often_as_chance_has_it(self):
        pairs = connected(connect.fixed_out_degree(2), Ends(8000, 4))
        twice = (pairs.post.reshape(-1, 2)[:, 0] == pairs.post.reshape(-1, 2)[:, 1]).sum()
        assert stats.binomtest(int(twice), 8000, 1 / 4).pvalue > 1e-3

    @pytest.mark.parametrize("multapses", [True, False])
    @pytest.mark.parametrize("drawn", DRAWN)
    def test_excluding_autapses_favours_no_other_pair(self, drawn, multapses):
        number = 6 if drawn is connect.fixed_total else 2
        observed = np.zeros((4, 4))
        for seed in range(1500):
            pairs = connected(drawn(number, autapses=False, multapses=multapses), group(4), seed)
            np.add.at(observed, (pairs.pre, pairs.post), 1)
        others = observed[~np.eye(4, dtype=bool)]
        assert np.trace(observed) == 0
        expected = observed.sum() / 12
        assert np.abs(others - expected).max() < 5 * math.sqrt(expected)

    def test_only_neurons_at_both_ends_lose_a_partner(self):
        ends = Ends(3, 3, np.array([0, 1, 2]), np.array([2, 3, 4]))
        pairs = connected(connect.fixed_in_degree(2, autapses=False, multapses=False), ends)
        assert [i for i, j in listed(pairs) if j == 0] == [0, 1]
        with pytest.raises(ConnectError, match=r"fixed_in_degree\(k=3.*no more than 2 partners"):
            connected(connect.fixed_in_degree(3, autapses=False, multapses=False), ends)

    def test_nobody_to_connect_with(self):
        with pytest.raises(ConnectError, match="no more than 0"):
            connected(connect.fixed_in_degree(1, autapses=False), group(1))
        assert len(connected(connect.fixed_in_degree(5), Ends(0, 0))) == 0

    @pytest.mark.parametrize("drawn", DRAWN)
    @pytest.mark.parametrize("number", [-1, 2.0, True, None])
    def test_refuses_what_is_no_number_of_synapses(self, drawn, number):
        with pytest.raises(ConnectError, match="whole number >= 0"):
            drawn(number)


class TestFromIJ:
    @given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 6)), max_size=30))
    def test_keeps_the_order_within_a_source(self, synapses):
        i, j = np.array(synapses, dtype=np.int64).reshape(-1, 2).T
        pairs = connected(connect.from_ij(i, j), Ends(5, 7))
        assert listed(pairs) == sorted(synapses, key=lambda synapse: synapse[0])
        assert listed(pairs) == [synapses[position] for position in pairs.order]

    def test_later_changes_of_the_arrays_do_not_matter(self):
        i = np.array([0, 1])
        rule = connect.from_ij(i, [0, 0])
        i[:] = 99
        assert listed(connected(rule, Ends(2, 1))) == [(0, 0), (1, 0)]

    @pytest.mark.parametrize(
        ("i", "j", "message"),
        [
            ([0, 1], [0], "2 sources i and 1 targets j"),
            ([0.5], [0], "whole numbers for i"),
            ([[0]], [[0]], r"whole numbers for i.*shape \(1, 1\)"),
            ([0, 5, 6], [0, 0, 0], r"i\[1\] = 5 \(2 of 3 entries\) outside the 5 sources"),
            ([0, 1], [0, -1], r"j\[1\] = -1 \(1 of 2 entries\) outside the 7 targets"),
        ],
    )
    def test_refuses_lists_that_fit_no_pairs(self, i, j, message):
        with pytest.raises(ConnectError, match=message):
            connected(connect.from_ij(i, j), Ends(5, 7))


FORMATS = ("coo", "csr", "csc", "lil", "dok", "dia", "bsr")


class TestMatrices:
    @given(
        st.lists(
            st.lists(st.sampled_from([0.0, -1.5, 2.0]), min_size=3, max_size=3),
            min_size=1,
            max_size=5,
        )
    )
    def test_dense_and_sparse_matrices_come_back(self, rows):
        matrix = np.array(rows)
        ends = Ends(*matrix.shape)
        for rule in (
            connect.from_matrix(matrix),
            *(connect.from_sparse(sparse.coo_array(matrix).asformat(f)) for f in FORMATS),
        ):
            pairs = connected(rule, ends)
            rebuilt = np.zeros_like(matrix)
            rebuilt[pairs.pre, pairs.post] = pairs.values
            np.testing.assert_array_equal(rebuilt, matrix)
            assert listed(pairs) == sorted(listed(pairs))
            assert len(pairs) == np.count_nonzero(matrix)

    def test_booleans_carry_no_weights(self):
        matrix = np.array([[True, False], [True, True]])
        for rule in (connect.from_matrix(matrix), connect.from_sparse(sparse.csr_array(matrix))):
            pairs = connected(rule, Ends(2, 2))
            assert listed(pairs) == [(0, 0), (1, 0), (1, 1)]
            assert pairs.values is None

    def test_a_stored_zero_is_a_synapse(self):
        matrix = sparse.coo_array(([0.0, 3.0], ([1, 0], [0, 1])), shape=(2, 2))
        pairs = connected(connect.from_sparse(matrix), Ends(2, 2))
        assert listed(pairs) == [(0, 1), (1, 0)]
        assert pairs.values.tolist() == [3.0, 0.0]

    @pytest.mark.parametrize(
        ("rule", "message"),
        [
            (
                lambda: connect.from_matrix(np.ones((3, 2))),
                r"shape \(3, 2\), but .* is \(2, 3\); transpose it",
            ),
            (lambda: connect.from_matrix(np.ones((2, 2))), r"shape \(2, 2\), but .* is \(2, 3\)$"),
            (
                lambda: connect.from_matrix([[1, 0, 0], [0, np.nan, np.inf]]),
                r"nan at \[1, 1\] \(2 such",
            ),
            (lambda: connect.from_matrix([1.0, 2.0]), r"shape \(2,\)"),
            (lambda: connect.from_matrix([[1j]]), "real numbers"),
            (lambda: connect.from_sparse(sparse.csr_array((3, 2))), "transpose it"),
            (
                lambda: connect.from_sparse(sparse.csr_array([[0, np.inf, 0], [0, 0, 0]])),
                r"inf at \[0, 1\]",
            ),
            (lambda: connect.from_sparse(np.ones((2, 3))), "was given ndarray; use from_matrix"),
            (
                lambda: connect.from_sparse(
                    sparse.coo_array(([1.0, 2.0], ([1, 1], [2, 2])), shape=(2, 3))
                ),
                r"more than one entry at \[1, 2\]; call sum_duplicates\(\)",
            ),
        ],
    )
    def test_refuses_matrices_that_do_not_fit(self, rule, message):
        with pytest.raises(ConnectError, match=message):
            connected(rule(), Ends(2, 3))


class TestEnds:
    @pytest.mark.parametrize("ids", [[0, 1, 1], [0, 1]])
    def test_each_neuron_is_named_once(self, ids):
        with pytest.raises(ConnectError, match="the pre end must name each of its 3 neurons once"):
            Ends(3, 3, np.array(ids), np.arange(3))


class TestPairs:
    def test_by_rows_and_by_lists_are_the_same(self):
        lists = Pairs(np.array([0, 0, 2]), np.array([5, 7, 1]))
        rows = Pairs.by_rows(np.array([0, 2, 2, 3, 3]), np.array([5, 7, 1], np.uint16))
        assert listed(lists) == listed(rows) == [(0, 5), (0, 7), (2, 1)]
        assert lists.rows(4).tolist() == rows.rows(4).tolist() == [0, 2, 2, 3, 3]
        assert len(lists) == len(rows) == 3

    def test_targets_take_the_least_room(self):
        assert [connect.index_type(size) for size in (0, 2**16, 2**16 + 1, 2**32, 2**32 + 1)] == [
            *(np.uint16, np.uint16, np.uint32, np.uint32, np.uint64)
        ]
        wide = connected(connect.one_to_one(), Ends(70_000, 70_000))
        assert wide.post.dtype == np.uint32
        assert wide.post[-1] == 69_999

    @pytest.mark.parametrize(
        ("rows", "post", "fault"),
        [
            ([0, 1], [0], r"`rows` of shape \(2,\) for 2 sources, not \(3,\)"),
            ([0, 2, 1], [0], "do not rise from 0 to its 1 synapses"),
            ([1, 1, 1], [0], "do not rise"),
            ([0, 1, 2], [0], "do not rise"),
            ([0, 1, 1], [2], "`post` outside 0 to 1"),
        ],
    )
    def test_rows_that_break_the_contract_are_refused(self, rows, post, fault):
        pairs = Pairs.by_rows(np.array(rows), np.array(post))
        with pytest.raises(ConnectError, match=fault):
            connect.check_pairs("rule", pairs, Ends(2, 2))

    @pytest.mark.parametrize("place", [0, 1, 3, 8])
    def test_a_fall_is_found_wherever_it_is(self, place, monkeypatch):
        monkeypatch.setattr("brainkernel.model.connection_rule.CHUNK", 3)
        pre = np.arange(1, 11)
        pre[place + 1] = 0
        with pytest.raises(ConnectError, match="not sorted"):
            connect.check_pairs("rule", Pairs(pre, np.zeros(10, int)), Ends(20, 1))

    def test_listed_rules_expect_their_lists(self):
        assert connect.from_ij([0, 0, 1], [0, 0, 1]).expected(Ends(2, 2)) == 3
        assert connect.from_matrix([[0, 1], [2, 3]]).expected(Ends(2, 2)) == 3
        matrix = np.array([[0.0, 1.0], [2.0, 3.0]])
        for f in FORMATS:
            rule = connect.from_sparse(sparse.coo_array(matrix).asformat(f))
            assert rule.expected(Ends(2, 2)) == len(connected(rule, Ends(2, 2))) == 3
        assert connect.one_to_one().expected(Ends(4, 4)) == 4


@dataclass(frozen=True)
class Given:
    """A rule of somebody else's that gives what it was given."""

    pre: list[int]
    post: list[int]

    def pairs(self, ends, random):
        return Pairs(np.array(self.pre), np.array(self.post))


@pytest.mark.parametrize(
    ("pre", "post", "fault"),
    [
        ([0, 1], [0], "shapes"),
        ([1, 0], [0, 0], "not sorted"),
        ([2], [0], "`pre` outside"),
        ([0], [-1], "`post` outside"),
    ],
)
def test_a_foreign_rule_that_breaks_the_contract_is_named(pre, post, fault):
    with pytest.raises(ConnectError, match=rf"Given.*{fault}"):
        connected(Given(pre, post), Ends(2, 2))


class TestRulesOfPlugins:
    @pytest.fixture
    def asked(self, monkeypatch):
        class Host:
            def load(self, kind, name):
                if (kind, name) == ("connector", "small_world"):
                    return Given
                raise UnknownNameError(f"no {kind} {name}")

        monkeypatch.setattr("brainkernel.plugins.host.default_host", Host)

    def test_are_found_by_name(self, asked):
        assert connect.small_world is Given

    def test_unknown_names_are_no_attributes(self, asked):
        with pytest.raises(AttributeError, match="has no rule 'smal_world'"):
            _ = connect.smal_world

    def test_private_names_ask_no_plugin(self, monkeypatch):
        def explode():
            raise PluginError("asked")

        monkeypatch.setattr("brainkernel.plugins.host.default_host", explode)
        assert not hasattr(connect, "__wrapped__")
        with pytest.raises(PluginError):
            _ = connect.small_world


@pytest.mark.parametrize("given", [([0], [1]), None, np.eye(2)], ids=["tuple", "nothing", "matrix"])
def test_a_rule_that_gives_no_pairs_is_told_what_to_return(given):
    rule = type("Odd", (), {"pairs": lambda self, ends, random: given})()
    with pytest.raises(
        ConnectError, match=rf"gave a {type(given).__name__}: return brainkernel\.connect\.Pairs"
    ):
        connected(rule, group(2))
