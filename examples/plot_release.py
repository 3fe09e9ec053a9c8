"""Look at a release beside the people it was made from.

Distributions, associations between columns, and where both stand on two axes. None of the figures
tells fewer than five people apart.

    python examples/plot_release.py
"""

import matplotlib.pyplot as plt

from avatars import Avatarizer
from avatars.datasets import make_patients
from avatars.displays import CorrelationDisplay, DistributionDisplay, ProjectionDisplay

patients = make_patients(n_samples=500, random_state=0)
released = Avatarizer(k=20, random_state=0).fit_transform(patients)

# Filled bars are people, outlines avatars: each column should be distributed as before.
DistributionDisplay.from_tables(patients, released)

# The third panel should be pale: where it isn't, columns no longer go together as they did.
CorrelationDisplay.from_tables(patients, released)

# Cells that hold fewer than five people, or avatars, aren't drawn.
ProjectionDisplay.from_tables(patients, released)

plt.show()
