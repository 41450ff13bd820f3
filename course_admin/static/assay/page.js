// What every page does: buttons that copy, menus that close when one clicks or tabs elsewhere, or presses Escape, and what an
// address points at inside of something folded is unfolded.
"use strict";

const COPIED_MS = 2000;

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) {
    return;
  }
  const words = button.textContent;
  try {
    await navigator.clipboard.writeText(button.dataset.copy);
    button.textContent = "Copied";
  } catch {
    button.textContent = "Select the line and copy it"; // the browser does not let pages copy
  }
  setTimeout(() => (button.textContent = words), COPIED_MS);
});

function closeMenus(keep) {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (menu !== keep) {
      menu.open = false;
    }
  }
}

for (const happening of ["click", "focusin"]) {
  document.addEventListener(happening, (event) => closeMenus(event.target.closest("details.menu")));
}
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") {
    const menu = document.activeElement?.closest("details.menu[open]");
    closeMenus(null);
    menu?.querySelector("summary").focus();
  }
});

function unfold() {
  const target = location.hash.length > 1 && document.getElementById(location.hash.slice(1));
  if (!target) {
    return;
  }
  for (let around = target.closest("details"); around; around = around.parentElement.closest("details")) {
    around.open = true;
  }
  target.scrollIntoView();
}

addEventListener("hashchange", unfold);
unfold();
