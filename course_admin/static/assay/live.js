// Follows an attempt until its report is final: asks, at first every second, whether something has changed, and only then
// for the changing part of the page. A screen reader hears one short line of it; the tab's title says when it is done.
"use strict";
{
  const FIRST_PAUSE_MS = 1000;
  const LONGEST_PAUSE_MS = 15000;
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

  async function refresh() {
    const answer = await fetch(report.dataset.live, { headers: { Accept: "text/html" }, redirect: "error" });
    if (!answer.ok) {
      return false;
    }
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    report.replaceChildren(...page.body.childNodes);
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
    follow(FIRST_PAUSE_MS);
  }
}
