// A launch inside of a learning platform's frame: keeps the browser's secret in the platform's storage and finds it there again
// (LTI Platform Storage), sends answers off, and tells the platform when a registration is over.
"use strict";
{
  const ANSWER_MS = 3000;

  // Where the platform's storage answers: in the frame of that name beside ours, else in the page around us, or the one that
  // opened our window. Null if there is neither.
  function storageOf(target) {
    const platform = window.parent === window ? window.opener : window.parent;
    try {
      return (target !== "_parent" && platform?.frames[target]) || platform;
    } catch {
      return platform; // of another site's frames only those that are there can be named
    }
  }

  // Asks the platform's storage one thing; resolves to its answer, or to null if none comes.
  function ask(place, message) {
    const id = crypto.randomUUID();
    const frame = storageOf(place.target);
    return new Promise((resolve) => {
      if (!frame) {
        resolve(null);
        return;
      }
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
