"""CAMUS, HMC-QU and EchoNet through the workflow: an expert's outlines are a rater beside the
method; two views have an average and a bull's-eye."""

import pytest
import yaml
from checkout import copy_checkout, snakemake

from echogls.command.demo_data import write_demo
from echogls.study import CONTOURS
from echogls.tables import read_table

pytestmark = [pytest.mark.workflow, pytest.mark.slow]


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """Results of one made patient of two stills with labels, the same with the two-chamber view,
    one video with masks and one with tracings."""
    checkout = copy_checkout(tmp_path_factory.mktemp("checkout"))
    write_demo(checkout / "demo")
    made, drawn, traced = (
        {"format": name, "data": str(checkout / "demo" / name)}
        for name in ("camus", "hmcqu", "echonet")
    )
    cohorts = {"made": made, "drawn": drawn, "traced": traced}
    cohorts["two"] = made | {"views": ["a4c", "a2c"]}
    config = {"study": ["made"], "cohorts": cohorts, "methods": {"best": None, "paper": None}}
    (checkout / "my.yaml").write_text(yaml.safe_dump(config))
    run = snakemake(checkout, "--configfile", "my.yaml")
    assert run.returncode == 0, run.stderr
    assert "made: dis measured 1 of 1" in run.stdout + run.stderr
    picture = "results/two/patients/patient0001/strain/dis.bullseye.svg"
    wanted = ["results/drawn/pairs.tsv", "results/traced/pairs.tsv", "results/two/figures", picture]
    run = snakemake(checkout, *wanted, "--configfile", "my.yaml")
    assert run.returncode == 0, run.stderr
    return checkout / "results"


def test_strain_on_the_experts_outlines_is_a_reading(results):
    rows = read_table(results / "made/readers.tsv")
    gls = [row for row in rows if (row["measure"], row["segment"]) == ("gls", "global")]
    assert [row["rater"] for row in gls] == [CONTOURS]
    assert gls[0]["status"] == "ok" and gls[0]["reason"] == "ed_es_only"
    assert -30 < float(gls[0]["value"]) < -8


def test_strain_on_the_masks_of_a_video_is_a_reading_in_frames_of_the_video(results):
    rows = read_table(results / "drawn/readers.tsv")
    rows = {row["measure"]: row for row in rows if row["segment"] == "global"}
    assert {row["rater"] for row in rows.values()} == {CONTOURS}
    assert -30 < float(rows["gls"]["value"]) < -8
    length = rows["ed_length"]
    assert (length["status"], length["reason"]) == ("excluded", "unknown_spacing")
    assert not length["value"]
    ed, es = (float(rows[name]["value"]) for name in ("ed_frame", "es_frame"))
    assert float(rows["ed_time"]["value"]) == pytest.approx(ed / 25)
    assert float(rows["es_time"]["value"]) == pytest.approx(es / 25)
    pairs = read_table(results / "drawn/pairs.tsv")
    assert (CONTOURS, "dis") in {(row["rater_1"], row["rater_2"]) for row in pairs}


def test_strain_on_traced_chords_is_a_reading_of_the_endocardium(results):
    rows = {row["measure"]: row for row in read_table(results / "traced/readers.tsv")
            if row["segment"] == "global"}  # fmt: skip
    assert -35 < float(rows["gls"]["value"]) < -8
    assert rows["gls"]["reason"] == "endocardium_only"
    assert float(rows["es_frame"]["value"]) > float(rows["ed_frame"]["value"])
    pairs = read_table(results / "traced/pairs.tsv")
    assert (CONTOURS, "dis", "ok") in {(r["rater_1"], r["rater_2"], r["status"]) for r in pairs}


def test_two_views_have_an_average_and_a_bullseye(results):
    for name in ("measurements", "readers"):
        rows = read_table(results / f"two/{name}.tsv")
        raters = (CONTOURS, "dis")
        gls = {row["view"]: float(row["value"]) for row in rows
               if row["measure"] == "gls" and row["rater"] in raters}  # fmt: skip
        assert gls["apical"] == pytest.approx((gls["a4c"] + gls["a2c"]) / 2)
    rows = read_table(results / "two/bullseye.tsv")
    assert {CONTOURS, "dis"} <= {row["rater"] for row in rows}
    seen = {row["segment"] for row in rows if row["status"] == "ok" and row["model"] == "17"}
    assert len(seen) == 13 and {"basal_inferior", "mid_inferoseptal", "apex"} <= seen
    assert {row["reason"] for row in rows if row["segment"] == "mid_anteroseptal"} == {
        "missing_view"
    }
    pairs = read_table(results / "two/pairs.tsv")
    assert {row["view"] for row in pairs} == {"a4c", "a2c", "apical"}
    assert (results / "two/patients/patient0001/strain/dis.bullseye.svg").is_file()
    assert not list((results / "two/figures").glob("[!.]*"))  # of one patient only
    told = [r for r in read_table(results / "two/quality.tsv") if r["measure"] == "trained_on_view"]
    assert {row["view"]: row["value"] for row in told} == {"a4c": "1", "a2c": "0"}


def test_method_and_outlines_are_a_pair_and_overlap_is_measured(results):
    pairs = read_table(results / "made/pairs.tsv")
    raters = {(row["rater_1"], row["rater_2"]) for row in pairs if row["status"] == "ok"}
    assert {one for one, two in raters if two == "dis"} >= {CONTOURS}
    dice = [row for row in read_table(results / "made/quality.tsv") if row["measure"] == "dice"]
    assert {row["label"] for row in dice} == {"cavity", "myocardium", "atrium"}


def test_one_patient_has_no_statistics_and_no_figures_but_tables_draft_and_report(results):
    rows = read_table(results / "made/agreement.tsv")
    assert rows and all(row["estimate"] or "not computed: " in row["method"] for row in rows)
    few = {row["statistic"]: row for row in rows}
    assert not few["bias"]["estimate"] and "fewer than 3" in few["bias"]["method"]
    text = (results / "manuscript/table2.md").read_text(encoding="utf-8")
    assert "nan" not in text.lower()
    assert (results / "manuscript/manuscript.pdf").stat().st_size > 10_000
    assert not list((results / "made/figures").glob("[!.]*"))
    page = (results / "report.html").read_text(encoding="utf-8")
    assert "are both known in 1 patient: too few to assess agreement" in page
