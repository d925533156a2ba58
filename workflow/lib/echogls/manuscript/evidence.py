"""What a study found, read from its tables: all that tables, figures and texts are made of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from echogls.manuscript.names import SIMULATED, counted
from echogls.study import headline_view
from echogls.tables import read_table

# The cohort tables a manuscript is made of; a cohort without readers lacks the second line.
TABLES = ("characteristics", "measurements", "exclusions", "flow", "quality", "timing")
READER_TABLES = ("readers", "agreement", "variability", "pairs", "sensitivity")
OPTIONAL_TABLES = ("subgroups", "budget", "motion_error", "view_confusion", "bullseye")
BEST_REFERENCES = ("method_truth", "method_mean", "method_reader")
SEGMENTAL = "peak_systolic_strain_"
# Of several views these are told of one (study.headline_view).
OF_ONE_VIEW = ("subgroups", "sensitivity", "budget")
NEEDED = ("estimate", "ci_low", "ci_high")


@dataclass(frozen=True)
class Cohort:
    """One cohort: its tables by name, rows of text; a table that it does not have is empty."""

    name: str
    simulated: bool
    methods: tuple[str, ...]
    readers: tuple[str, ...]
    tables: Mapping[str, Sequence[dict]]
    confidence: float = 0.95  # of every interval in the tables

    @property
    def ci(self) -> str:
        """How an interval is called: "95 % CI"."""
        return f"{100 * self.confidence:g} % CI"

    @property
    def label(self) -> str:
        """The name, with "simulated" where patients are."""
        named = "simulated" in self.name
        return f"{self.name} (simulated)" if self.simulated and not named else self.name

    @property
    def heading(self) -> str:
        """The label with the number of patients, as published studies stand beside."""
        return f"{self.label}, {counted(self.patients, 'patients')}"

    @property
    def primary(self) -> str:
        """The study's first method, of which most figures and tables are."""
        return self.methods[0]

    @property
    def note(self) -> str:
        """What every picture says of its patients."""
        return SIMULATED if self.simulated else ""

    @property
    def patients(self) -> int:
        """How many patients entered."""
        return int(float(self.characteristic("patients", "count") or 0))

    def characteristic(self, quantity: str, statistic: str, **keys: str) -> str:
        """The value of one row of characteristics.tsv, "" where there is none.

        keys : columns that say whose it is: `level` or `rater`; those not given are empty.
        """
        wanted = {"quantity": quantity, "statistic": statistic, "level": "", "rater": ""} | keys
        for row in self.tables["characteristics"]:
            if all(row.get(name) == value for name, value in wanted.items()):
                return row["value"]
        return ""

    def characteristics(self, group: str) -> dict[str, dict[str, dict]]:
        """variable -> statistic -> row of characteristics.tsv, of one group."""
        variables: dict[str, dict[str, dict]] = {}
        for row in self.tables["characteristics"]:
            if row["group"] == group:
                variables.setdefault(row["variable"], {})[row["statistic"]] = row
        return variables

    def statistics(self, measure: str = "gls", view: str = "") -> dict[tuple, dict[str, dict]]:
        """(comparison, rater_1, rater_2) -> statistic -> row of agreement.tsv, of one measure
        and one view, by default the average over views, or else the first."""
        pairs: dict[tuple, dict[str, dict]] = {}
        rows = [row for row in self.tables["agreement"] if row["measure"] == measure]
        view = view or headline_view(rows)
        for row in rows:
            if row["view"] == view:
                key = (row["comparison"], row["rater_1"], row["rater_2"])
                pairs.setdefault(key, {})[row["statistic"]] = row
        return pairs

    def measures(self) -> list[str]:
        """The measures of agreement.tsv, in their order."""
        return list(dict.fromkeys(row["measure"] for row in self.tables["agreement"]))

    def segments(self) -> list[tuple[str, str, dict[str, dict]]]:
        """(segment, reference, statistics) of the first method's segments against the truth
        where known, else the mean of readers, else a reader."""
        lines = []
        for measure in [name for name in self.measures() if name.startswith(SEGMENTAL)]:
            references = {kind: (one, rows) for (kind, one, two), rows in
                     reversed(self.statistics(measure).items()) if two == self.primary}  # fmt: skip
            best = next((references[kind] for kind in BEST_REFERENCES if kind in references), None)
            if best:
                lines.append((measure.removeprefix(SEGMENTAL), *best))
        return lines

    def pairs(self, rater_1: str, rater_2: str) -> list[dict]:
        """Patients whom both raters measured: rows of pairs.tsv, of the view as `statistics`."""
        view = headline_view(self.tables["pairs"])
        return [
            row
            for row in self.tables["pairs"]
            if (row["rater_1"], row["rater_2"], row["status"]) == (rater_1, rater_2, "ok")
            and row["view"] == view
        ]

    def best_reference(self, table: str, method: str) -> str:
        """Of one table with rater_1 and rater_2, what a method is best judged by: the truth,
        else the mean of readers, else the first reader."""
        references = {
            row["comparison"]: row["rater_1"]
            for row in reversed(self.tables[table])
            if row["rater_2"] == method
        }
        return next((references[name] for name in BEST_REFERENCES if name in references), "")

    def judged(self, table: str, method: str) -> list[dict]:
        """Rows of one table of a method against its `best_reference`."""
        pair = (self.best_reference(table, method), method)
        return [row for row in self.tables[table] if (row["rater_1"], row["rater_2"]) == pair]

    def reference_of(self, method: str) -> str:
        """The rater a method is told against: the truth, else the mean of readers, else the
        first reader."""
        references = {
            comparison: one for comparison, one, two in reversed(self.statistics()) if two == method
        }
        return next((references[name] for name in BEST_REFERENCES if name in references), "")


def read_cohort(
    folder: Path,
    *,
    simulated: bool,
    methods: Sequence[str],
    truth: str = "truth",
    confidence: float = 0.95,
) -> Cohort:
    """Read results/{cohort}/; tables that are not there are empty."""
    names = (*TABLES, *READER_TABLES, *OPTIONAL_TABLES)
    files = {name: Path(folder) / f"{name}.tsv" for name in names}
    tables = {name: read_table(path) if path.is_file() else [] for name, path in files.items()}
    for name in OF_ONE_VIEW:
        view = headline_view(tables[name])
        tables[name] = [row for row in tables[name] if row["view"] == view]
    raters = dict.fromkeys(row["rater"] for row in tables["readers"])
    return Cohort(
        name=Path(folder).name,
        simulated=simulated,
        methods=tuple(methods),
        readers=tuple(name for name in raters if name != truth),
        tables=tables,
        confidence=confidence,
    )
