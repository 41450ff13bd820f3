// A launch inside of a learning platform's frame: keeps the browser's secret in the platform's storage and finds it there again
// (LTI Platform Storage), sends answers off, and tells the platform when a registration is over.
"use strict";
{
  const ANSWER_MS = 3000;

  // Asks the platform's storage frame one thing; resolves to its answer, or to null if none comes.
  function ask(place, message) {
    const id = crypto.randomUUID();
    const frames = window.parent.frames;
    const frame = place.target === "_parent" ? window.parent : frames[place.target] || window.parent;
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(null), ANSWER_MS);
      window.addEventListener("message", (event) => {
        const said = event.data;
        if (event.origin === place.origin && typeof said === "object" && said !== null && said.message_id === id) {
          clearTimeout(timer);
          resolve(said);
        }
      });
      frame.postMessage({ ...message, message_id: id }, place.origin);
    });
  }

  async function store(place) {
    await ask(place, { subject: "lti.put_data", key: place.key, value: place.value });
    window.location.replace(place.next); // without an answer, the cookie may do
  }

  async function find(form) {
    const said = await ask(form.dataset, { subject: "lti.get_data", key: form.dataset.key });
    form.elements.binding.value = typeof said?.value === "string" ? said.value : "";
    form.submit();
  }

  const storing = document.getElementById("lti-store");
  const finding = document.getElementById("lti-find");
  if (storing) {
    store(storing.dataset);
  }
  if (finding) {
    find(finding);
  }
  document.getElementById("lti-answer")?.submit();
  if (document.getElementById("lti-close")) {
    (window.opener || window.parent).postMessage({ subject: "org.imsglobal.lti.close" }, "*");
  }
}
