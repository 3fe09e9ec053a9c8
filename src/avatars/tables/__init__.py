"""Tables in and out: any frame or file to typed arrays and back, dtype by dtype.

This is the only place that knows dtypes. The engine and the metrics see a :class:`Table`, which
is two arrays and a :class:`Schema`; nobody encodes twice.

Examples
--------
>>> import numpy as np, pandas as pd
>>> from avatars.tables import read_table
>>> people = pd.DataFrame({"age": [41, 50, 38], "sex": ["f", "m", "f"]})
>>> table = read_table(people)
>>> rng = np.random.default_rng()
>>> table.schema.frame(table.numeric, table.codes, identifiers_seed=rng).equals(people)
True
"""

from avatars.tables.composing import beside, lent, level_table, number_table
from avatars.tables.conforming import conform, conform_together
from avatars.tables.files import read_path
from avatars.tables.keys import PrimaryKey, foreign_key
from avatars.tables.reading import read_table
from avatars.tables.schema import Column, Schema
from avatars.tables.sources import like_source
from avatars.tables.table import Table
from avatars.tables.writing import write_whole

__all__ = [
    "Column",
    "PrimaryKey",
    "Schema",
    "Table",
    "beside",
    "conform",
    "conform_together",
    "foreign_key",
    "lent",
    "level_table",
    "like_source",
    "number_table",
    "read_path",
    "read_table",
    "write_whole",
]
