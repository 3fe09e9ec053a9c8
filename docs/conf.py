"""How Sphinx builds the documentation. Nothing here needs the network."""

from configparser import ConfigParser
from importlib.metadata import version as installed_version
from pathlib import Path

settings = ConfigParser()
settings.read(Path(__file__).parents[1] / "setup.cfg")

project = "avatars"
author = "The avatars developers"
project_copyright = author
release = version = installed_version("avatars")

extensions = [
    "myst_parser",  # for the changelog, which is Markdown
    "numpydoc",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.viewcode",
]
templates_path = ["_templates"]
exclude_patterns = ["_build"]
# Single backticks link to a name of ours where there is one, and are plain code where there isn't.
default_role = "py:obj"

autosummary_generate = True
autodoc_typehints = "none"  # the Parameters sections name the types, in words
numpydoc_show_class_members = False
numpydoc_class_members_toctree = False
numpydoc_validation_checks = set(settings["tool:numpydoc_validation"]["checks"].split())
numpydoc_validation_exclude = set(settings["tool:numpydoc_validation"]["exclude"].split())
myst_heading_anchors = 2

html_theme = "pydata_sphinx_theme"
html_title = "avatars"
html_show_sourcelink = False
html_theme_options = {
    "show_toc_level": 2,
    "navigation_with_keys": False,
    "footer_start": ["copyright"],
    "footer_end": [],
    "secondary_sidebar_items": ["page-toc"],
}
# Pages without sections of their own have nothing to put into a left sidebar.
html_sidebars = {page: [] for page in ("index", "install", "benchmarks", "changelog")}


def write_metrics_table(app):
    """Write the table of metrics that the guide includes, from the list that the code uses."""
    from avatars.metrics import METRICS

    words = {"higher": "higher", "lower": "lower", "nearest": "nearest to {best:g}"}
    lines = [".. list-table::", "   :header-rows: 1", "   :widths: 30 20 15 35", ""]
    for cells in [
        ("Metric", "Better", "Unit", "Needs, beside people and release"),
        *(
            (
                f":func:`{info.name} <avatars.metrics.{info.name}>`"
                if info.function.__class__.__name__ == "function"
                else f"``{info.name}``",
                words[info.direction].format(best=info.best),
                info.unit,
                ", ".join(
                    [
                        *(["aligned release"] if info.alignment == "paired" else []),
                        *sorted(info.needs),
                    ]
                )
                or "nothing",
            )
            for info in METRICS.values()
        ),
    ]:
        lines += [f"   {'* -' if not i else '  -'} {cell}" for i, cell in enumerate(cells)]
    path = Path(app.srcdir, "generated", "metrics-table.inc")
    path.parent.mkdir(exist_ok=True)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def setup(app):
    """Let Sphinx call what must be written before it reads the pages."""
    app.connect("builder-inited", write_metrics_table)
