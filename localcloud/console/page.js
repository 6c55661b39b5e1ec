"use strict";

const REFRESH_MS = 2500;
const MESSAGES = 200;
const view = document.getElementById("view");
const live = document.getElementById("live");
const memory = { channel: "email", to: "", form: "html" };
let drawn = null;
let turn = 0;

// Everything shown comes from outside. It is set as text or as an attribute here, never as markup.
function el(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (value !== null && value !== undefined && value !== false) element.setAttribute(key, value);
  }
  const shown = children.flat(3).filter((child) => child !== null && child !== undefined && child !== false);
  element.append(...shown.map((child) => (child instanceof Node ? child : String(child))));
  return element;
}

async function load(path) {
  const answer = await fetch(path, { headers: { Accept: "application/json" } });
  const value = await answer.json();
  if (!answer.ok) throw new Error(value.error);
  return value;
}

function when(text) {
  if (!text) return "–";
  const moment = new Date(text);
  const today = moment.toDateString() === new Date().toDateString();
  const shown = today ? moment.toLocaleTimeString() : moment.toLocaleString();
  return el("time", { datetime: text, title: text }, shown);
}

function table(heads, rows, nothing) {
  if (!rows.length) return el("p", { class: "quiet" }, nothing);
  const cell = (tag) => (value, column) => el(tag, { class: heads[column].number ? "number" : null }, value);
  return el("div", { class: "scroll" }, el("table", {},
    el("thead", {}, el("tr", {}, heads.map((head, column) => cell("th")(head.label, column)))),
    el("tbody", {}, rows.map((row) => el("tr", {}, row.map(cell("td")))))));
}

const heads = (...labels) => labels.map((label) => label.startsWith("#")
  ? { label: label.slice(1), number: true } : { label });

function state(text, kind) {
  return el("span", { class: `state ${kind}` }, text);
}

/* Outbox */

const outbox = {
  async load() {
    const query = new URLSearchParams({ channel: memory.channel, limit: MESSAGES });
    if (memory.to) query.set("to", memory.to);
    return load(`/api/outbox?${query}`);
  },
  draw(messages, rest) {
    const chosen = messages.find((message) => String(message.id) === rest) ?? (rest ? null : messages[0]);
    return el("div", { class: "split" },
      el("section", { class: "list", "aria-label": "Messages" },
        el("form", { class: "filter", role: "search", onsubmit: (event) => event.preventDefault() },
          el("select", { "aria-label": "Channel", id: "channel", onchange: (event) => filter({ channel: event.target.value }) },
            [["email", "E-mail"], ["sms", "SMS"], ["push", "Push"]].map(([value, label]) =>
              el("option", { value, selected: value === memory.channel ? "" : null }, label))),
          el("input", { type: "search", id: "to", placeholder: "Recipient's address", "aria-label": "Recipient's address",
            value: memory.to, onchange: (event) => filter({ to: event.target.value.trim() }) })),
        messages.length ? el("ul", {}, messages.map((message) => outbox.row(message, message === chosen)))
          : el("p", { class: "empty" }, memory.to ? "Nothing was sent to this address." : "Nothing was sent yet.")),
      el("section", { class: "detail", "aria-label": "Message" },
        chosen ? outbox.message(chosen) : el("p", { class: "empty" },
          rest ? "This message is not among those listed." : "E-mail the system sends appears here; none of it leaves this machine.")));
  },
  row(message, current) {
    return el("li", {}, el("a", { href: `#outbox/${message.id}`, "aria-current": current ? "true" : null },
      el("strong", {}, message.subject || "(no subject)"), when(message.receivedAt),
      el("span", { class: "to" }, message.to.join(", ")),
      message.copies > 1 ? el("span", { class: "badge" }, `${message.copies} copies`) : ""));
  },
  message(message) {
    const forms = { html: "HTML", text: "Text", headers: "Headers" };
    const form = memory.form === "html" && !message.html ? "text" : memory.form;
    return [
      el("h2", {}, message.subject || "(no subject)"),
      el("dl", {}, [["From", message.from], ["To", message.to.join(", ")], ["Received", when(message.receivedAt)],
        ["Message-ID", el("code", {}, message.messageId)]].map(([name, value]) => [el("dt", {}, name), el("dd", {}, value)]),
        message.links.length ? [el("dt", {}, "Links"), el("dd", {}, message.links.map((link) =>
          el("div", {}, /^https?:\/\//.test(link)
            ? el("a", { href: link, target: "_blank", rel: "noopener noreferrer" }, link) : link)))] : null),
      el("div", { class: "forms" }, Object.entries(forms).filter(([key]) => key !== "html" || message.html).map(([key, label]) =>
        el("button", { type: "button", "aria-pressed": String(key === form), onclick: () => filter({ form: key }) }, label))),
      form === "html" ? frame(message.html) : el("pre", {}, form === "text" ? message.text
        : Object.entries(message.headers).map(([name, value]) => `${name}: ${value}`).join("\n")),
    ];
  },
};

