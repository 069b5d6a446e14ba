"""The collector passes over what a server has loaded, and its threads share their heaps."""

import platform
import subprocess
import sys

import pytest

from eventhub.foundation.memory import _THRESHOLDS


def test_a_server_has_its_collector_pass_over_what_it_loads_then_and_later():
    # In a process of its own: this one goes on making applications and dropping them.
    script = (
        "import gc; from eventhub.foundation.memory import loading_for_good\n"
        "def looks(): return sum(generation['collections'] for generation in gc.get_stats())\n"
        "before = looks()\n"
        "with loading_for_good(): import eventhub.app; during = looks() - before\n"
        "print(during, gc.get_threshold(), gc.isenabled(), gc.get_freeze_count() > 99_999, len(gc.get_objects()) < 999)"
    )
    assert _told_by(script) == f"0 {_THRESHOLDS} True True True"


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="left out: only glibc gives threads heaps of their own")
def test_the_threads_of_a_server_share_two_heaps():
    script = (
        "import ctypes, tempfile, threading; from eventhub.foundation.memory import loading_for_good\n"
        "with loading_for_good(): pass\n"
        "wall = threading.Barrier(8)\n"
        "def work(): wall.wait(); kept = [bytearray(2000) for _ in range(999)]; wall.wait()\n"
        "threads = [threading.Thread(target=work) for _ in range(8)]\n"
        "for one in threads: one.start()\n"
        "for one in threads: one.join()\n"
        "libc, file = ctypes.CDLL('libc.so.6'), tempfile.NamedTemporaryFile()\n"
        "libc.fopen.restype = ctypes.c_void_p\n"
        "stream = ctypes.c_void_p(libc.fopen(file.name.encode(), b'w'))\n"
        "libc.malloc_info(0, stream); libc.fclose(stream)\n"
        "print(file.read().count(b'<heap nr='))"
    )
    assert _told_by(script) == "2"


@pytest.mark.parametrize("library", ["alembic", "openpyxl", "phonenumbers", "PIL", "pypinyin", "typst"])
def test_a_server_begins_without_what_only_some_of_its_work_needs(library: str):
    assert _told_by(f"import sys, eventhub.app; print({library!r} in sys.modules)") == "False"


def _told_by(script: str) -> str:
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60)
    return done.stdout.strip()
