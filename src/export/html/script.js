"use strict";
const rows = [...document.querySelectorAll(".row")];
const depth = row => Number(row.dataset.depth);
const fold = row => row.querySelector("button");
const about = row => row.nextElementSibling?.tagName === "DL" ? row.nextElementSibling : null;
// A row shows unless something above it is folded; what is open below a folded row stays open for later.
function layOut() {
  let hiddenBelow = Infinity;
  for (const row of rows) {
    if (depth(row) <= hiddenBelow) hiddenBelow = Infinity;
    row.hidden = hiddenBelow !== Infinity;
    const list = about(row);
    if (row.hidden && list) list.hidden = true;
    if (!row.hidden && fold(row)?.getAttribute("aria-expanded") === "false") hiddenBelow = depth(row);
  }
}
function setAll(open, which) {
  for (const row of rows) if (which(row)) fold(row)?.setAttribute("aria-expanded", String(open));
  layOut();
}
function toggle(row, open) {
  const button = fold(row);
  if (!button) return;
  button.setAttribute("aria-expanded", String(open ?? button.getAttribute("aria-expanded") !== "true"));
  layOut();
}
document.querySelector("main").addEventListener("click", event => {
  const row = event.target.closest(".row");
  if (!row) return;
  if (event.target.closest("button")) return toggle(row);
  const list = about(row);
  if (list) list.hidden = !list.hidden; else toggle(row);
});
document.addEventListener("keydown", event => {
  const row = document.activeElement?.closest(".row");
  if (!row) return;
  const shown = rows.filter(other => !other.hidden);
  const at = shown.indexOf(row);
  if (event.key === "ArrowDown") shown[at + 1]?.focus();
  else if (event.key === "ArrowUp") shown[at - 1]?.focus();
  else if (event.key === "ArrowRight") toggle(row, true);
  else if (event.key === "ArrowLeft") toggle(row, false);
  else if (event.key === "Enter" && event.target === row) row.click();
  else return;
  event.preventDefault();
});
document.getElementById("open").addEventListener("click", () => setAll(true, () => true));
document.getElementById("close").addEventListener("click", () => setAll(false, row => row.classList.contains("group")));
layOut();
