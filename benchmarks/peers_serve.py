"""The side of a worker: it reads a job a line from its input, and writes an answer a line to its output.

Each job runs in a child process of its own, made from a worker that has its libraries loaded: so its peak memory is its
own, and a crash or a time limit ends a job and nothing else. Only the standard library is used, because the same file
serves in symbrain's environment and in the peers'.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from collections.abc import Callable
from typing import Any

Job = dict[str, Any]
Answer = dict[str, Any]


def serve(work: Callable[[Job], Answer]) -> None:
    """Answer jobs until the input ends; what libraries print goes to the standard error."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    for line in sys.stdin:
        print(json.dumps(measured(work, json.loads(line))), file=answers, flush=True)


def measured(work: Callable[[Job], Answer], job: Job) -> Answer:
    """Return the answer of a job with its seconds and peak memory; of a job that fails, ``error``."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(read)
        signal.alarm(int(job.get("limit_s", 0)))  # whose default is to end the process
        with os.fdopen(write, "w") as pipe:
            json.dump(_timed(work, job), pipe)
        os._exit(0)
    os.close(write)
    with os.fdopen(read) as pipe:
        text = pipe.read()
    _, status, usage = os.wait4(child, 0)
    if os.WIFSIGNALED(status):
        late = os.WTERMSIG(status) == signal.SIGALRM
        answer: Answer = {"error": "out of time" if late else f"signal {os.WTERMSIG(status)}"}
    else:
        answer = json.loads(text) if text else {"error": "no answer"}
    per_mib = 2**20 if sys.platform == "darwin" else 2**10
    return answer | {"peak_mib": usage.ru_maxrss / per_mib}


def _timed(work: Callable[[Job], Answer], job: Job) -> Answer:
    """Run a job, as often as it asks for, and return the run of median duration."""
    runs = []
    for _ in range(job.get("repeats", 1)):
        wall, cpu = time.perf_counter(), time.process_time()
        try:
            answer = work(job)
        except Exception as error:  # whatever a method raises is a failure of the method
            return {"error": type(error).__name__}
        took = {"seconds": time.perf_counter() - wall, "cpu_seconds": time.process_time() - cpu}
        runs.append(took | answer)
    return sorted(runs, key=lambda run: run["seconds"])[len(runs) // 2]
