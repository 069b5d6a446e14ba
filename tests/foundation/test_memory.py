"""The collector passes over what a server has loaded."""

import subprocess
import sys

from eventhub.foundation.memory import _THRESHOLDS


def test_a_server_has_its_collector_pass_over_what_it_has_loaded():
    # In a process of its own: this one goes on making applications and dropping them.
    script = (
        "import gc; from eventhub.foundation.memory import keep_for_good; import eventhub.app; keep_for_good();"
        "print(gc.get_freeze_count() > 100_000, gc.get_threshold(), len(gc.get_objects()) < 1_000)"
    )
    told = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60)
    assert told.stdout.strip() == f"True {_THRESHOLDS} True"
