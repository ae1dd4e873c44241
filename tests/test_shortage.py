"""Too little memory or space is told in a sentence, however a library says it; other errors are not."""

from __future__ import annotations

import errno

import pytest

from symbrain.shortage import shortage_of

MEMORY = [
    MemoryError(),
    MemoryError("Unable to allocate 7.28 TiB for an array with shape (1000000000000,) and data type float64"),
    RuntimeError("[enforce fail at alloc_cpu.cpp:124] . DefaultCPUAllocator: can't allocate memory: you tried to ..."),
    RuntimeError("std::bad_alloc"),
    RuntimeError("CUDA out of memory. Tried to allocate 2.00 GiB"),
    RuntimeError("can't start new thread"),
    ImportError("libtorch_cpu.so: failed to map segment from shared object"),
    OSError("libtorch_global_deps.so: failed to map segment from shared object"),
    OSError(errno.ENOMEM, "Cannot allocate memory"),
]


@pytest.mark.parametrize("error", MEMORY, ids=lambda error: str(error)[:30])
def test_too_little_memory_is_a_sentence_with_a_remedy(error: BaseException) -> None:
    assert "not enough memory; " in (shortage_of(error) or "")


def test_a_full_disk_is_named_with_the_file() -> None:
    said = shortage_of(OSError(errno.ENOSPC, "No space left on device", "results/scores.tsv"))
    assert said is not None
    assert said.startswith("there is no space left for results/scores.tsv; free some")
    assert "None" not in (shortage_of(OSError(errno.ENOSPC, "No space left on device")) or "")


@pytest.mark.parametrize(
    "error",
    [OSError(errno.EACCES, "no"), RuntimeError("shapes differ"), ImportError("no module"), ValueError("out of memory")],
    ids=repr,
)
def test_other_errors_are_no_shortage(error: BaseException) -> None:
    assert shortage_of(error) is None
