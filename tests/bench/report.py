"""The table that is printed, and the words of its verdicts."""

from __future__ import annotations

from dataclasses import dataclass

from .load import Measured


@dataclass
class Report:
    """The table, printed line by line as it comes to be."""

    missed: int = 0

    def head(self) -> None:
        """Name the columns."""
        print(f"\n{'':44}{'a second':>10}{'median':>9}{'p99':>9}{'CPU':>9}{'of bare':>9}   target")

    def line(
        self,
        name: str,
        measured: Measured,
        cpu: float,
        ratio: float | None = None,
        target: str = "",
        *,
        good: bool = True,
    ) -> None:
        """One case: its rate, its times and processor time in milliseconds, and its rate beside the bare one's."""
        shown = f"{ratio:9.2f}" if ratio is not None else " " * 9
        figures = f"{measured.rate:10.0f}{measured.median:9.1f}{measured.within(99):9.1f}{cpu:9.2f}"
        print(f"{name:44}{figures}{shown}   {self._verdict(target, good=good)}", flush=True)

    def fact(self, name: str, figure: str, target: str = "", *, good: bool = True) -> None:
        """One figure by itself."""
        print(f"{name:44}{figure:>46}   {self._verdict(target, good=good)}", flush=True)

    def _verdict(self, target: str, *, good: bool) -> str:
        self.missed += not good
        return f"{target}: {'ok' if good else 'MISSED'}" if target else ""
