// What every page does: buttons that copy, menus that close when one clicks or tabs elsewhere, or presses Escape, what an
// address points at inside of something folded is unfolded, and a time says what the viewer's own clock shows, if that is another;
// whatever scrolls can be reached by keyboard, and the current tab is seen.
"use strict";
{
  const COPIED_MS = 2000;
  const WORDS = document.currentScript.dataset; // in the language of the page
  const contents = new WeakMap(); // button -> what stands in it, some of it for screen readers alone

  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) {
      return;
    }
    if (!contents.has(button)) {
      contents.set(button, [...button.childNodes]);
    }
    try {
      await navigator.clipboard.writeText(button.dataset.copy);
      button.textContent = WORDS.copied;
    } catch {
      button.textContent = WORDS.select; // the browser does not let pages copy
    }
    setTimeout(() => button.replaceChildren(...contents.get(button)), COPIED_MS);
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

  for (const tab of document.querySelectorAll(".tabs > [aria-current]")) {
    const row = tab.parentElement; // on a telephone the tabs scroll: the current one is seen
    row.scrollLeft = tab.offsetLeft - row.offsetLeft - (row.clientWidth - tab.offsetWidth) / 2;
  }

  const HOUR = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
  const DAY = { weekday: "short", day: "numeric", month: "short" };

  function clockIn(zone, moment, parts) {
    return new Intl.DateTimeFormat(document.documentElement.lang, { ...parts, timeZone: zone }).format(moment);
  }

  // What the viewer's clock shows then: the time alone on the same day, "" where it shows the same.
  function ownClock(there, own, moment) {
    const isSameDay = clockIn(there, moment, DAY) === clockIn(own, moment, DAY);
    const isSameHour = clockIn(there, moment, HOUR) === clockIn(own, moment, HOUR);
    return isSameDay && isSameHour ? "" : clockIn(own, moment, isSameDay ? HOUR : { ...DAY, ...HOUR });
  }

  function ownTimes() {
    const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
    for (const time of document.querySelectorAll("time[data-zone]")) {
      const shown = ownClock(time.dataset.zone, zone, new Date(time.dateTime));
      if (shown) {
        const own = document.createElement("small");
        own.textContent = WORDS.clock.replace("%1", shown).replace("%2", zone);
        time.after(" ", own);
      }
      time.removeAttribute("data-zone"); // said once
    }
  }

  function reachScrollers() {
    for (const box of document.querySelectorAll("pre, .scroll, .bars")) {
      if (box.scrollHeight > box.clientHeight || box.scrollWidth > box.clientWidth) {
        box.tabIndex = 0;
      }
    }
  }

  for (const happening of ["changed", "resize", "toggle"]) {
    addEventListener(happening, reachScrollers, true); // a toggle does not bubble
  }
  document.addEventListener("changed", ownTimes);
  ownTimes();
  reachScrollers();
}
