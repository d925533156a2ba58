"""A SLURM of one node, without accounting, for as long as a test needs it."""

import contextlib
import os
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path

DAEMONS = ("munged", "slurmctld", "slurmd")
PATH = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin"])

# Memory is watched by SLURM itself: a job that takes more than it asked for is killed, as it
# would be on a cluster. Time is not: the machine of a test may be busy.
CONFIG = """\
ClusterName=one
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={ports[0]}
SlurmdPort={ports[1]}
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=1
JobAcctGatherParams=OverMemoryKill,UsePss
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU_Memory
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
SlurmdParameters=config_overrides
MinJobAge=3600
OverTimeLimit=UNLIMITED
NodeName=node NodeHostname={host} NodeAddr=127.0.0.1 CPUs={cores} RealMemory={memory_mb}
PartitionName=main Nodes=node Default=YES MaxTime=INFINITE State=UP
"""


def which(command: str) -> str | None:
    return shutil.which(command, path=PATH)


def why_not() -> str:
    """Why no SLURM can be started here; empty if one can."""
    missing = [name for name in DAEMONS if not which(name)]
    if missing:
        return f"{', '.join(missing)} not installed (Debian: slurm-wlm and munge)"
    return "" if os.geteuid() == 0 else "SLURM's daemons start as root"


@contextlib.contextmanager
def slurm_node(cores: int, memory_mb: int):
    """Yields the environment in which SLURM's commands find the node; nothing of it stays."""
    # sockets have short paths, so not under pytest's folder
    folder = Path(tempfile.mkdtemp(prefix="slurm"))
    environment = os.environ | {
        "PATH": f"{folder}/bin{os.pathsep}{PATH}",
        "SLURM_CONF": str(folder / "slurm.conf"),
    }
    daemons = []
    try:
        for command in _prepared(folder, cores, memory_mb):
            with open(folder / "daemons.log", "a") as log:
                daemons.append(subprocess.Popen(command, env=environment, stdout=log, stderr=log))
        _wait_until_idle(folder, environment)
        yield environment
        run(environment, "scancel", "--full", "--signal=KILL", "--user=root")
    finally:
        for daemon in reversed(daemons):
            _end(daemon)
        shutil.rmtree(folder, ignore_errors=True)


def run(environment: dict, *command: str) -> list[str]:
    """The lines that a command of SLURM prints."""
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    return done.stdout.splitlines()


def _prepared(folder: Path, cores: int, memory_mb: int) -> list[list[str]]:
    """Writes what the daemons read; returns their commands, in the order in which they start."""
    key = folder / "munge.key"
    key.write_bytes(os.urandom(1024))
    key.chmod(0o400)
    for name in ("state", "spool", "bin"):
        (folder / name).mkdir()
    # Snakemake starts srun without SLURM's variables, and so without this one.
    srun = folder / "bin" / "srun"
    srun.write_text(f'#!/bin/sh\nSLURM_CONF={folder}/slurm.conf exec {which("srun")} "$@"\n')
    srun.chmod(0o755)
    host = socket.gethostname().partition(".")[0]
    text = CONFIG.format(
        folder=folder, host=host, ports=_free_ports(2), cores=cores, memory_mb=memory_mb
    )
    (folder / "slurm.conf").write_text(text)
    own = {"socket": "munge.socket", "pid-file": "munged.pid", "log-file": "munged.log",
           "seed-file": "munge.seed", "key-file": key.name}  # fmt: skip
    files = [f"--{option}={folder / name}" for option, name in own.items()]
    return [
        ["munged", "--foreground", "--force", *files],
        ["slurmctld", "-D", "-c"],
        ["slurmd", "-D", "-c", "-N", "node"],
    ]


def _free_ports(count: int) -> list[int]:
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]


def _wait_until_idle(folder: Path, environment: dict, patience_s: float = 60) -> None:
    end = time.monotonic() + patience_s
    while run(environment, "sinfo", "--noheader", "--format=%T") != ["idle"]:
        if time.monotonic() > end:
            said = "\n".join(file.read_text() for file in sorted(folder.glob("*.log")))
            raise AssertionError(f"SLURM did not start within {patience_s:.0f} s:\n{said}")
        time.sleep(0.2)


def _end(process: subprocess.Popen) -> None:
    process.terminate()
    try:
        process.wait(timeout=20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
