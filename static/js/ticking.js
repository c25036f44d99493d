// Lists whose rows are ticked for an action: all of a page at once, ranges, and how many.

const form = document.getElementById("ticks");
const boxes = [...form.querySelectorAll('[name="tick"]:enabled')];
const all = form.querySelector("[data-tick-all]");
let anchor = null;

function show() {
  const ticked = boxes.filter((box) => box.checked).length;
  all.checked = ticked > 0 && ticked === boxes.length;
  all.indeterminate = ticked > 0 && !all.checked;
  form.querySelector(".selection-bar").dataset.count = ticked;
}

form.addEventListener("click", ({ target, shiftKey }) => {
  if (target === all) for (const box of boxes) box.checked = all.checked;
  else if (!boxes.includes(target)) return;
  else if (shiftKey && anchor) {
    const [start, end] = [boxes.indexOf(anchor), boxes.indexOf(target)].sort((a, b) => a - b);
    for (const box of boxes.slice(start, end + 1)) box.checked = target.checked;
  }
  anchor = target === all ? null : target;
  show();
});
if (all) show();
