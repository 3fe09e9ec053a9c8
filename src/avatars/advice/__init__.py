"""Advise on a table before it is avatarized: types, identifiers, parameters, links.

Everything is looked up in the table at hand; nothing is sent anywhere, and no reason shows a cell.
"""

from avatars.advice.advisor import advise
from avatars.advice.links import LinkAdvice, advise_links
from avatars.advice.result import Advice

__all__ = ["Advice", "LinkAdvice", "advise", "advise_links"]
