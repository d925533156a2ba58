"""Jobs: what they print, when they end, and what they say of a full disk."""

import os
import signal
import subprocess
import sys
import time

import pytest

JOB = "from echogls import logs; import sys, time; logs.start(sys.argv[1]); "
PARENT = (
    "import subprocess, sys, time; "
    "job = subprocess.Popen([sys.executable, '-c', sys.argv[1], sys.argv[2]]); "
    "print(job.pid, flush=True); time.sleep(60)"
)


def lives(process):
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    with open(f"/proc/{process}/stat") as stat:
        return stat.read().rpartition(")")[2].split()[0] != "Z"


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends a process with its parent")
def test_a_job_ends_with_the_run_that_started_it(tmp_path):
    log = tmp_path / "job.log"
    job = JOB + "print('runs'); time.sleep(60)"
    run = subprocess.Popen(
        [sys.executable, "-c", PARENT, job, str(log)], stdout=subprocess.PIPE, text=True
    )
    process = int(run.stdout.readline())
    wait_until(lambda: log.is_file() and "runs" in log.read_text())
    assert lives(process)
    run.send_signal(signal.SIGKILL)
    run.wait()
    wait_until(lambda: not lives(process))


def wait_until(holds, seconds=120):
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_a_full_disk_is_said_in_words_whichever_library_meets_it(tmp_path):
    job = JOB + "raise OSError(28, 'No space left on device', '/some/where/figure.pdf')"
    run = subprocess.run([sys.executable, "-c", job, str(tmp_path / "job.log")])
    assert run.returncode == 1
    told = (tmp_path / "job.log").read_text().splitlines()
    assert told[-2].startswith("OSError") and "no room on the disk for figure.pdf" in told[-1]
