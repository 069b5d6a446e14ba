"""The house: what each floor may lean on, who may write, and who may enter."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "eventhub"

# From the ground up. Packages on one floor never import each other.
FLOORS = [
    ["foundation"],
    ["people"],
    ["accounts"],
    ["organisations"],
    ["events"],
    ["programme"],
    ["registrations"],
    ["remote", "materials", "engagement"],
    ["attendance"],
    ["outcomes"],
    ["calendars"],
    ["messaging", "localisation"],
    ["privacy"],
    ["pages", "api"],
    ["demo"],
]
FLOOR = {name: number for number, names in enumerate(FLOORS) for name in names}
BASEMENT = {"config"}  # below everything
ROOF = {"app", "cli", "doctor", "catalogue", "__init__"}  # above everything

# Pages that everybody may open, each with its reason; all others declare a policy.
PUBLIC = {
    # operations
    "health.healthz", "health.readyz", "metrics",
    # the machine-readable face of the site
    "site.root", "site.robots", "site.sitemap", "site.sitemap_page", "site.security",
    # what the site is for: shown to everybody, each view asks which event it may show
    "pages.home", "pages.privacy",
    "events.index", "events.event", "events.series",
    "programme.programme", "programme.session", "programme.speakers", "people.person",
    "programme.changes", "programme.changes_feed",
    "programme.schedule_xml", "programme.schedule_json", "programme.programme_pdf", "programme.embed",
    "organisations.organisation",
    "calendars.all_events", "calendars.event", "calendars.session", "calendars.track", "calendars.series",
    "calendars.person",
    "registrations.delegation", "registrations.delegation_registered",
    "registrations.register", "registrations.registered", "registrations.participants", "privacy.event",
    "registrations.register_for_series", "registrations.registered_for_series",
    # whoever holds a certificate in their hands asks whether it is genuine
    "attendance.ask_code", "attendance.verify",
    # signing in, and what brings people there
    "accounts.sign_in", "accounts.sign_up", "accounts.sign_out", "accounts.ask_for_reset", "accounts.sent",
    "messaging.links",
    # a newcomer's own letters, on this machine only
    "mailbox.letters", "mailbox.letter", "mailbox.attachment",
}  # fmt: skip


def modules() -> Iterator[tuple[Path, str, ast.Module]]:
    """Each of our modules with the package it lies in (its own name, where it lies under the roof)."""
    for path in sorted(PACKAGE.rglob("*.py")):
        inside = path.relative_to(PACKAGE)
        package = inside.parts[0] if len(inside.parts) > 1 else inside.stem
        yield path, package, ast.parse(path.read_text())


def imported(path: Path, tree: ast.Module) -> Iterator[tuple[int, str]]:
    """The packages of ours that a module imports, anywhere in it and for whatever reason."""
    for node in ast.walk(tree):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:  # relative: one dot is the folder the module lies in
                folder = path.parent
                for _ in range(node.level - 1):
                    folder = folder.parent
                inside = ".".join(["eventhub", *folder.relative_to(PACKAGE).parts])
                base = f"{inside}.{base}" if base else inside
            names = [f"{base}.{alias.name}" for alias in node.names] if base == "eventhub" else [base]
        for name in names:
            parts = name.split(".")
            if parts[0] == "eventhub" and len(parts) > 1:
                yield node.lineno, parts[1]


def test_every_package_has_a_floor():
    packages = {path.name for path in PACKAGE.iterdir() if (path / "__init__.py").exists()}
    assert packages <= FLOOR.keys()


def test_imports_only_go_down():
    wrong = []
    for path, package, tree in modules():
        if package in ROOF:
            continue
        for line, target in imported(path, tree):
            allowed = target == package or target in BASEMENT
            allowed = allowed or (package in FLOOR and target in FLOOR and FLOOR[target] < FLOOR[package])
            if not allowed and target != "__version__":
                wrong.append(f"{path.relative_to(ROOT)}:{line} imports {target}")
    assert wrong == []


def test_only_the_foundation_commits():
    wrong = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path, _, tree in modules()
        if path not in {PACKAGE / "foundation" / "db.py", PACKAGE / "foundation" / "postgres.py"}
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr in {"commit", "rollback"}
    ]
    assert wrong == []


def test_a_use_case_takes_the_actor_first():
    wrong = []
    for path, _, tree in modules():
        for node in ast.walk(tree):
            if not isinstance(node, ast.FunctionDef):
                continue
            names = {d.id if isinstance(d, ast.Name) else getattr(d, "attr", "") for d in node.decorator_list}
            if "use_case" in names and (not node.args.args or node.args.args[0].arg != "actor"):
                wrong.append(f"{path.relative_to(ROOT)}:{node.lineno} {node.name}")
    assert wrong == []


def test_every_use_case_and_view_of_ours_tells_what_it_is_for():
    wrong = [
        f"{path.relative_to(ROOT)}:{node.lineno} {node.name}"
        for path, _, tree in modules()
        for node in tree.body
        if isinstance(node, ast.FunctionDef | ast.ClassDef)
        and not node.name.startswith("_")
        and not ast.get_docstring(node)
    ]
    assert wrong == []


def test_modules_stay_small_enough_to_live_in():
    long = {
        str(path.relative_to(ROOT)): size
        for path, package, _ in modules()
        if package != "demo" and (size := path.read_text().count("\n")) > 450
    }
    assert long == {}


def test_every_route_is_public_by_name_or_declares_its_policy(session_app: Flask):
    app = session_app
    undeclared = {
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if rule.endpoint not in PUBLIC and not hasattr(app.view_functions[rule.endpoint], "policy")
    }
    assert undeclared == set()
    assert {name for name in PUBLIC if name not in app.view_functions} == set(), "listed as public, but not there"


def test_no_view_takes_a_word_away_that_the_frame_of_all_pages_calls():
    frame = (ROOT / "templates" / "layout.html").read_text()
    called = set(re.findall(r"(?<![\w.])(\w+)\(", frame))
    assert {"render_once", "url_for"} <= called
    given = {
        (str(path.relative_to(ROOT)), word.arg)
        for path in PACKAGE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "render_template"
        for word in node.keywords
    }
    assert {(path, word) for path, word in given if word in called} == set()


def test_no_page_puts_a_zone_behind_a_moment_by_hand():
    """How the name of a zone stands beside an hour differs between the languages: one macro knows it."""
    templates = (ROOT / "templates").rglob("*.html")
    by_hand = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in sorted(templates)
        if path.name != "time.html"
        for number, line in enumerate(path.read_text().splitlines(), start=1)
        if re.search(r"\| moment\b.*\| zone_label", line)
    ]
    assert by_hand == []


def test_no_page_names_a_foreign_host_or_carries_code():
    """Templates hold no script, no style and no address of another site's files."""
    wrong = []
    for path in sorted((ROOT / "templates").rglob("*")):
        if not path.is_file():
            continue
        text = path.read_text()
        # Mail programs drop the style sheets of a letter: its styles stand on each element.
        in_page = text.replace(" style=", " ") if path.name == "letter.html" else text
        if re.search(r"<script(?![^>]*(\bsrc=\"\{\{|application/ld\+json))|<style|\sstyle=|\son\w+=\"", in_page):
            wrong.append(f"{path.relative_to(ROOT)}: code or style in the page")
        if re.search(r"(src|href)=\"(https?:)?//", text) and "messaging" not in path.parts:
            wrong.append(f"{path.relative_to(ROOT)}: a foreign address")
    files = sorted((PACKAGE / "static").glob("*.*"))
    wrong += [f.name for f in files if re.search(r"url\(['\"]?(https?:)?//|@import", f.read_text())]
    assert wrong == []


@pytest.mark.parametrize("word", ["py" + "pi.org", "registry.npm" + "js", "python" + "hosted"])
def test_no_lock_names_a_registry(word: str):
    for name in (
        "requirements.txt",
        "requirements-dev.txt",
        "requirements-node.txt",
        "package-lock.json",
        "pyproject.toml",
    ):
        assert word not in (ROOT / name).read_text()
