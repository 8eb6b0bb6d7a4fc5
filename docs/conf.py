"""Sphinx's settings. ``scripts/docs`` builds the site; the pages come from ``site_pages.py``."""

import re
import sys
from pathlib import Path
from runpy import run_path

from pygments.lexers.special import TextLexer
from sphinx.application import Sphinx

DOCS = Path(__file__).resolve().parent
SOURCE = DOCS.parent / "src"
sys.path[:0] = [str(SOURCE), str(DOCS)]  # docstrings of this checkout, and api_links

project = "counterpoise"
author = "The counterpoise developers"
copyright = "The counterpoise developers, MIT licence"
version = release = str(run_path(f"{SOURCE}/counterpoise/version.py")["__version__"])

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.napoleon",
    "sphinx.ext.viewcode",
    "sphinx_copybutton",
    "api_links",
]
root_doc = "index"
source_suffix = {".md": "markdown", ".rst": "restructuredtext"}
language = "en"

myst_heading_anchors = 4  # links to #titles mean the same here and in the repository
copybutton_exclude = ".linenos, .gp, .go"

default_role = "py:obj"  # `name` in a docstring: a link where it is ours, else code
autosummary_generate = False
autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_typehints_format = "short"
python_use_unqualified_type_names = True
maximum_signature_line_length = 88
napoleon_numpy_docstring = False

html_theme = "pydata_sphinx_theme"
html_title = "counterpoise"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_copy_source = False
html_show_sourcelink = False
html_sidebars = {"index": [], "install": [], "references": [], "changelog": [], "contributing": []}
html_theme_options = {
    "navbar_align": "left",
    "header_links_before_dropdown": 5,
    "navigation_with_keys": False,
    "show_toc_level": 2,
    "secondary_sidebar_items": ["page-toc"],
    "footer_start": ["copyright"],
    "footer_end": ["theme-version"],
    "pygments_light_style": "a11y-high-contrast-light",
    "pygments_dark_style": "a11y-high-contrast-dark",
}


def skip(app: Sphinx, kind: str, name: str, value: object, skipped: bool, options: object) -> bool:
    """Leave out what scikit-learn adds to a classifier to route metadata."""
    return skipped or re.fullmatch(r"set_\w+_request", name) is not None


def setup(app: Sphinx) -> None:
    """Called by Sphinx."""
    app.connect("autodoc-skip-member", skip)
    app.add_lexer("csv", TextLexer)
