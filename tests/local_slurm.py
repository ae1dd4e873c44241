"""A real Slurm of one node on this machine: its daemons run as long as the block that asked for them.

Nothing of it outlives the block or reaches beyond its folder: own key, own sockets, own ports, no accounting database.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

PROGRAMS = ("munged", "slurmctld", "slurmd", "sbatch", "srun", "squeue", "scontrol", "scancel", "setpriv")
WHERE = os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/sbin", "/sbin"])
CONFIG = """\
ClusterName=test
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={control_port}
SlurmdPort={node_port}
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=1
JobAcctGatherParams=OverMemoryKill
JobCompType=jobcomp/filetxt
JobCompLoc={folder}/jobs.txt
AccountingStorageType=accounting_storage/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
SchedulerParameters=batch_sched_delay=0,sched_min_interval=0
SlurmdParameters=config_overrides
ReturnToService=2
KillWait=2
MinJobAge=3600
GresTypes=gpu
NodeName=node NodeHostname={host} NodeAddr=127.0.0.1 CPUs=2 RealMemory=16000 Gres=gpu:1
PartitionName=short Nodes=node Default=YES MaxTime=UNLIMITED
"""


def missing() -> str:
    """Return why no Slurm can be started here; empty where one can."""
    if absent := [name for name in PROGRAMS if shutil.which(name, path=WHERE) is None]:
        return f"Slurm is not installed ({', '.join(absent)}); on Debian: apt install slurm-wlm munge"
    return "" if os.geteuid() == 0 else "the daemons of Slurm want to be started by root"


needs_slurm = pytest.mark.skipif(bool(missing()), reason=missing())


@dataclass(frozen=True)
class Slurm:
    """A Slurm at work: its folder, and the environment in which its commands find it."""

    folder: Path
    environment: Mapping[str, str]

    def says(self, *command: str) -> str:
        """Run one of its commands and return what that prints."""
        done = subprocess.run(command, env=self.environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{' '.join(command)}: {done.stdout}{done.stderr}{self.logs()}"
        return done.stdout

    def queue(self, state: str = "all") -> list[str]:
        """Return the jobs in a state, by the comment that names their rule."""
        return self.says("squeue", "--noheader", "--format=%k", "--states", state).split()

    def node(self, state: str) -> None:
        """Set the state of the node, as an administrator does: ``drain`` or ``resume``."""
        self.says("scontrol", "update", "nodename=node", f"state={state}", "reason=test")

    def completed(self) -> str:
        """Return the log of ended jobs, a line each, as Slurm wrote it."""
        path = self.folder / "jobs.txt"
        return path.read_text(encoding="utf-8") if path.exists() else ""

    def logs(self) -> str:
        """Return the ends of the daemons' logs."""
        return "".join(f"\n--- {path.name}\n{path.read_text()[-2000:]}" for path in self.folder.glob("*.log"))


@contextmanager
def local_slurm(folder: Path) -> Iterator[Slurm]:
    """Start a Slurm in a folder, whose path has to be short (sockets); end it and all of its jobs afterwards."""
    for name in ("bin", "state", "spool"):
        (folder / name).mkdir()
    ports = dict(zip(("control_port", "node_port"), free_ports(2), strict=True))
    config = folder / "slurm.conf"
    config.write_text(CONFIG.format(folder=folder, host=socket.gethostname().split(".")[0], **ports))
    (folder / "gres.conf").write_text("Name=gpu File=/dev/null\n")  # something to reserve, and no card
    (folder / "munge.key").write_bytes(os.urandom(128))
    (folder / "munge.key").chmod(0o400)
    # The plugin takes SLURM_CONF away from the jobs, which on a cluster find /etc/slurm/slurm.conf.
    step = folder / "bin" / "srun"
    step.write_text(f'#!/bin/sh\nSLURM_CONF={config} exec {shutil.which("srun", path=WHERE)} "$@"\n')
    step.chmod(0o755)
    munge = [f"--{kind}-file={folder}/munge.{kind}" for kind in ("key", "pid", "seed", "log")]
    slurm = Slurm(folder, {**os.environ, "PATH": f"{step.parent}{os.pathsep}{WHERE}", "SLURM_CONF": str(config)})
    with ExitStack() as running:
        daemon(running, slurm, "munged", "--foreground", "--force", f"--socket={folder}/munge.socket", *munge)
        wait_for((folder / "munge.socket").exists, "munged", slurm)
        daemon(running, slurm, "slurmctld", "-D", "-i")
        daemon(running, slurm, "slurmd", "-D", "-N", "node")
        wait_for(lambda: "idle" in slurm.says("sinfo", "--noheader", "--format=%T"), "the node", slurm)
        running.callback(end_jobs, slurm)
        yield slurm


def daemon(running: ExitStack, slurm: Slurm, name: str, *words: str) -> None:
    """Start a daemon that ends with the block, and with this process should that be killed."""
    with (slurm.folder / f"{name}.log").open("w") as log:
        command = ["setpriv", "--pdeathsig", "TERM", name, *words]
        process = subprocess.Popen(command, env=slurm.environment, stdout=log, stderr=log, start_new_session=True)

    def end() -> None:
        process.terminate()
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    running.callback(end)


def end_jobs(slurm: Slurm) -> None:
    """Cancel all jobs and wait until their processes are gone."""
    slurm.says("scancel", "--user=root", "--full")
    wait_for(lambda: not slurm.queue("pending,running,completing"), "the end of all jobs", slurm)


def free_ports(count: int) -> list[int]:
    """Return ports that nobody listens at."""
    with ExitStack() as held:
        sockets = [held.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [int(each.getsockname()[1]) for each in sockets]


def wait_for(condition: Callable[[], bool], what: str, slurm: Slurm, seconds: float = 60) -> None:
    """Wait until something is so; say what was waited for where it never is."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"waited {seconds:.0f} s in vain for {what}{slurm.logs()}"
        time.sleep(0.2)
