// A form with data-confirm asks by the dialog of that id first. Without scripts it does not ask.

document.addEventListener("submit", (event) => {
  const form = event.target;
  const dialog = document.getElementById(form.dataset.confirm ?? "");
  if (!dialog || form.dataset.isConfirmed) return;
  event.preventDefault();
  dialog.showModal();
  dialog.addEventListener("click", ({ target }) => answer(target, dialog, form), { once: false });
});

function answer(target, dialog, form) {
  if (target.closest("[data-close]")) dialog.close();
  if (!target.closest("[data-confirmed]")) return;
  dialog.close();
  form.dataset.isConfirmed = "true";
  form.requestSubmit();
}
