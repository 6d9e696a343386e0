"""A headless Chromium for the tests of this folder, if the machine has one."""

import pytest
from tests.comparison.browser.chromium import Chromium, find_chromium


@pytest.fixture(scope="session")
def chromium(tmp_path_factory):
    binary = find_chromium()
    if binary is None:
        pytest.skip("no Chromium on PATH (chromium, chromium-browser, google-chrome); RETORCH_CHROMIUM=FILE names one")
    with Chromium(binary, tmp_path_factory.mktemp("chromium")) as browser:
        yield browser