// The message's own markup lives in a frame of no origin, without scripts; its links open in a tab of their own.
function frame(html) {
  const element = el("iframe", { title: "Message as HTML", sandbox: "allow-popups allow-popups-to-escape-sandbox" });
  const base = '<base target="_blank">';
  element.srcdoc = /<head[^>]*>/i.test(html) ? html.replace(/<head[^>]*>/i, (head) => head + base)
    : `<!doctype html>${base}${html}`;
  return element;
}

function filter(change) {
  Object.assign(memory, change);
  refresh(true);
}

/* Tasks */

const STATES = { RUNNING: "good", SUCCEEDED: "good", SCHEDULED: "wait", PAUSED: "wait", FAILED: "bad", EXHAUSTED: "bad" };
const known = (text) => state(String(text).toLowerCase(), STATES[text] ?? "");

function outcome(status) {
  if (status === null || status === undefined || status === "") return "–";
  if (Number(status) === 0) return state("no answer", "bad");
  return state(status, Number(status) >= 200 && Number(status) < 300 ? "good" : "bad");
}

const tasks = {
  load: () => load("/api/tasks"),
  draw({ queues = [], tasks: list = [], schedules = [] }) {
    return el("div", { class: "page" },
      el("h3", {}, "Queues"),
      table(heads("Queue", "State", "#Tasks"), queues.map((queue) => [queue.name, known(queue.state), queue.tasks]),
        "There are no queues."),
      el("h3", {}, "Tasks"),
      table(heads("Task", "Queue", "State", "Due", "#Attempts", "Last answer"), list.map((task) => [
        el("code", {}, task.name), task.queue, known(task.state), when(task.scheduleTime), task.attempts,
        outcome(task.lastStatus)]), "No task is waiting."),
      el("h3", {}, "Schedules"),
      table(heads("Schedule", "Cron", "State", "Next", "Last", "#Calls", "Last answer"), schedules.map((schedule) => [
        schedule.name, el("code", {}, `${schedule.schedule} ${schedule.timeZone ?? ""}`), known(schedule.state),
        when(schedule.scheduleTime), when(schedule.lastRun), schedule.attempts, outcome(schedule.lastStatus)]),
        "There are no schedules."));
  },
};

/* Data */

const data = {
  load(rest) {
    const [path, after] = rest.split("?after=").map(decodeURIComponent);
    const query = new URLSearchParams({ path });
    if (after) query.set("after", after);
    return load(`/api/firestore?${query}`);
  },
  draw(found) {
    const parts = found.path ? found.path.split("/") : [];
    const [document_] = found.documents;
    return el("div", { class: "page" },
      el("ol", { class: "crumbs", "aria-label": "Path" }, el("li", {}, el("a", { href: "#data" }, "(root)")),
        parts.map((part, index) => el("li", {}, el("a", { href: link(parts.slice(0, index + 1).join("/")) }, part)))),
      found.kind === "document" && el("div", {},
        document_ ? [el("p", { class: "quiet" }, "Created ", when(document_.createTime), ", changed ", when(document_.updateTime), "."),
          fields(document_.fields)] : el("p", { class: "quiet" }, "This document does not exist.")),
      found.kind === "collection" && el("div", {},
        table(heads("Document", "Fields", "Changed"), found.documents.map((each) => [
          el("a", { href: link(each.path), class: "mono" }, each.id),
          el("span", { class: "mono quiet" }, Object.keys(each.fields).sort().join(", ")), when(each.updateTime)]),
          "This collection is empty."),
        found.next && el("p", {}, el("a", { href: `${link(found.path)}?after=${encodeURIComponent(found.next)}` }, "Next page"))),
      found.kind !== "collection" && (found.collections.length || found.kind === "root") && [
        el("h3", {}, "Collections"),
        found.collections.length ? el("ul", { class: "chips" }, found.collections.map((name) =>
          el("li", {}, el("a", { href: link(found.path ? `${found.path}/${name}` : name) }, name))))
          : el("p", { class: "quiet" }, "The database is empty.")]);
  },
};

