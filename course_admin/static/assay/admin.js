// What Django's own pages of the back office leave nameless: the fields that select2 draws are named by the label of the list
// that they stand for, or by the head of its column, and open inside of the page's main part; a head of a column without words is
// announced as none.
"use strict";
{
  function labelOf(select) {
    const cell = select.closest(".tabular td");
    const label = select.labels[0] ?? cell?.closest("table").tHead.rows[0].cells[cell.cellIndex];
    if (label) {
      label.id ||= `${select.id}-label`;
    }
    return label;
  }

  function nameField(select) {
    const label = labelOf(select);
    const drawn = select.nextElementSibling?.querySelector(".select2-selection");
    if (!label || !drawn) {
      return;
    }
    const chosen = drawn.querySelector(".select2-selection__rendered");
    drawn.setAttribute("aria-labelledby", `${label.id} ${chosen.id}`.trim());
    drawn.setAttribute("aria-controls", `select2-${select.id}-results`);
    chosen.setAttribute("aria-labelledby", label.id);
    drawn.querySelector(".select2-search__field")?.setAttribute("aria-labelledby", label.id);
  }

  function nameFields() {
    document.querySelectorAll("select.select2-hidden-accessible").forEach(nameField);
  }

  function nameSearch(event) {
    const label = labelOf(event.target);
    const list = document.getElementById(`select2-${event.target.id}-results`); // the one opened before may still be there
    const field = list?.closest(".select2-dropdown").querySelector(".select2-search__field");
    if (label) {
      field?.setAttribute("aria-labelledby", label.id);
    }
  }

  for (const select of document.querySelectorAll(".admin-autocomplete")) {
    select.dataset.dropdownParent = "main"; // read by select2
  }

  addEventListener("DOMContentLoaded", () => {
    for (const head of document.querySelectorAll("thead th")) {
      if (!head.textContent.trim() && !head.querySelector("input")) {
        head.setAttribute("role", "cell");
      }
    }
    if (window.django?.jQuery) {
      django.jQuery(nameFields); // after Django's own, which draws them
      django.jQuery(document).on("select2:open", nameSearch);
      document.addEventListener("formset:added", nameFields);
    }
  });
}
