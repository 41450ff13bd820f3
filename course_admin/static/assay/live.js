// Follows an attempt until its report is final: asks for the changing part of the page, at first every second.
"use strict";

const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 15000;
const report = document.getElementById("report");

async function follow(pause) {
  await new Promise((wake) => setTimeout(wake, pause));
  let next = Math.min(pause * 1.3, LONGEST_PAUSE_MS);
  try {
    const answer = await fetch(report.dataset.live, { headers: { Accept: "text/html" }, redirect: "error" });
    if (answer.ok) {
      const html = await answer.text();
      const page = new DOMParser().parseFromString(html, "text/html");
      if (page.body.textContent.trim() !== report.textContent.trim()) {
        report.replaceChildren(...page.body.childNodes);
        next = FIRST_PAUSE_MS;
      }
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
