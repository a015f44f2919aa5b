"""Everything of this folder again, on PostgreSQL: one process has one control database, so in a process of its own."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__)


@pytest.mark.postgres
@pytest.mark.skipif("DIALBOARD_TEST_CONTROL_URL" in os.environ, reason="this is that process")
def test_everything_holds_on_postgresql(postgres_database):
    tests = [str(file) for file in sorted(HERE.parent.glob("test_*.py")) if file.name not in ELSEWHERE]
    environ = os.environ | {"DIALBOARD_TEST_CONTROL_URL": postgres_database}
    environ.pop("DJANGO_SETTINGS_MODULE", None)  # set by our own setup; pytest-django would guard the database from it
    words = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *tests]
    done = subprocess.run(words, env=environ, capture_output=True, text=True, cwd=HERE.parents[2])
    assert done.returncode == 0, done.stdout[-4000:]


# These are about files, whichever database there is.
ELSEWHERE = {HERE.name, "test_folder.py", "test_backup.py"}
