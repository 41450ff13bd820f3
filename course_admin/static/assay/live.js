// Follows an attempt until its report is final: asks, at first every second, whether something has changed, and only then
// for the changing part of the page. A screen reader hears one short line of it; the tab's title says when it is done. What has
// the focus keeps it, and what is unfolded stays so.
"use strict";
{
  const FIRST_PAUSE_MS = 1000;
  const LONGEST_PAUSE_MS = 15000;
  const FOCUSABLE = "a[href], button, input, select, textarea, summary, [tabindex]";
  const report = document.getElementById("report");
  const spoken = document.getElementById("status");
  let version = "";

  function tell() {
    const shown = report.querySelector("[data-title]");
    if (!shown) {
      return;
    }
    document.title = document.title.replace(/^.*(?= – [^–]*$)/, () => shown.dataset.title);
    if (spoken && spoken.textContent !== shown.dataset.status) {
      spoken.textContent = shown.dataset.status;
    }
  }

  // What an element is, does and says: of two pages the same has the same.
  function nameOf(element) {
    return [element.tagName, element.id, element.name, element.getAttribute("href"), element.textContent.trim()].join("\n");
  }

  function replace(nodes) {
    const focused = report.contains(document.activeElement) ? nameOf(document.activeElement) : null;
    const unfolded = new Set([...report.querySelectorAll("details[open] > summary")].map(nameOf));
    report.replaceChildren(...nodes);
    for (const summary of report.querySelectorAll("details > summary")) {
      summary.parentElement.open ||= unfolded.has(nameOf(summary));
    }
    if (focused !== null) {
      const again = [...report.querySelectorAll(FOCUSABLE)].find((each) => nameOf(each) === focused) ?? report;
      again.focus({ preventScroll: true });
    }
  }

  async function refresh() {
    const answer = await fetch(report.dataset.live, { headers: { Accept: "text/html" }, redirect: "error" });
    if (!answer.ok) {
      return false;
    }
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    replace(page.body.childNodes);
    report.dispatchEvent(new Event("changed", { bubbles: true }));
    tell();
    return true;
  }

  async function follow(pause) {
    await new Promise((wake) => setTimeout(wake, pause));
    let next = Math.min(pause * 1.3, LONGEST_PAUSE_MS);
    try {
      const answer = await fetch(report.dataset.state, { cache: "no-cache", redirect: "error" });
      const state = answer.ok ? await answer.json() : null;
      if (state && state.version !== version && (await refresh())) {
        version = state.version;
        next = FIRST_PAUSE_MS;
      }
    } catch {
      next = LONGEST_PAUSE_MS; // the network is away, or the log-in is over
    }
    if (report.querySelector("[data-final]")?.dataset.final !== "yes") {
      follow(next);
    }
  }

  if (report?.dataset.live) {
    report.tabIndex = -1; // takes the focus of what is gone
    follow(FIRST_PAUSE_MS);
  }
}
