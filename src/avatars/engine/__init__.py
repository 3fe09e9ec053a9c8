"""Computation on arrays: project, find neighbours, draw, protect, fill gaps.

Nothing here knows a DataFrame, a file or a server. ``model.AvatarModel`` is the way in; the other
modules are its steps, in the order in which a table passes through them: ``streams``, ``impute``,
``project``, ``neighbours``, then ``draw`` (the published method) or ``copula``, ``redraw`` and
``marginals`` (the protected one), and ``guard``.
"""
