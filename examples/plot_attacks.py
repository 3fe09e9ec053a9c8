"""Attack two releases of one table, and see which of them gives people away.

The published method without protection, from five neighbours, against the default. People held out
are the control: an attack that works as well on them says nothing about anybody in the table.

    python examples/plot_attacks.py
"""

import matplotlib.pyplot as plt

from avatars import Avatarizer
from avatars.datasets import make_patients
from avatars.displays import AttackDisplay, DistanceDisplay

patients = make_patients(n_samples=800, random_state=0)
people, unseen = patients.head(500), patients.tail(300)

for title, avatarizer in (
    ("k = 5, no protection", Avatarizer(k=5, protection="none", random_state=0)),
    ("k = 20, balanced", Avatarizer(k=20, random_state=0)),
):
    avatarizer.fit(people)
    # A filled red mark: the interval lies beyond chance.
    attacks = AttackDisplay.from_estimator(avatarizer, unseen)
    attacks.figure_.suptitle(title)
    # An orange curve above the dashed one: avatars are nearer to people than strangers are.
    distances = DistanceDisplay.from_estimator(avatarizer, unseen)
    distances.figure_.suptitle(title)

plt.show()
