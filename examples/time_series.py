"""Series with the documented client: patients, and their heartbeats over a day.

python examples/time_series.py
"""

from __future__ import annotations

from avatars import Manager
from avatars.datasets import make_heartbeats
from avatars.models import JobKind, LinkMethod, ProjectionType

SEED = 2026


def main() -> None:
    """Avatarize people with their series, summed up in two ways."""
    tables = make_heartbeats(150, random_state=0)
    for projection in (ProjectionType.FPCA, ProjectionType.FLATTEN):
        runner = Manager().create_runner("time_series", seed=SEED)
        runner.add_table("patient", tables["patient"], primary_key="id", individual_level=True)
        runner.add_table("beat", tables["beat"], foreign_keys=["patient_id"], time_series_time="at")
        runner.add_link("patient", "id", "beat", "patient_id", method=LinkMethod.TIME_SERIES)
        runner.set_parameters("patient", k=10)
        runner.set_parameters("beat", time_series_projection_type=projection, time_series_nf=5)
        runner.run([JobKind.standard])

        released = runner.shuffled("beat")
        print(f"{projection.value}: {len(tables['beat'])} rows became {len(released)}")
        for what, beats in (("people", tables["beat"]), ("avatars", released)):
            by_hour = beats.groupby(beats["at"].dt.hour)["rate"]
            hours = [0, 6, 12, 18]
            mean, spread = by_hour.mean().round(1), by_hour.std().round(1)
            print(
                f"  {what:8s}", *(f"{hour:02d}h {mean[hour]} +- {spread[hour]}" for hour in hours)
            )


if __name__ == "__main__":
    main()
