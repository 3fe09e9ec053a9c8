"""What somebody who holds the release can find out, beyond what people unseen give.

An attack takes the people, the release and, for its control, people unseen; it returns an
:class:`~avatars.metrics.AttackResult`: a figure with its interval, or the reason why it was not
run. What works as well on people unseen says something about the population, not about anybody in
the table. Beside the attacks stand figures of the release that need no attacker.
"""

from avatars.metrics.attacks.attribute_inference import attribute_inference
from avatars.metrics.attacks.classes import k_anonymity, l_diversity, t_closeness
from avatars.metrics.attacks.closer import closer_to_training_share
from avatars.metrics.attacks.linkability import linkability
from avatars.metrics.attacks.membership import membership_inference
from avatars.metrics.attacks.seeds import seed_linkage
from avatars.metrics.attacks.shadow import shadow_membership
from avatars.metrics.attacks.singling_out import singling_out

__all__ = [
    "attribute_inference",
    "closer_to_training_share",
    "k_anonymity",
    "l_diversity",
    "linkability",
    "membership_inference",
    "seed_linkage",
    "shadow_membership",
    "singling_out",
    "t_closeness",
]
