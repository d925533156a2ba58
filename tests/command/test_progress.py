"""`echogls progress` on logs as Snakemake writes them."""

import pytest

from echogls import command, tables
from echogls.command._run_log import read_log
from echogls.command.progress import progress_lines

LOG = """\
Provided cores: 2
Job stats:
job                     count
--------------------  -------
ingest                      3
collect_measurements        1
total                       4

Select jobs to execute...
[Tue Nov 24 17:03:21 2026]
localrule ingest:
    input: a
    jobid: 3
    wildcards: cohort=made, patient=p1
[Tue Nov 24 17:03:21 2026]
rule ingest:
    jobid: 4
    wildcards: cohort=made, patient=p2
[Tue Nov 24 17:03:24 2026]
Finished jobid: 3 (Rule: ingest)
1 of 4 steps (25%) done
"""
FAILED = """\
Error in rule ingest:
    message: None
    jobid: 4
    output: x
Shutting down, this might take some time.
Exiting because a job execution failed. Look below for error messages
"""


def test_a_log_says_what_is_planned_running_and_done():
    run = read_log(LOG)
    assert run.planned == {"ingest": 3, "collect_measurements": 1}
    assert run.done == {"ingest": 1} and not run.failed and not run.ended
    assert run.running == {"4": ("ingest", "cohort=made, patient=p2")}


def test_a_failed_job_is_no_longer_running_and_the_run_has_ended():
    run = read_log(LOG + FAILED)
    assert run.failed == {"ingest": 1} and run.ended and not run.running


def test_a_log_can_be_read_at_any_moment():
    for end in range(len(LOG)):
        run = read_log(LOG[:end])
        progress_lines(run, _nowhere(), 1.0)
        assert run.done.total() <= 1


def test_lines_name_stages_patients_and_exclusions(tmp_path):
    folder = tmp_path / "made" / "patients" / "p1"
    folder.mkdir(parents=True)
    tables.write_table(folder / "clips.tsv", [{"reason": "single_frame"}, {}], ["reason", "clip"])
    told = "\n".join(progress_lines(read_log(LOG), tmp_path, 7.2))
    assert "1 of 3" in told and "p2" in told and "7 s ago" in told
    assert "1 of 4 jobs done, 1 running" in told
    assert "made: excluded at ingest, single_frame: 1 clips" in told


@pytest.mark.parametrize(("more", "status"), [("Complete log(s): x\n", 0), (FAILED, 1)])
def test_watching_ends_with_the_run(tmp_path, capsys, more, status):
    log = tmp_path / ".snakemake" / "log" / "2026.snakemake.log"
    log.parent.mkdir(parents=True)
    log.write_text(LOG + more)
    # Later ones that made nothing: a dry run, and one that found all made.
    log.with_name("2027.snakemake.log").write_text(LOG + "This was a dry-run (flag -n).\n")
    log.with_name("2028.snakemake.log").write_text("Nothing to be done.\n")
    assert command.main(["progress", str(tmp_path), "--watch", "0.01"]) == status
    assert "ended" in capsys.readouterr().out


def test_where_nothing_ran_it_says_so(tmp_path, capsys):
    assert command.main(["progress", str(tmp_path)]) == 2
    assert "no run in" in capsys.readouterr().err


def _nowhere():
    from pathlib import Path

    return Path("no-such-folder")