const link = (path) => `#data/${path.split("/").map(encodeURIComponent).join("/")}`;

function fields(values) {
  const shown = (value) => {
    const text = typeof value === "string" ? value : JSON.stringify(value, null, 2);
    const sealed = /^<sealed \d+ bytes>$/.test(text);
    return el("pre", { class: sealed ? "sealed" : null }, text);
  };
  return table(heads("Field", "Stored value"), Object.entries(values).sort().map(([name, value]) =>
    [el("code", {}, name), shown(value)]), "The document has no fields.");
}

/* Services */

const services = {
  load: () => load("/api/services"),
  draw(list) {
    const web = { api: "/api/docs", console: "/" };
    const about = (service) => !service.answers ? state(service.state === "ready" ? "not answering" : service.state,
      service.state === "ready" ? "bad" : "wait") : state("running", "good");
    return el("div", { class: "page" }, el("h3", {}, "Services"),
      table(heads("Service", "State", "#Port", "#Process", "What it is", "Log"), list.map((service) => [
        service.name in web ? el("a", { href: service.url + web[service.name], target: "_blank", rel: "noopener" }, service.name)
          : service.name, about(service), service.port, service.pid, service.about, el("code", {}, service.log)]),
        "Nothing was started by localcloud up on this data folder."));
  },
};

/* The page */

const views = { outbox, tasks, data, services };

function place() {
  const [name, ...rest] = location.hash.slice(1).split("/");
  return name in views ? { name, rest: rest.join("/") } : { name: "outbox", rest: "" };
}

// Draws only what has changed, so that a selection, a scroll position or an open message stays as it is.
async function refresh(force = false) {
  const mine = ++turn;
  const { name, rest } = place();
  for (const tab of document.querySelectorAll("nav a")) {
    if (tab.hash === `#${name}`) tab.setAttribute("aria-current", "page");
    else tab.removeAttribute("aria-current");
  }
  let content;
  let key;
  try {
    const value = await views[name].load(rest);
    key = JSON.stringify([name, rest, value]);
    content = () => views[name].draw(value, rest);
    live.textContent = `up to date, ${new Date().toLocaleTimeString()}`;
    live.className = "";
  } catch (error) {
    const text = error instanceof TypeError ? "The console does not answer. Is localcloud still running?" : error.message;
    key = JSON.stringify([name, rest, text]);
    content = () => el("p", { class: "problem", role: "alert" }, text);
    live.textContent = "not up to date";
    live.className = "bad";
  }
  if (mine !== turn || (key === drawn && !force)) return;
  const list = view.querySelector(".list");
  const scrolled = list ? list.scrollTop : 0;
  const { id: focused, value: typed } = document.activeElement ?? {};
  drawn = key;
  view.replaceChildren(content());
  if (view.querySelector(".list")) view.querySelector(".list").scrollTop = scrolled;
  const field = focused && document.getElementById(focused);
  if (field) {
    if (typed !== undefined) field.value = typed;
    field.focus();
  }
}

addEventListener("hashchange", () => refresh(true));
document.addEventListener("visibilitychange", () => document.hidden || refresh());
setInterval(() => document.hidden || refresh(), REFRESH_MS);
refresh(true);
