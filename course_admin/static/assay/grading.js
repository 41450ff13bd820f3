// The page of one grading by hand: keys while the focus is in its form, and marks that are kept as they are made.
"use strict";
{
  const WORDS = document.currentScript.dataset; // in the language of the page

  const KEEP_AFTER_MS = 600;
  const form = document.getElementById("marks");
  const kept = document.getElementById("kept");
  const sheets = [...form.querySelectorAll(".sheet")];
  let timer = 0;

  function current() {
    const found = sheets.indexOf(document.activeElement.closest(".sheet"));
    return found < 0 ? 0 : found;
  }

  function goTo(place) {
    sheets[Math.min(Math.max(place, 0), sheets.length - 1)].focus();
  }

  async function keep() {
    const data = new FormData(form);
    for (const name of [...data.keys()].filter((each) => each.startsWith("keep-"))) {
      data.delete(name); // a comment is saved for others by its writer's own hand
    }
    try {
      const answer = await fetch(location.href, { method: "POST", body: data, headers: { "X-Requested-With": "fetch" } });
      kept.textContent = answer.ok ? WORDS.kept : `${WORDS.notKept} ${answer.status === 422 ? (await answer.json()).message : answer.status}`;
    } catch {
      kept.textContent = WORDS.notReached;
    }
  }

  function keepSoon() {
    clearTimeout(timer);
    kept.textContent = "";
    timer = setTimeout(keep, KEEP_AFTER_MS);
  }

  function choose(sheet, key) {
    const box = sheet.querySelector(`input[data-key="${key}"]`);
    if (box) {
      box.checked = !box.checked;
      keepSoon();
    }
  }

  function write(sheet, text) {
    const field = sheet.querySelector("[data-comment]");
    field.value = field.value.trim() ? `${field.value.trim()}\n${text}` : text;
    keepSoon();
  }

  const KEYS = {
    j: () => goTo(current() + 1),
    k: () => goTo(current() - 1),
    c: () => sheets[current()].querySelector("[data-comment]").focus(),
    a: () => sheets[current()].querySelector("[data-adjustment]").focus(),
    f: () => form.querySelector("[name=finish]").click(),
    n: () => form.querySelector("[rel=next]").click(),
  };

  document.addEventListener("keydown", (event) => {
    if (!form.contains(document.activeElement) || event.altKey || event.metaKey) {
      return;
    }
    const field = document.activeElement.closest("textarea, input:not([type=checkbox]):not([type=radio])");
    if (event.ctrlKey) {
      if (event.key === "Enter") {
        KEYS.f();
      }
      return;
    }
    if (field) {
      if (event.key === "Escape") {
        field.closest(".sheet").focus();
      }
      return;
    }
    const digit = /^Digit([1-9])$/.exec(event.code)?.[1];
    if (digit && event.shiftKey) {
      sheets[current()].querySelectorAll("[data-saved]")[digit - 1]?.click();
    } else if (digit) {
      choose(sheets[current()], digit);
    } else if (KEYS[event.key]) {
      KEYS[event.key]();
    } else {
      return;
    }
    event.preventDefault();
  });

  form.addEventListener("input", keepSoon);
  form.addEventListener("submit", () => clearTimeout(timer));
  form.addEventListener("click", (event) => {
    const saved = event.target.closest("[data-saved]");
    if (saved) {
      write(saved.closest(".sheet"), saved.dataset.saved);
    }
  });
}
