// Keys that act alone: "/" searches, "?" helps, and what a page adds. They can be switched off.

const KEY = "shortcuts";
const help = document.getElementById("shortcuts");
const toggle = document.getElementById("shortcuts-on");

export const actions = {
  "/": () => {
    const search = document.getElementById("search");
    search?.focus();
    search?.select();
    return Boolean(search);
  },
  "?": () => {
    help.showModal();
    return true;
  },
};

toggle.checked = localStorage.getItem(KEY) !== "off";
toggle.addEventListener("change", () => localStorage.setItem(KEY, toggle.checked ? "on" : "off"));

document.addEventListener("keydown", (event) => {
  const isTyping = event.target.closest("input:not([type=checkbox]), select, textarea, dialog");
  if (!toggle.checked || isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
  if (actions[event.key]?.()) event.preventDefault();
});
