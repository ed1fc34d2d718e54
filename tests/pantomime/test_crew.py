"""Work in several processes: in small bites, and with an end to it."""

import math
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from hprotopnet.errors import InputError
from hprotopnet.pantomime.crew import in_processes

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("workers", [1, 2])
def test_every_job_comes_back_with_its_result(workers):
    assert dict(in_processes(math.sqrt, [1, 4, 9, 16, 25], workers)) == {1: 1, 4: 2, 9: 3, 16: 4, 25: 5}
    assert list(in_processes(math.sqrt, [], workers)) == []


@pytest.mark.parametrize(("workers", "most"), [(1, 1), (2, 4)])
def test_jobs_are_drawn_only_a_few_ahead(workers, most):
    drawn, done = [], []
    for job, _ in in_processes(math.sqrt, (drawn.append(i) or i for i in range(30)), workers):
        done.append(job)
        assert len(drawn) - len(done) < most
    assert sorted(done) == list(range(30))


@pytest.mark.parametrize("workers", [1, 2])
def test_an_error_in_a_job_ends_the_work(workers):
    with pytest.raises(ValueError, match="math domain"):
        list(in_processes(math.sqrt, [4, -1, 9], workers))


def test_a_killed_worker_is_said():
    with pytest.raises(InputError, match="--workers"):
        list(in_processes(os._exit, [1], 2))


def test_workers_leave_ctrl_c_to_their_parent():
    assert list(in_processes(signal.raise_signal, [signal.SIGINT], 2)) == [(signal.SIGINT, None)]


def test_workers_end_with_their_parent():
    """They hold its output open as long as they live."""
    job = "import time; print('at work', flush=True); time.sleep(600)"
    code = f"from hprotopnet.pantomime.crew import in_processes; list(in_processes(exec, [{job!r}] * 9, 2))"
    running = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert [running.stdout.readline() for _ in range(2)] == ["at work\n"] * 2
    running.kill()
    running.communicate(timeout=30)
