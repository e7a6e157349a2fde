// Several files, each with its own request, progress, cancel and retry. Without this module it is a plain form.
import { register, text } from "./components.js";
import { csrfToken, sessionEnded } from "./htmx_setup.js";

const AT_ONCE = 2;
const UNITS = ["B", "KB", "MB", "GB"];

function size(bytes) {
  let unit = 0;
  for (; bytes >= 1024 && unit < UNITS.length - 1; unit += 1) bytes /= 1024;
  return `${bytes.toFixed(unit && bytes < 10 ? 1 : 0)} ${UNITS[unit]}`;
}

const answerOf = (request) => {
  try {
    return JSON.parse(request.responseText);
  } catch {
    return {};
  }
};

/** One file in the list. */
class Upload {
  constructor(form, file, queue) {
    this.form = form;
    this.file = file;
    this.queue = queue;
    this.state = "waiting";
    this.row = form.querySelector("template[data-row]").content.firstElementChild.cloneNode(true);
    this.part("file-name").textContent = file.name;
    this.part("file-size").textContent = size(file.size);
    this.part("cancel").addEventListener("click", () => this.cancel());
    this.part("retry").addEventListener("click", () => this.retry());
    form.querySelector("[data-list]").append(this.row);
    this.say(text("waiting"));
  }

  part(name) {
    return this.row.querySelector(`[data-${name}]`);
  }

  say(message, tone = "") {
    this.part("message").textContent = message;
    this.row.className = tone ? `upload tone-${tone}` : "upload";
  }

  buttons({ cancel = false, retry = false, open = "" }) {
    this.part("cancel").hidden = !cancel;
    this.part("retry").hidden = !retry;
    this.part("open").hidden = !open;
    if (open) this.part("open").href = open;
  }

  refuse() {
    const most = Number(this.form.dataset.maxBytes);
    if (!this.file.size) return text("emptyFile");
    return most && this.file.size > most ? text("tooLarge") : "";
  }

  send() {
    const wrong = this.refuse();
    if (wrong) return this.end("failed", wrong, "error", {});
    this.state = "sending";
    this.buttons({ cancel: true });
    this.say(text("uploading"), "info");
    const body = new FormData(this.form);
    body.delete(this.form.dataset.name);
    body.append(this.form.dataset.name, this.file);
    const request = (this.request = new XMLHttpRequest());
    request.open("POST", this.form.action);
    request.setRequestHeader("Accept", "application/json");
    request.setRequestHeader("X-CSRFToken", csrfToken());
    request.setRequestHeader("X-Requested-With", "XMLHttpRequest");
    request.upload.addEventListener("progress", (event) => {
      if (!event.lengthComputable) return;
      this.part("bar").value = event.loaded / event.total;
      this.say(`${text("uploading")} ${Math.round((event.loaded / event.total) * 100)} %`, "info");
    });
    request.addEventListener("load", () => this.received(request));
    request.addEventListener("error", () => this.end("failed", text("uploadFailed"), "error", { retry: true }));
    request.send(body);
  }

  received(request) {
    const answer = answerOf(request);
    if (request.status === 401 || request.responseURL.includes("/accounts/login")) {
      this.end("failed", text("uploadFailed"), "error", { retry: true });
      return sessionEnded(() => this.queue.retryFailed());
    }
    if (request.status >= 200 && request.status < 300 && answer.url !== undefined) {
      this.part("bar").value = 1;
      const twice = answer.status === "duplicate";
      const words = answer.message || text(twice ? "duplicate" : "received");
      const tone = { duplicate: "warning", rejected: "error" }[answer.status] ?? "success";
      return this.end("done", words, tone, { open: answer.url });
    }
    const words = answer.message || answer.detail || text("uploadFailed");
    this.end("failed", words, "error", { retry: request.status >= 500 || !answer.detail });
  }

  end(state, message, tone, buttons) {
    this.state = state;
    this.say(message, tone);
    this.buttons(buttons);
    this.queue.next();
  }

  cancel() {
    const sending = this.state === "sending";
    this.state = "cancelled";
    if (sending) this.request.abort();
    this.part("bar").value = 0;
    this.end("cancelled", text("cancelled"), "", { retry: true });
  }

  retry() {
    this.state = "waiting";
    this.part("bar").value = 0;
    this.buttons({ cancel: true });
    this.say(text("waiting"));
    this.queue.next();
  }
}

class Queue {
  constructor(form) {
    this.form = form;
    this.uploads = [];
  }

  add(files) {
    for (const file of files) this.uploads.push(new Upload(this.form, file, this));
    this.next();
  }

  get isBusy() {
    return this.uploads.some((upload) => ["sending", "waiting"].includes(upload.state));
  }

  next() {
    const sending = this.uploads.filter((upload) => upload.state === "sending").length;
    const waiting = this.uploads.filter((upload) => upload.state === "waiting");
    waiting.slice(0, Math.max(0, AT_ONCE - sending)).forEach((upload) => upload.send());
    const whole = this.uploads.length && this.uploads.every((upload) => upload.state === "done");
    if (whole) this.form.dispatchEvent(new CustomEvent("descant:uploaded", { bubbles: true }));
  }

  retryFailed() {
    this.uploads.filter((upload) => upload.state === "failed").forEach((upload) => upload.retry());
  }

  stop() {
    this.uploads.filter((upload) => upload.state === "sending").forEach((upload) => upload.cancel());
  }
}

register("uploader", (form) => {
  const queue = new Queue(form);
  const input = form.querySelector("[data-input]");
  const drop = form.querySelector("[data-drop]");
  const over = (event) => {
    event.preventDefault();
    drop.classList.toggle("is-over", event.type === "dragover");
  };
  form.classList.add("is-live");
  input.required = false;
  input.addEventListener("change", () => {
    queue.add([...input.files]);
    input.value = "";
  });
  drop.addEventListener("dragover", over);
  drop.addEventListener("dragleave", over);
  drop.addEventListener("drop", (event) => {
    over(event);
    queue.add([...event.dataTransfer.files]);
  });
  const leave = (event) => queue.isBusy && event.preventDefault();
  window.addEventListener("beforeunload", leave);
  return () => {
    window.removeEventListener("beforeunload", leave);
    queue.stop();
  };
});
