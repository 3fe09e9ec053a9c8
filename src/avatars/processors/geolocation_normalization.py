"""Longitudes as places among those where people are."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from avatars.exceptions import InvalidParameterError
from avatars.processors.base import Processor, refuse_missing, refuse_unknown

__all__ = ["GeolocationNormalizationProcessor"]


class GeolocationNormalizationProcessor(Processor):
    """Map longitudes to 0..1 within the stretches where people are, and back.

    The map is cut into bands around reference latitudes and each band into bins of longitude.
    Bins without people are left out, so that an avatar drawn between two people doesn't land in
    the sea between them.

    Parameters
    ----------
    latitude_variable, longitude_variable : label
        The columns, in degrees.
    n_reference_lat : int
        Bands, evenly spread between the outermost latitudes.
    n_bins : int
        Bins between the outermost longitudes.

    Examples
    --------
    >>> import pandas as pd
    >>> from avatars.processors import GeolocationNormalizationProcessor
    >>> people = pd.DataFrame({"lat": [48.0, 48.0, 48.0], "lon": [0.0, 1.0, 10.0]})
    >>> processor = GeolocationNormalizationProcessor(
    ...     latitude_variable="lat", longitude_variable="lon", n_reference_lat=1, n_bins=10
    ... )
    >>> before = processor.preprocess(people)
    >>> before["lon"].round(2).tolist()
    [0.0, 0.33, 1.0]
    >>> processor.postprocess(people, before)["lon"].tolist()
    [0.0, 1.0, 10.0]
    """

    def __init__(
        self,
        *,
        latitude_variable: Hashable,
        longitude_variable: Hashable,
        n_reference_lat: int,
        n_bins: int,
    ) -> None:
        for name, value in (("n_reference_lat", n_reference_lat), ("n_bins", n_bins)):
            if value < 1:
                raise InvalidParameterError(name, "must be at least 1.")
        self.latitude_variable = latitude_variable
        self.longitude_variable = longitude_variable
        self.n_reference_lat = n_reference_lat
        self.n_bins = n_bins

    def preprocess(self, df: pd.DataFrame) -> pd.DataFrame:
        """Return the table with longitudes in 0..1; see :class:`Processor`."""
        places = self._map(df)
        result = df.copy()
        latitude, longitude = self._degrees(df)
        result[self.longitude_variable] = places.normalised(latitude, longitude)
        return result

    def postprocess(self, source: pd.DataFrame, dest: pd.DataFrame) -> pd.DataFrame:
        """Return the avatars with longitudes in degrees; see :class:`Processor`."""
        places = self._map(source)
        result = dest.copy()
        latitude, share = self._degrees(dest)
        result[self.longitude_variable] = places.degrees(latitude, share)
        return result

    def _degrees(self, df: pd.DataFrame) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        refuse_unknown(
            df,
            {
                "latitude_variable": self.latitude_variable,
                "longitude_variable": self.longitude_variable,
            },
        )
        labels = (self.latitude_variable, self.longitude_variable)
        refuse_missing(df, {"latitude_variable": labels[0], "longitude_variable": labels[1]})
        latitude, longitude = (df[label].to_numpy(dtype=float) for label in labels)
        return latitude, longitude

    def _map(self, source: pd.DataFrame) -> _Bands:
        latitude, longitude = self._degrees(source)
        references = np.linspace(latitude.min(), latitude.max(), self.n_reference_lat)
        edges = np.linspace(longitude.min(), longitude.max(), self.n_bins + 1)
        band = np.abs(latitude[:, None] - references).argmin(axis=1)
        held = np.zeros((self.n_reference_lat, self.n_bins), dtype=bool)
        held[band, _bins(longitude, edges)] = True
        # A band without people has nowhere to put anybody.
        lived_in = held.any(axis=1)
        return _Bands(references[lived_in], edges, held[lived_in])


@dataclass(frozen=True)
class _Bands:
    references: NDArray[np.float64]
    edges: NDArray[np.float64]
    held: NDArray[np.bool_]

    def _band(self, latitude: NDArray[np.float64]) -> NDArray[np.intp]:
        return np.asarray(np.abs(latitude[:, None] - self.references).argmin(axis=1))

    def normalised(
        self, latitude: NDArray[np.float64], longitude: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        band, bin_ = self._band(latitude), _bins(longitude, self.edges)
        before = np.cumsum(self.held, axis=1)[band, bin_] - 1
        width = self.edges[1] - self.edges[0]
        within = (longitude - self.edges[bin_]) / width if width > 0 else np.zeros(len(band))
        return np.asarray((before + within) / self.held[band].sum(axis=1))

    def degrees(
        self, latitude: NDArray[np.float64], share: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        band = self._band(latitude)
        n_held = self.held[band].sum(axis=1)
        place = np.clip(share, 0.0, 1.0) * n_held
        nth = np.minimum(place.astype(np.intp), n_held - 1)
        # Held bins of each band, in order, first in its row.
        ordered = np.argsort(~self.held, axis=1, kind="stable")
        bin_ = ordered[band, nth]
        width = self.edges[1] - self.edges[0]
        degrees = self.edges[bin_] + (place - nth) * width
        return np.asarray(np.clip(degrees, self.edges[0], self.edges[-1]))


def _bins(longitude: NDArray[np.float64], edges: NDArray[np.float64]) -> NDArray[np.intp]:
    return np.clip(np.searchsorted(edges, longitude, side="right") - 1, 0, len(edges) - 2)
