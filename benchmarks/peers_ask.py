"""The side of the benchmark: workers that are started when they are first asked, one for each method."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from types import TracebackType
from typing import Any

Job = dict[str, Any]
Answer = dict[str, Any]
_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "ITK_GLOBAL_DEFAULT_NUMBER_OF_THREADS")


class Workers:
    """Worker processes by method, ended with the ``with`` block.

    Parameters
    ----------
    threads
        How many threads each method may use.
    """

    def __init__(self, threads: int) -> None:
        self._running: dict[str, subprocess.Popen[str]] = {}
        limits = dict.fromkeys(_THREADS, str(threads))
        self._environment = os.environ | limits | {"ANTS_RANDOM_SEED": "1", "MPLBACKEND": "agg"}

    def __enter__(self) -> Workers:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        for process in self._running.values():
            process.kill() if kind else process.communicate()

    def ask(self, python: Path, script: Path, method: str, job: Job) -> Answer:
        """Return a method's answer to a job; a worker that ended is started anew for the next."""
        process = self._running.get(method)
        if process is None:
            process = subprocess.Popen(
                [str(python), str(script), method],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                env=self._environment,
            )
            self._running[method] = process
        assert process.stdin is not None  # noqa: S101 (both are pipes)
        assert process.stdout is not None  # noqa: S101
        try:
            print(json.dumps(job), file=process.stdin, flush=True)
            line = process.stdout.readline()
        except BrokenPipeError:
            line = ""
        if line:
            answer: Answer = json.loads(line)
            return answer
        process.kill()
        process.wait()
        del self._running[method]
        return {"error": "the worker ended"}
