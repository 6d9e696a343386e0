"""The page in a browser: nothing is asked of a network, nothing is cut off, the keyboard is enough."""

import pytest
from tests.comparison.hand_made import ALL, MANY, OTHER_LINES, PART

from retorch.comparison._page import comparison_page

pytestmark = pytest.mark.browser

WIDTHS = (360, 1280)


@pytest.fixture
def opened(chromium, tmp_path):
    def opened(comparison, **how):
        path = tmp_path / "page.html"
        path.write_text(comparison_page(comparison), encoding="utf-8")
        return chromium.open(path, **{"width": 1280, **how})

    return opened


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("width", WIDTHS)
def test_no_page_is_wider_than_its_window(opened, name, width):
    with opened(ALL[name], width=width) as page:
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_page_that_is_too_wide_would_be_seen(chromium, tmp_path):
    (tmp_path / "wide.html").write_text("<div style='width: 500px'>x</div>")
    with chromium.open(tmp_path / "wide.html", width=360) as page:
        assert page.evaluate("document.documentElement.scrollWidth") > 360


@pytest.mark.parametrize("name", ["part", "agree", "hostile", "many"])
def test_a_page_asks_for_nothing_but_itself_and_has_nothing_to_complain_of(opened, name):
    with opened(ALL[name]) as page:
        assert [address.rpartition("/")[2] for address in page.requests] == ["page.html"]
        assert page.complaints == []


def test_what_a_page_would_fetch_or_run_is_forbidden_and_told(chromium, tmp_path):
    html = comparison_page(PART).replace(
        "</main>", "<img src='https://example.org/x.png'><script>fetch('x')</script></main>"
    )
    (tmp_path / "page.html").write_text(html, encoding="utf-8")
    with chromium.open(tmp_path / "page.html", width=1280) as page:
        told = str(page.complaints)
        assert "Content Security Policy" in told
        assert "img-src" in told
        assert "script-src" in told


@pytest.mark.parametrize("name", ["hostile", "unicode"])
def test_the_text_of_a_user_is_shown_and_not_obeyed(opened, name):
    with opened(ALL[name]) as page:
        assert page.evaluate("document.scripts.length + document.images.length") == 0
        shown = page.evaluate("document.body.innerText")
        assert ("onerror=alert(1)" if name == "hostile" else "損失 = モデル(入力)") in shown


@pytest.mark.parametrize("width", WIDTHS)
def test_the_first_difference_is_seen_without_scrolling(opened, width):
    with opened(PART, width=width) as page:
        for what in ("h1", ".mark span", "#where"):
            box = page.evaluate(
                f"(b => [b.top, b.bottom, b.left, b.right])(document.querySelector('{what}').getBoundingClientRect())"
            )
            assert 0 <= box[0] < box[1] <= 800
            assert 0 <= box[2] < box[3] <= width
        mark, strip = (
            page.evaluate(f"document.querySelector('{what}').getBoundingClientRect().left")
            for what in (".mark span", "rect.different")
        )
        assert mark == pytest.approx(strip, abs=2)


@pytest.mark.parametrize("key", ["Enter", " "])
def test_what_is_folded_opens_by_keyboard(opened, key):
    focused = "document.activeElement.textContent.includes('the same in both')"
    with opened(PART) as page:
        for _ in range(30):
            page.press("Tab")
            if page.evaluate(focused):
                break
        assert page.evaluate(focused)
        assert not page.evaluate("document.activeElement.parentElement.open")
        page.press(key)
        assert page.evaluate("document.activeElement.parentElement.open")


def test_the_tree_is_open_down_to_the_first_difference_and_shows_all_when_asked(opened):
    visible = "[...document.querySelectorAll('.modules li')].filter(one => one.checkVisibility()).length"
    with opened(MANY) as page:
        assert page.evaluate("document.querySelector('.first').checkVisibility()")
        few = page.evaluate(visible)
        page.evaluate("document.querySelector('#only').focus()")
        page.press(" ")
        assert page.evaluate(visible) == few + 30


@pytest.mark.parametrize(
    ("scheme", "medium", "paper"),
    [
        ("light", "screen", "rgb(255, 255, 255)"),
        ("dark", "screen", "rgb(20, 23, 26)"),
        ("dark", "print", "rgb(255, 255, 255)"),
    ],
)
def test_every_text_can_be_read_on_its_ground(opened, scheme, medium, paper):
    with opened(OTHER_LINES, scheme=scheme, medium=medium) as page:
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") == paper
        assert page.evaluate(CONTRASTS) == []


def test_every_control_and_picture_has_a_name(opened):
    with opened(PART) as page:
        assert page.evaluate("[...document.querySelectorAll('input')].every(one => one.labels.length === 1)")
        assert page.evaluate(
            "[...document.querySelectorAll('svg, pre, [role=img]')].every(one => one.getAttribute('aria-label'))"
        )
        assert page.evaluate(
            "[...document.querySelectorAll('[aria-labelledby]')].every(one => document.getElementById(one.getAttribute('aria-labelledby')).textContent.trim())"
        )
        assert page.evaluate(
            "[...document.querySelectorAll('table')].every(one => one.caption || one.getAttribute('aria-labelledby'))"
        )


def test_it_prints(opened):
    with opened(PART) as page:
        assert page.print() > 10_000


# Texts whose contrast with their ground is under 4.5, WCAG 2.2 AA.
CONTRASTS = """
(() => {
  const numbers = colour => colour.match(/[\\d.]+/g).map(Number);
  const light = colour => numbers(colour).slice(0, 3).map(c => c / 255)
    .map(c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
    .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  const ground = one => {
    for (; one; one = one.parentElement) {
      const colour = getComputedStyle(one).backgroundColor;
      if (numbers(colour)[3] !== 0) return colour;
    }
    return 'rgb(255, 255, 255)';
  };
  const ratio = one => {
    const both = [light(getComputedStyle(one).color), light(ground(one))].sort((x, y) => y - x);
    return (both[0] + 0.05) / (both[1] + 0.05);
  };
  return [...document.querySelectorAll('body *')]
    .filter(one => [...one.childNodes].some(node => node.nodeType === 3 && node.data.trim()) && one.checkVisibility())
    .filter(one => ratio(one) < 4.5).map(one => one.textContent.slice(0, 40) + ' ' + ratio(one).toFixed(2));
})()
"""
