"""What was recorded, as other libraries hold it. Silent neurons are kept, and times have units."""

from brainkernel_measures.conversions.neo import to_neo
from brainkernel_measures.conversions.nwb import to_nwb
from brainkernel_measures.conversions.pandas import to_dataframe
from brainkernel_measures.conversions.pynapple import to_pynapple
from brainkernel_measures.conversions.sonata import to_sonata

__all__ = ["to_dataframe", "to_neo", "to_nwb", "to_pynapple", "to_sonata"]
