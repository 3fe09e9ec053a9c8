"""Linked tables: what a parent lends its children, and which avatar of a parent each one gets.

``model.LinkedModel`` is the way in. ``axes`` and ``composition`` put a child's columns beside those
of its parents; ``giving`` decides who belongs to whom, by ``assignment`` and ``cardinality``.
"""
