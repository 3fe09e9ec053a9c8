"""See who counts as a neighbour, and how well neighbours hide a person.

Avatars are drawn around a person's nearest neighbours on a few axes. What these axes are made of
decides who is near; a column's weight changes it.

    python examples/plot_neighbours.py
"""

import matplotlib.pyplot as plt

from avatars import Avatarizer
from avatars.datasets import make_patients
from avatars.displays import CloakingDisplay, ContributionDisplay

patients = make_patients(n_samples=500, random_state=0)

# Which columns make up the axes, and how much of the people's variance each axis carries.
avatarizer = Avatarizer(k=20, random_state=0).fit(patients)
ContributionDisplay.from_estimator(avatarizer)

# More neighbours, better hidden: how many avatars stand between a person and the own one.
figure, axes = plt.subplots(1, 2, figsize=(10, 3), sharey=True, layout="constrained")
for ax, k in zip(axes, (5, 40), strict=True):
    CloakingDisplay.from_estimator(Avatarizer(k=k, random_state=0).fit(patients), ax=ax)
    ax.set_title(f"k = {k}: {ax.get_title(loc='left')}", loc="left")

plt.show()
