"""Rules that list the synapses: index arrays, dense matrices and sparse ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from brainkernel.errors import ConnectError
from brainkernel.model.connection_rule import Ends, Indices, Pairs
from brainkernel.random import Random, index_type
from brainkernel.random.row_parts import row_starts


@dataclass(frozen=True, eq=False)
class from_ij:
    """Connect source i[n] with target j[n] for each n; the lists are copied.

    Synapses are numbered by source; those of one source keep the order of the list. Weights and
    delays may be given in the order of the list: `Pairs.order` carries them over.

    Parameters
    ----------
    i, j : sequences of int
        Local indices into the two ends, of equal length. A pair may occur more than once.

    Raises
    ------
    ConnectError
        If the lists are not whole numbers, differ in length, or point outside the ends.
    """

    i: ArrayLike
    j: ArrayLike

    def __post_init__(self) -> None:
        i, j = _index_list("i", self.i), _index_list("j", self.j)
        if i.size != j.size:
            raise ConnectError(
                f"from_ij has {i.size} sources i and {j.size} targets j; each synapse needs one of "
                "both"
            )
        object.__setattr__(self, "i", i)
        object.__setattr__(self, "j", j)

    def pairs(self, ends: Ends, random: Random) -> Pairs:
        """Return the synapses between the two ends."""
        i = np.asarray(self.i)
        j = np.asarray(self.j)
        _check_inside("i", i, ends.pre_size, "source")
        _check_inside("j", j, ends.post_size, "target")
        order = np.argsort(i, kind="stable")
        return Pairs.by_rows(_rows(i, ends), _targets(j[order], ends), order)

    def expected(self, ends: Ends) -> float:
        """Return the number of synapses."""
        return float(np.size(self.i))


@dataclass(frozen=True, eq=False)
class from_matrix:
    """Connect where a matrix is not zero.

    Its entries are the values of `weight`, unless they are booleans.

    Parameters
    ----------
    matrix : array of shape (pre, post)

    Raises
    ------
    ConnectError
        If the shape does not fit the ends, or an entry is no finite real number.
    """

    matrix: ArrayLike
    each_pair_once: ClassVar[bool] = True

    def __post_init__(self) -> None:
        matrix = _dense(self.matrix)
        if matrix.ndim != 2 or matrix.dtype.kind not in "biuf":
            kind = f"{matrix.dtype} array of shape {matrix.shape}"
            raise ConnectError(
                f"from_matrix needs real numbers in a matrix (pre, post), but was given a {kind}"
            )
        pre, post = np.nonzero(matrix)
        _check_finite("from_matrix", pre, post, matrix[pre, post])
        object.__setattr__(self, "matrix", matrix)

    @property
    def gives_weights(self) -> bool:
        """Whether the entries are weights."""
        return np.asarray(self.matrix).dtype.kind != "b"

    def pairs(self, ends: Ends, random: Random) -> Pairs:
        """Return the synapses between the two ends."""
        matrix = np.asarray(self.matrix)
        _check_shape("from_matrix", matrix.shape, ends)
        pre, post = np.nonzero(matrix)
        weights = _weights(matrix[pre, post])
        return Pairs.by_rows(_rows(pre, ends), _targets(post, ends), values=weights)

    def expected(self, ends: Ends) -> float:
        """Return the number of synapses."""
        return float(np.count_nonzero(self.matrix))


@dataclass(frozen=True, eq=False)
class from_sparse:
    """Connect where a SciPy sparse matrix or array stores an entry.

    The entries are the values of `weight`.

    A zero stored in the formats coo, csr and csc is a synapse of weight 0; the zeros that fill up a
    bsr or dia matrix are none. Entries of type bool carry no weights.

    Parameters
    ----------
    matrix : scipy.sparse matrix or array of shape (pre, post), in any format

    Raises
    ------
    ConnectError
        If the shape does not fit the ends, an entry is stored twice, or an entry is no finite real
        number.
    """

    matrix: Any

    def __post_init__(self) -> None:
        matrix = self.matrix
        is_sparse = hasattr(matrix, "tocoo") and len(matrix.shape) == 2
        if not is_sparse or matrix.dtype.kind not in "biuf":
            kind = type(matrix).__name__
            needs = f"real numbers in a SciPy sparse matrix (pre, post), but was given {kind}"
            raise ConnectError(f"from_sparse needs {needs}; use from_matrix for dense matrices")
        object.__setattr__(self, "matrix", matrix.copy())

    @property
    def gives_weights(self) -> bool:
        """Whether the entries are weights."""
        return bool(self.matrix.dtype.kind != "b")

    def pairs(self, ends: Ends, random: Random) -> Pairs:
        """Return the synapses between the two ends."""
        _check_shape("from_sparse", self.matrix.shape, ends)
        entries = self.matrix.tocoo()
        if self.matrix.format == "bsr":
            stored = np.flatnonzero(entries.data)
        else:
            stored = np.arange(entries.nnz)
        by_pair = np.lexsort((entries.col[stored], entries.row[stored]))
        order = stored[by_pair]
        pre, post = entries.row[order], entries.col[order]
        values = entries.data[order]
        _check_finite("from_sparse", pre, post, values)
        _check_once(pre, post)
        return Pairs.by_rows(_rows(pre, ends), _targets(post, ends), values=_weights(values))

    def expected(self, ends: Ends) -> float:
        """Return the number of synapses."""
        entries = self.matrix.tocoo()
        if self.matrix.format == "bsr":
            return float(np.count_nonzero(entries.data))
        return float(entries.nnz)


def _dense(matrix: Any) -> NDArray[Any]:
    """A copy of a matrix; what is masked, sparse or ragged is no matrix of numbers."""
    if np.ma.is_masked(matrix):
        raise ConnectError(
            "from_matrix was given masked entries: put 0 where there is no synapse, "
            "matrix.filled(0.0)"
        )
    if hasattr(matrix, "tocoo"):
        raise ConnectError("from_matrix was given a sparse matrix: use from_sparse")
    try:
        return np.array(matrix)
    except ValueError as cause:
        raise ConnectError(f"from_matrix needs rows of equal length: {cause}") from cause


def _rows(pre: NDArray[np.integer], ends: Ends) -> Indices:
    return row_starts(np.bincount(pre, minlength=ends.pre_size))


def _targets(post: NDArray[np.integer], ends: Ends) -> NDArray[np.unsignedinteger]:
    return post.astype(index_type(ends.post_size))


def _index_list(name: str, indices: ArrayLike) -> Indices:
    if np.ma.is_masked(indices):
        raise ConnectError(
            f"from_ij has masked numbers in {name}: leave these synapses out of both lists"
        )
    try:
        array = np.array(indices)
    except ValueError as cause:
        raise ConnectError(
            f"from_ij needs a flat list of whole numbers for {name}: {cause}"
        ) from cause
    if array.ndim != 1 or (array.size and array.dtype.kind not in "iu"):
        kind = f"a {array.dtype} array of shape {array.shape}"
        raise ConnectError(
            f"from_ij needs a flat list of whole numbers for {name}, but was given {kind}"
        )
    return array.astype(np.int64)


def _check_inside(name: str, index: Indices, size: int, end: str) -> None:
    wrong = np.flatnonzero((index < 0) | (index >= size))
    if wrong.size:
        first = wrong[0]
        entry = f"{name}[{first}] = {index[first]} ({wrong.size} of {index.size} entries)"
        advice = "indices count from 0 within the group or slice"
        raise ConnectError(f"from_ij has {entry} outside the {size} {end}s; {advice}")


def _check_shape(rule: str, shape: tuple[int, ...], ends: Ends) -> None:
    expected = (ends.pre_size, ends.post_size)
    if shape != expected:
        hint = "; transpose it" if shape == expected[::-1] else ""
        raise ConnectError(
            f"{rule} has a matrix of shape {shape}, but (pre, post) is {expected}{hint}"
        )


def _check_finite(
    rule: str,
    pre: NDArray[np.integer],
    post: NDArray[np.integer],
    values: NDArray[Any],
) -> None:
    wrong = np.flatnonzero(~np.isfinite(values))
    if wrong.size:
        first = wrong[0]
        position = f"[{pre[first]}, {post[first]}]"
        advice = "put 0 where there is no synapse"
        raise ConnectError(
            f"{rule} has {values[first]} at {position} ({wrong.size} such entries); {advice}"
        )


def _check_once(pre: NDArray[np.integer], post: NDArray[np.integer]) -> None:
    repeated = (np.diff(pre) == 0) & (np.diff(post) == 0)
    twice = np.flatnonzero(repeated)
    if twice.size:
        first = twice[0]
        position = f"[{pre[first]}, {post[first]}]"
        advice = "call sum_duplicates() on it, or list multapses with from_ij"
        raise ConnectError(f"from_sparse has more than one entry at {position}; {advice}")


def _weights(values: NDArray[Any]) -> NDArray[np.float64] | None:
    return None if values.dtype.kind == "b" else values.astype(np.float64)
