"""What all displays of tables promise: they draw any table, in scikit-learn's manner."""

from __future__ import annotations

import sys
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot as plt
from matplotlib.colors import same_color

from avatars import Avatarizer, AvatarSampler
from avatars.datasets import make_patients
from avatars.displays import (
    AttackDisplay,
    CloakingDisplay,
    ContributionDisplay,
    CorrelationDisplay,
    DistanceDisplay,
    DistributionDisplay,
    ProjectionDisplay,
    figure_as_svg,
)
from avatars.exceptions import (
    InvalidParameterError,
    InvalidTableError,
    MissingExtraError,
    UnsupportedTypeError,
)
from avatars.tables import read_table

# The first is the one whose rows are aligned.
DISPLAYS = [
    CloakingDisplay,
    ContributionDisplay,
    CorrelationDisplay,
    DistanceDisplay,
    DistributionDisplay,
    ProjectionDisplay,
]
N_PANELS = {
    CloakingDisplay: 1,
    ContributionDisplay: 3,
    CorrelationDisplay: 3,
    DistanceDisplay: 2,
    DistributionDisplay: 13,
    ProjectionDisplay: 2,
}

of_every_kind = pytest.mark.parametrize("display", DISPLAYS, ids=lambda cls: cls.__name__)


def something_in(ax: Any) -> bool:
    """Tell whether a panel shows bars, cells, lines or a reason."""
    return bool(ax.patches or ax.lines or ax.texts) or same_color(ax.get_facecolor(), "#c5cad2")


@pytest.mark.once
@of_every_kind
def test_any_table_is_drawn_and_no_panel_is_empty(display: Any, table: pd.DataFrame) -> None:
    drawn = display.from_tables(table, table)
    assert all(something_in(ax) for ax in np.ravel(drawn.ax_))
    assert figure_as_svg(drawn.figure_).endswith("</svg>")


@pytest.mark.once
@of_every_kind
def test_no_label_is_cut_off(display: Any) -> None:
    people = make_patients(150, random_state=0).rename(columns={"age": "a" * 300})
    figure = display.from_tables(people, people).figure_
    figure.canvas.draw()
    box = figure.get_tightbbox(figure.canvas.get_renderer())
    width, height = figure.get_size_inches()
    assert box.width > 0.8 * width
    assert min(box.x0, box.y0) > -0.03
    assert box.x1 < width + 0.03
    assert box.y1 < height + 0.03


@of_every_kind
def test_estimator_shows_the_table_of_its_fit(display: Any) -> None:
    people = make_patients(100, random_state=0)
    fitted = Avatarizer(random_state=0).fit(people)
    aligned = Avatarizer(random_state=0, shuffle=False).fit_transform(people)
    one = figure_as_svg(display.from_estimator(fitted, people).figure_)
    assert one == figure_as_svg(display.from_tables(people, aligned).figure_)


def test_sampler_shows_its_y_as_a_column() -> None:
    people = make_patients(100, random_state=0)
    X, y = people.drop(columns="readmitted"), people["readmitted"]
    sampler = AvatarSampler(random_state=0).fit(X, y)
    columns = DistributionDisplay.from_estimator(sampler).columns
    assert [column.label for column in columns[:-1]] == list(X)
    assert sorted(columns[-1].names) == [False, True]


@of_every_kind
def test_tables_that_were_read_are_taken_as_they_are(display: Any) -> None:
    people = make_patients(100, random_state=0)
    read = read_table(people)
    one = figure_as_svg(display.from_tables(people, people).figure_)
    assert one == figure_as_svg(display.from_tables(read, read).figure_)


@pytest.mark.once
@pytest.mark.parametrize("display", DISPLAYS[1:], ids=lambda cls: cls.__name__)
def test_order_of_an_unaligned_release_doesn_t_matter(display: Any) -> None:
    people, others = make_patients(100, random_state=0), make_patients(120, random_state=1)
    one = figure_as_svg(display.from_tables(people, others).figure_)
    assert one == figure_as_svg(display.from_tables(people, others[::-1]).figure_)


@of_every_kind
def test_axes_of_the_caller_are_drawn_on(display: Any) -> None:
    people = make_patients(100, random_state=0)
    figure, axes = plt.subplots(1, N_PANELS[display])
    drawn = display.from_tables(people, people, ax=axes)
    assert drawn.figure_ is figure
    assert np.ravel(drawn.ax_).tolist() == np.ravel(axes).tolist()
    with pytest.raises(InvalidParameterError, match=f"must hold {N_PANELS[display]} axes"):
        drawn.plot(plt.subplots(1, N_PANELS[display] + 1)[1])


@pytest.mark.once
@of_every_kind
def test_drawing_again_makes_a_new_figure(display: Any) -> None:
    people = make_patients(100, random_state=0)
    drawn = display.from_tables(people, people)
    first = drawn.figure_
    assert drawn.plot() is drawn
    assert drawn.figure_ is not first
    assert figure_as_svg(drawn.figure_) == figure_as_svg(first)


@of_every_kind
def test_settings_of_the_caller_are_neither_used_nor_changed(display: Any) -> None:
    people = make_patients(100, random_state=0)
    plain = figure_as_svg(display.from_tables(people, people).figure_)
    with mpl.rc_context({"font.size": 30, "axes.titlelocation": "right", "axes.grid": True}):
        before = dict(mpl.rcParams)
        assert figure_as_svg(display.from_tables(people, people).figure_) == plain
        assert dict(mpl.rcParams) == before


@of_every_kind
@pytest.mark.parametrize("few", [1, 0, -5, 2.5, True, "5"])
def test_min_people_that_protects_nobody_is_refused(display: Any, few: Any) -> None:
    people = make_patients(30, random_state=0)
    with pytest.raises(InvalidParameterError, match="min_people"):
        display.from_tables(people, people, min_people=few)


@pytest.mark.parametrize(
    "display", [d for d in DISPLAYS if d is not CorrelationDisplay], ids=lambda cls: cls.__name__
)
def test_fewer_people_than_min_people_are_not_drawn(display: Any) -> None:
    people = make_patients(30, random_state=0)
    drawn = display.from_tables(people, people, min_people=31)
    texts = [text.get_text() for ax in np.ravel(drawn.ax_) for text in ax.texts]
    assert any("31" in text for text in texts)
    assert not any(ax.patches or ax.lines for ax in np.ravel(drawn.ax_))


@of_every_kind
def test_table_of_identifiers_is_refused(display: Any) -> None:
    people = pd.DataFrame({"id": ["a1", "b2", "c3"]})
    with pytest.raises(InvalidTableError, match="identifiers"):
        display.from_tables(people, people, types={"id": "identifier"})


@pytest.mark.parametrize("display", [*DISPLAYS, AttackDisplay], ids=lambda cls: cls.__name__)
def test_what_is_no_estimator_is_refused(display: Any) -> None:
    with pytest.raises(UnsupportedTypeError, match="of type DataFrame"):
        display.from_estimator(pd.DataFrame({"age": [41]}))


@of_every_kind
def test_missing_matplotlib_names_the_extra(display: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    people = make_patients(30, random_state=0)
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(MissingExtraError, match=r"avatars\[plot\]"):
        display.from_tables(people, people)
