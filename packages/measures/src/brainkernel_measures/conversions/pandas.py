"""As a table of pandas."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from brainkernel_measures.recorded import Recorded, dataset_of

if TYPE_CHECKING:
    import pandas


def to_dataframe(dataset: Recorded) -> pandas.DataFrame:
    """Turn what a monitor recorded into a table of pandas.

    Of spikes, each row is one: `time`, `neuron`, in a batch `run`, and values that were recorded
    with it. `neuron` is categorical and knows the silent neurons too, so that
    ``table.groupby("neuron", observed=False).size()`` counts them. Other datasets are in long form,
    as xarray gives them. The units of the columns are in ``table.attrs["units"]``.

    Parameters
    ----------
    dataset : xarray.Dataset
        What any monitor recorded.

    Returns
    -------
    pandas.DataFrame
        A table with a row for each spike, or for each element and time.
    """
    import pandas

    dataset = dataset_of(dataset)
    if "spike" not in dataset.dims:
        table = dataset.to_dataframe()
    else:
        columns = {str(name): array.values for name, array in dataset.data_vars.items()}
        cells = np.atleast_1d(dataset["cell"].values)
        # a category without a row is a silent neuron
        columns["neuron"] = pandas.Categorical(columns["neuron"], cells)
        table = pandas.DataFrame(columns)
    units = {}
    for name, variable in dataset.variables.items():
        if "units" in variable.attrs:
            units[str(name)] = variable.attrs["units"]
    table.attrs["units"] = units
    return table
