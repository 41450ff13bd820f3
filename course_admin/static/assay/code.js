// On the page of a submission's files: the line that the address names stands in the form that leads to comments on a line.
"use strict";
{
  function chooseLine() {
    const named = /^#(?:C(\d+))?L(\d+)$/.exec(location.hash);
    const form = document.querySelector("form[data-line]");
    if (!named || !form) {
      return;
    }
    if (form.elements.cell) {
      form.elements.cell.value = named[1] || "";
    }
    form.elements.line.value = named[2];
  }

  addEventListener("hashchange", chooseLine);
  chooseLine();
}
