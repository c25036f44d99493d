"""On a phone: whatever is pressed is large enough for a thumb, and no text is cut off for good."""

from typing import Any

from tests.browser.conftest import OpenPage
from tests.browser.test_accessibility import PAGES, SCREENS
from tests.serving import Site

SMALL = """() => {
  const isControl = (each) => {
    const { display, visibility } = getComputedStyle(each);
    // Links in running text, and what only the keyboard brings forth, are as high as their line.
    if (display === "inline" || visibility === "hidden") return false;
    if (each.closest(".visually-hidden, .skip, thead th:not(.tick)")) return false;
    if (each.matches("label")) return each.querySelector("input");
    return !(each.matches("input") && each.closest("label"));
  };
  // Where a link spreads over what it is in, that is what is pressed.
  const area = (each) =>
    getComputedStyle(each, "::after").position === "absolute" ? each.offsetParent : each;
  return [...document.querySelectorAll("a, button, input, select, summary, textarea, label")]
    .filter(isControl)
    .filter((each) => each.checkVisibility() && each.getBoundingClientRect().height)
    .filter((each) => area(each).getBoundingClientRect().height < LEAST)
    .map((each) => `${each.className} ${each.textContent.trim() || each.value}`);
}"""
CUT = """() => [...document.querySelectorAll("main *")]
  .filter((each) => {
    const { overflow, textOverflow } = getComputedStyle(each);
    const { scrollWidth, clientWidth, scrollHeight, clientHeight } = each;
    const isCut = scrollWidth > clientWidth + 1 || scrollHeight > clientHeight + 2;
    const isText = textOverflow === "ellipsis" || each.matches("a, span");
    return isCut && isText && overflow === "hidden";
  })
  .filter((each) => !each.closest("[title], .visually-hidden, .tick-word, .tile"))
  .map((each) => `${each.className} ${each.textContent.trim()}`)"""
LEAST = 44


def test_everything_pressed_is_large_and_everything_cut_is_in_its_title(
    site: Site, open_page: OpenPage, signed_in: Any
) -> None:
    page = open_page(storage_state=signed_in, **SCREENS["phone"])
    for path in [*PAGES, "/account/", "/account/tokens/", "/settings/people/", "/comics/1/"]:
        page.goto(site.address + path)
        small = page.evaluate(SMALL.replace("LEAST", str(LEAST)))
        assert [each for each in small if not each.startswith("brand")] == [], path
        assert page.evaluate(CUT) == [], path
