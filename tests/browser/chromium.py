"""A real Chromium, driven by Playwright."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from ctypes.util import find_library
from typing import Any, NoReturn

import pytest
from playwright.sync_api import sync_playwright

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def _missing(cure: str) -> NoReturn:
    if os.environ.get("CI") == "true":
        pytest.fail(cure)
    pytest.skip(cure)


@contextmanager
def chromium() -> Iterator[Any]:
    """A browser. Without a Chromium the test fails only on a machine that is meant to have one."""
    path = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        _missing("Chromium is missing: install the package chromium.")
    if find_library("atomic") is None:
        _missing("Playwright's driver needs libatomic: install the package libatomic1.")
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        try:
            yield found
        finally:
            found.close()
