"""How Sphinx builds these pages."""

project = "brainkernel"
author = "brainkernel developers"
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.mathjax", "sphinx.ext.napoleon"]
html_theme = "furo"
html_title = "brainkernel"
exclude_patterns = ["_build"]
myst_enable_extensions = ["dollarmath"]
myst_heading_anchors = 3
napoleon_google_docstring = False
napoleon_use_ivar = (
    True  # attributes are no targets: types such as "function" would be taken for one
)
autodoc_typehints = "none"
