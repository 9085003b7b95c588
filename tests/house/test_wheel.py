"""What is installed is what was tested: a wheel in a fresh environment finds its templates and migrations."""

import subprocess
import sys
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.slow
def test_an_installed_wheel_finds_its_templates_and_migrations(tmp_path: Path) -> None:
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    # Dependencies come from here; only maild itself is the installed one.
    venv.create(tmp_path / "venv", with_pip=False)
    python = tmp_path / "venv" / "bin" / "python"
    target = next((tmp_path / "venv" / "lib").glob("python*/site-packages"))
    subprocess.run([sys.executable, "-m", "zipfile", "-e", str(wheel), str(target)], check=True)
    ours = next(path for path in map(Path, sys.path) if path.name == "site-packages")
    (target / "dependencies.pth").write_text(f"{ours}\n")
    (tmp_path / "maild.toml").write_text('[desk]\naddress = "support@desk.test"\n')

    run = subprocess.run(
        [python, "-I", "-m", "maild", "check", "--offline"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr + run.stdout
    assert "✔ templates" in run.stdout
    assert "✔ store: SQLite" in run.stdout
    found = subprocess.run(
        [python, "-I", "-c", "import maild, store; print(maild.__file__, store.__file__)"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert str(target) in found.stdout
