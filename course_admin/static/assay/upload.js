// Handing in files: they can be dropped on the page, those that are chosen are listed with their sizes before anything is sent,
// and a bar shows how far the upload is. Without this file the form does the same with its button.
"use strict";
{
  const form = document.querySelector("form[data-most-bytes]");
  const field = form?.querySelector("input[type=file]");

  function size(bytes) {
    return bytes < 1 << 20 ? `${Math.max(1, Math.round(bytes / 1024))} KiB` : `${(bytes / (1 << 20)).toFixed(1)} MiB`;
  }

  function words(name, values = {}) {
    return form.dataset[name].replace(/\{(\w+)\}/g, (_, key) => values[key]);
  }

  function say(text, isBad = false) {
    const line = form.querySelector("output");
    line.textContent = text;
    line.classList.toggle("bad", isBad);
    line.hidden = !text;
  }

  function list() {
    const files = [...field.files];
    const bytes = files.reduce((sum, file) => sum + file.size, 0);
    const rows = files.map((file) => {
      const row = document.createElement("li");
      const name = document.createElement("bdi");
      name.textContent = file.name;
      row.append(name, `, ${size(file.size)}`);
      return row;
    });
    form.querySelector("ul[data-chosen]").replaceChildren(...rows);
    const most = Number(form.dataset.mostBytes);
    say(bytes > most ? words("tooMuch", { size: size(bytes), most: size(most) }) : "", bytes > most);
  }

  function drop(event) {
    event.preventDefault();
    delete form.dataset.over;
    const dropped = [...event.dataTransfer.items].filter((item) => item.kind === "file");
    if (dropped.some((item) => item.webkitGetAsEntry?.()?.isDirectory)) {
      say(words("folder"), true);
      return;
    }
    if (dropped.length) {
      field.files = event.dataTransfer.files;
      list();
    }
  }

  function send(event) {
    if (!field.files.length) {
      return; // the server says what is missing
    }
    event.preventDefault();
    const button = form.querySelector("button");
    const bar = form.querySelector("progress");
    const request = new XMLHttpRequest();
    const ended = (text) => {
      button.disabled = false;
      bar.hidden = true;
      say(text, true);
    };
    button.disabled = true;
    bar.hidden = false;
    bar.value = 0;
    say(words("uploading"));
    request.upload.addEventListener("progress", (now) => (bar.value = now.lengthComputable ? now.loaded / now.total : 0));
    request.upload.addEventListener("load", () => say(words("reading")));
    request.addEventListener("error", () => ended(words("broke")));
    request.addEventListener("load", () => {
      if (request.responseURL !== location.href.split("#")[0]) {
        location.assign(request.responseURL); // what was found in it
        return;
      }
      const page = new DOMParser().parseFromString(request.responseText, "text/html");
      const problem = page.querySelector("[role=alert], .errorlist, main p");
      ended(problem?.textContent.trim() || words("broke"));
    });
    request.open("POST", form.action);
    request.send(new FormData(form));
  }

  if (form && field) {
    form.querySelector("p[data-drop]").hidden = false;
    field.addEventListener("change", list);
    for (const happening of ["dragenter", "dragover"]) {
      form.addEventListener(happening, (event) => {
        event.preventDefault();
        form.dataset.over = "";
      });
    }
    form.addEventListener("dragleave", () => delete form.dataset.over);
    form.addEventListener("drop", drop);
    form.addEventListener("submit", send);
  }
}
