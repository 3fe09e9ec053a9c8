"""A figure as inline SVG: small, the same each time, and nothing in it to run or to look up."""

from __future__ import annotations

import hashlib
import io
import re
import warnings
from typing import Any
from xml.etree import ElementTree

from avatars.displays.style import pyplot

__all__ = ["figure_as_svg"]

_NUMBER = re.compile(r"-?\d+\.\d+(?:e[-+]?\d+)?")
# Attributes and elements that hold coordinates; text is never touched.
_GEOMETRY = ("d", "x", "y", "width", "height", "transform", "points", "cx", "cy", "r", "style")
_REFERENCE = re.compile(r"url\(#([^)]+)\)")
_DIGITS = 5


def figure_as_svg(figure: Any) -> str:
    """Return a figure as an ``<svg>`` element to be put into a page.

    Labels stay text, escaped, for readers and searches; numbers keep five digits, which no eye
    can tell from more and no value of a person can be read from.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        A display's ``figure_``.

    Returns
    -------
    str
        The same for the same figure: no date, and identifiers made from the content, so that the
        figures of one page don't refer to one another's parts.

    Raises
    ------
    MissingExtraError
        Without matplotlib.

    Examples
    --------
    >>> from avatars.datasets import make_patients
    >>> from avatars.displays import DistributionDisplay, figure_as_svg
    >>> people, others = make_patients(100, random_state=0), make_patients(100, random_state=1)
    >>> display = DistributionDisplay.from_tables(people, others, columns=["age"])
    >>> figure_as_svg(display.figure_)[:5]
    '<svg '
    """
    root = ElementTree.fromstring(_written(figure))
    parents = {child: parent for parent in root.iter() for child in parent}
    for element in list(root.iter()):
        name = _local(str(element.tag))
        # A style sheet would hold for the whole page, and the metadata tell when and by what.
        if name in ("metadata", "style") and element in parents:
            parents[element].remove(element)
            continue
        element.tag = name
        element.attrib = {_local(key): value for key, value in element.attrib.items()}
        for key in _GEOMETRY:
            if key in element.attrib:
                element.attrib[key] = _NUMBER.sub(_short, element.attrib[key])
    _rename(root)
    root.attrib |= {
        "xmlns": "http://www.w3.org/2000/svg",
        "style": "max-width:100%;height:auto;stroke-linejoin:round;stroke-linecap:butt",
    }
    return ElementTree.tostring(root, encoding="unicode")


def _written(figure: Any) -> bytes:
    """Return what matplotlib writes, with text as text and names that don't change."""
    pyplot()
    import matplotlib as mpl

    file = io.BytesIO()
    settings: dict[Any, Any] = {"svg.fonttype": "none", "svg.hashsalt": "avatars"}
    with mpl.rc_context(settings), warnings.catch_warnings():
        # The reader's browser has the glyphs of scripts that matplotlib's own font lacks.
        warnings.filterwarnings("ignore", message=r"(?s)Glyph .* missing")
        figure.savefig(file, format="svg", metadata={"Date": None})
    return file.getvalue()


def _local(name: str) -> str:
    """Drop the namespace: in a page, the elements of an <svg> need none."""
    return name.rpartition("}")[2]


def _short(number: re.Match[str]) -> str:
    text = f"{float(number[0]):.{_DIGITS}g}"
    return text if "e" not in text else f"{float(text):.6f}".rstrip("0").rstrip(".")


def _rename(root: ElementTree.Element) -> None:
    """Keep only the identifiers that something refers to, under names of this figure's own."""
    used: set[str] = set()
    for element in root.iter():
        for key, value in element.attrib.items():
            used.update(_REFERENCE.findall(value))
            if key == "href" and value.startswith("#"):
                used.add(value[1:])
    for element in root.iter():
        if element.attrib.get("id") not in used:
            element.attrib.pop("id", None)
    content = ElementTree.tostring(root)
    prefix = "a" + hashlib.blake2b(content, digest_size=6).hexdigest()
    # Numbered, since matplotlib makes its names from coordinates.
    names = {name: f"{prefix}-{place}" for place, name in enumerate(sorted(used))}
    for element in root.iter():
        for key, value in element.attrib.items():
            if key == "id":
                element.attrib[key] = names[value]
            elif key == "href" and value.startswith("#"):
                element.attrib[key] = "#" + names[value[1:]]
            else:
                element.attrib[key] = _REFERENCE.sub(lambda m: f"url(#{names[m[1]]})", value)
