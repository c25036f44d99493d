"""What moved on a page without anybody having touched it."""

from playwright.sync_api import Page

_OBSERVE = """
window.shifts = [];
new PerformanceObserver((list) => {
  const moved = ({ node, previousRect: a, currentRect: b }) =>
    `${(node?.outerHTML ?? "").slice(0, 80)} ${a.x},${a.y} to ${b.x},${b.y}`;
  for (const { hadRecentInput, value, sources } of list.getEntries())
    if (!hadRecentInput) window.shifts.push([value, sources.map(moved)]);
}).observe({type: "layout-shift", buffered: true});
"""


def observe(page: Page) -> None:
    """From the next navigation on."""
    page.add_init_script(_OBSERVE)


def seen(page: Page) -> list[object]:
    """Each with its score, what moved and from where to where; of this document."""
    shifts: list[object] = page.evaluate("window.shifts")
    return shifts
