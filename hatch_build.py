"""Put what lies beside the package in a checkout inside it in a wheel."""

from pathlib import Path
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CustomBuildHook(BuildHookInterface):
    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Map templates, migrations and compiled catalogues into the wheel.

        An editable install reads the checkout itself, so it gets none of them.
        """
        if version == "editable":
            return
        root = Path(self.root)
        files = {folder: f"eventhub/{folder}" for folder in ("templates", "migrations")}
        for catalogue in sorted(root.glob("translations/*/LC_MESSAGES/*.po")):
            compiled = compile_catalogue(catalogue)
            files[str(compiled)] = f"eventhub/{compiled.relative_to(root)}"
        build_data["force_include"].update(files)


def compile_catalogue(catalogue: Path) -> Path:
    """Write the catalogue's machine form beside it and return where."""
    compiled = catalogue.with_suffix(".mo")
    with catalogue.open("rb") as source, compiled.open("wb") as target:
        write_mo(target, read_po(source))
    return compiled
