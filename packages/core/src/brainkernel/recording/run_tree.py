"""What a run returns.

An xarray.DataTree that is filled when somebody looks at it, so that a short run stays short.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import xarray

Content = Callable[[], tuple[Mapping[str, Any], Mapping[str, xarray.Dataset]]]


class RunTree(xarray.DataTree):  # type: ignore[no-untyped-call]  # xarray looks at subclasses
    """A tree whose datasets are made at the first access, when it turns into an ordinary DataTree.

    What it is made of must not change between the run and that access.
    """

    __slots__ = ()

    @classmethod
    def of(cls, content: Content) -> xarray.DataTree:
        """Make a tree that is still empty.

        Parameters
        ----------
        content : function
            Gives the attributes of the tree and the dataset of each node, by name; called once, or
            never.
        """
        tree = object.__new__(
            cls
        )  # without __init__, so that the first access finds nothing and asks `__getattr__`
        tree.__dict__["content"] = content
        return tree

    def __getattr__(self, name: str) -> Any:
        _fill(self)
        return getattr(self, name)

    def __reduce_ex__(self, protocol: Any) -> Any:
        _fill(self)
        return self.__reduce_ex__(protocol)


def _fill(tree: Any) -> None:
    content = tree.__dict__.get("content")
    if content is None:  # another thread was here a moment ago
        return
    attributes, datasets = content()
    children = {name: xarray.DataTree(dataset) for name, dataset in datasets.items()}
    tree.__class__ = xarray.DataTree
    tree.__init__(xarray.Dataset(attrs=attributes), children, "run")
    tree.__dict__.pop("content", None)
