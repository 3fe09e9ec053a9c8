"""What is set for the tables of a run, and the documents that hold it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from avatars.config import Config
from avatars.exceptions import InvalidConfigError, InvalidParameterError, shown
from avatars.models import (
    AlignmentMethod,
    ExcludeVariablesMethod,
    ImputeMethod,
    ProjectionType,
    Pseudonymization,
)
from avatars.runner.tables import RunTables
from avatars.tables import write_whole

__all__ = ["RunConfiguration"]

_LARGEST_YAML = 1_000_000


class RunConfiguration(RunTables):
    """What is set for the tables of a run, and the documents that hold it.

    Examples
    --------
    >>> from avatars.config import Config
    >>> from avatars.datasets import make_patients
    >>> from avatars.runner.configuration import RunConfiguration
    >>> run = RunConfiguration(Config(display_name="demo"))
    >>> run.add_table("patients", make_patients(100, random_state=0))
    >>> run.set_parameters("patients", k=10)
    >>> run.config.standard["patients"].k
    10
    """

    # ---- parameters

    def set_parameters(
        self,
        table_name: str,
        k: int | None = None,
        ncp: int | None = None,
        use_categorical_reduction: bool | None = None,
        column_weights: dict[str, float] | None = None,
        exclude_variable_names: list[str] | None = None,
        exclude_replacement_strategy: ExcludeVariablesMethod | None = None,
        imputation_method: ImputeMethod | None = None,
        imputation_k: int | None = None,
        imputation_training_fraction: float | None = None,
        dp_epsilon: float | None = None,
        dp_preprocess_budget_ratio: float | None = None,
        time_series_nf: int | None = None,
        time_series_projection_type: ProjectionType | None = None,
        time_series_nb_points: int | None = None,
        time_series_method: AlignmentMethod | None = None,
        known_variables: list[str] | None = None,
        target: str | None = None,
        closest_rate_percentage_threshold: float | None = None,
        closest_rate_ratio_threshold: float | None = None,
        categorical_hidden_rate_variables: list[str] | None = None,
        *,
        pseudonymized_columns: Mapping[str, Pseudonymization] | None = None,
        **others: Any,
    ) -> None:
        """Set the parameters of a table, in place of those it had.

        Parameters
        ----------
        table_name : str
            The table.
        k : int, optional
            Neighbours that each avatar is drawn from, at least 2.
        ncp : int, optional
            Axes on which neighbours are found; 5 unless given.
        use_categorical_reduction : bool, optional
            Sum categories up on 20 axes first.
        column_weights : dict of {str: float}, optional
            Weight of columns in the distance between people.
        exclude_variable_names : list of str, optional
            Columns left out of projection and draw and put back afterwards.
        exclude_replacement_strategy : ExcludeVariablesMethod, optional
            Where excluded cells come from.
        imputation_method : ImputeMethod, optional
            How gaps are filled during the computation.
        imputation_k : int, optional
            Neighbours of "knn" and "fast_knn" imputation.
        imputation_training_fraction : float, optional
            Share of people that imputation learns from, in (0, 1].
        dp_epsilon : float, optional
            Differential privacy with this epsilon, instead of neighbours; above 0.
        dp_preprocess_budget_ratio : float, optional
            Share of its budget for single columns, in (0, 1); 0.3 unless given.
        time_series_nf : int, optional
            Components that each variable of a series is summed up by.
        time_series_projection_type : ProjectionType, optional
            What a series is summed up by.
        time_series_nb_points : int, optional
            Points that series are brought to.
        time_series_method : AlignmentMethod, optional
            How the number of points is found.
        known_variables : list of str, optional
            Columns that an attacker may know.
        target : str, optional
            Column to infer, and to predict.
        closest_rate_percentage_threshold : float, optional
            Percentile of distances that counts as close, in [0, 100].
        closest_rate_ratio_threshold : float, optional
            Ratio of distances that counts as close, in [0, 1].
        categorical_hidden_rate_variables : list of str, optional
            Columns whose combination is compared.
        pseudonymized_columns : dict of {str: Pseudonymization}, optional
            Columns whose values are invented.
        **others
            Further fields of :class:`avatars.models.TableParameters`: ``protection``,
            ``dp_delta``, ``dp_domain``, ``dp_n_rows``, ``dp_ledger`` (the file of a
            :class:`avatars.PrivacyLedger`), ``quantile_threshold``, ``data_augmentation_strategy``,
            ``data_augmentation_target_column``, ``use_excluded_variables_in_metrics`` ...

        Raises
        ------
        InvalidTableError
            If there is no such table.
        InvalidParameterError
            Naming the parameter that can't be used.
        """
        given = {
            name: value
            for name, value in locals().items()
            if name not in ("self", "table_name", "others", "pseudonymized_columns")
            and value is not None
        }
        config = self.config.with_parameters(table_name, **given, **others)
        if pseudonymized_columns is not None:
            table = config.table(table_name)
            strange = [c for c in pseudonymized_columns if table.column(c) is None]
            if strange:
                raise InvalidParameterError(
                    "pseudonymized_columns",
                    f"names {shown(strange[0])}, which is no column of table {shown(table_name)}.",
                )
            if not all(isinstance(how, Pseudonymization) for how in pseudonymized_columns.values()):
                raise InvalidParameterError(
                    "pseudonymized_columns", "must map columns to Pseudonymization."
                )
            columns = tuple(
                c.model_copy(update={"pseudonymization": pseudonymized_columns.get(c.field)})
                for c in table.columns
            )
            tables = {**config.tables, table_name: table.model_copy(update={"columns": columns})}
            config = config.model_copy(update={"tables": tables})
        self.config = config

    def update_parameters(self, table_name: str, **kwargs: Any) -> None:
        """Change some parameters of a table and keep the others.

        Parameters
        ----------
        table_name : str
            The table.
        **kwargs
            Parameters of :meth:`set_parameters`; None takes one away.

        Raises
        ------
        InvalidTableError
            If there is no such table.
        InvalidParameterError
            Naming the parameter that can't be used, or if none was set before.
        """
        current = self.config.set_parameters_of(table_name)
        if not current:
            raise InvalidParameterError(
                "table_name",
                f"names {shown(table_name)}, which has no parameters yet: set_parameters first.",
            )
        merged = {**current, **kwargs}
        self.set_parameters(table_name, **{n: v for n, v in merged.items() if v is not None})

    def delete_parameters(self, table_name: str, parameters_names: list[str] | None = None) -> None:
        """Take parameters of a table away.

        Parameters
        ----------
        table_name : str
            The table.
        parameters_names : list of str, optional
            Which ones; all of them unless given.

        Raises
        ------
        InvalidTableError
            If there is no such table.
        InvalidParameterError
            If one of them is not set.
        """
        self.config = self.config.without_parameters(table_name, parameters_names)

    def print_parameters(self, table_name: str | None = None) -> None:
        """Print the parameters of a table.

        Parameters
        ----------
        table_name : str, optional
            The table; all of them unless given.

        Raises
        ------
        InvalidTableError
            If there is no such table.
        """
        names = list(self.config.tables) if table_name is None else [table_name]
        for name in names:
            self.config.table(name)
            print(f"--- Parameters of table {name} ---")
            for what, held in (
                ("avatarization", self.config.standard),
                ("privacy metrics", self.config.privacy_metrics),
                ("signal metrics", self.config.signal_metrics),
            ):
                if name in held:
                    said = held[name].model_dump(exclude_defaults=True, mode="json")
                    print(f"{what}: {said}")
                else:
                    print(f"no {what} parameters set")

    # ---- documents

    def get_yaml(self, path: str | None = None) -> str:
        """Return the documents of the run.

        Parameters
        ----------
        path : str, optional
            A file to write them to as well. They hold the seed: keep it as you keep the people.

        Returns
        -------
        str
            YAML.
        """
        text = self.config.to_yaml()
        if path is not None:
            write_whole(path, text.encode("utf-8"))
        return text

    def from_yaml(self, yaml_path: str | os.PathLike[str]) -> None:
        """Take over what a document describes, in place of what there is.

        Parameters
        ----------
        yaml_path : path
            The document. Files that it names are looked for beside it; ``upload_file`` gives the
            others.

        Raises
        ------
        InvalidConfigError
            Naming what can't be used.
        FileNotFoundError
            If there is no such document.
        """
        path = Path(yaml_path)
        if path.stat().st_size > _LARGEST_YAML:
            raise InvalidConfigError("the YAML is larger than a megabyte: it holds no data.")
        try:
            config = Config.from_yaml(path.read_text("utf-8"))
        except UnicodeDecodeError:
            raise InvalidConfigError("the YAML is not encoded in UTF-8.") from None
        if not config.display_name:
            config = config.model_copy(update={"display_name": self.config.display_name})
        found = RunConfiguration(config)
        for name, table in config.tables.items():
            files = {
                key: path.parent / file
                for key, file in (("data", table.file), ("avatar_data", table.avatars_file))
                if file is not None and Path(file).name == file and (path.parent / file).is_file()
            }
            if "data" in files:
                found.upload_file(name, *(str(files[key]) for key in files))
        self.config = found.config
        self._people, self._avatars, self._holdout = found._people, found._avatars, {}
        self._aligned = set()
        self._sources_changed = True

    def rename(self, set_name: str) -> None:
        """Give the run another name.

        Parameters
        ----------
        set_name : str
            What to call it.
        """
        self.config = self.config.model_copy(update={"display_name": set_name})
