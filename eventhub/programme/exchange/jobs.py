"""What the exchange of programmes does in the night."""

from __future__ import annotations

from eventhub.foundation.jobs import each_night

from . import keeping


@each_night
def sweep_imports() -> None:
    """Let go of files that were looked at and never imported."""
    keeping.sweep()
