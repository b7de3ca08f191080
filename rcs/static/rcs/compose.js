// Writing an RCS message: the builder, its JSON, the preview, and what the phone can show. Without scripts, JSON still works.
import { measure } from "../messaging/segments.js";
import { Editor } from "../messaging/composing/editor.js";
import { Phone } from "../messaging/composing/phone.js";
import { Builder } from "./builder.js";
import { kindOf, needs, tidy } from "./content.js";
import { draw } from "./preview.js";

const form = document.getElementById("rcs-compose");
const config = JSON.parse(document.getElementById("mc-config").textContent);
const field = (name) => form.elements.namedItem(name);
const phone = new Phone(document.getElementById("preview"), draw);
const isTemplate = form.dataset.template !== undefined;

// What is sent to phones without RCS.

const chosenFallback = () => form.querySelector('[name="fallback"]:checked')?.value || "";

const fallback = () => {
  const way = chosenFallback();
  if (!way) return null;
  const held = { from: field(`${way}_from`)?.value.trim(), text: field(`${way}_text`).value };
  if (way === "sms") return held;
  const urls = field("mms_media_urls").value.split(/\s+/).filter(Boolean);
  return { ...held, subject: field("mms_subject").value.trim(), media_urls: urls };
};

const depend = () => {
  for (const part of form.querySelectorAll("[data-fallback]")) part.hidden = part.dataset.fallback !== chosenFallback();
  const until = form.querySelector('[data-field="expire_at"]');
  if (until) until.hidden = field("lifetime").value !== "until";
};

const count = document.getElementById("rcs-parts");
const basic = new Set(count.dataset.basic);
const extended = new Set(count.dataset.extended);
const parts = () => {
  const text = field("sms_text").value.replace(/\r\n/g, "\n").trim();
  const found = measure(text, "auto", basic, extended);
  const words = found.parts > 10 ? count.dataset.over : found.parts === 1 ? count.dataset.one : count.dataset.many;
  const foreign = found.foreign.slice(0, 10).join(" ");
  const why = found.name === "UCS-2" && foreign ? ` ${count.dataset.foreign.replace("%c", foreign)}` : "";
  const said = text ? words.replace("%n", found.parts).replace("%e", found.name).replace("%l", found.left) + why : "";
  if (count.textContent !== said) count.textContent = said;
};

// What the phone can show.

const handset = document.getElementById("rcs-handset");
let asked = 0;
let later = 0;
let isAsking = false;
let isStale = false;

const look = async (asks = false) => {
  // A look that overtakes a pending question would hide that the question was asked.
  isStale = isAsking;
  if (!handset || isAsking) return;
  isAsking = asks;
  const number = ++asked;
  clearTimeout(later);
  const data = new FormData();
  for (const name of ["csrfmiddlewaretoken", "agent", "to"]) data.set(name, field(name).value);
  if (asks) data.set("ask", "1");
  try {
    const answer = await fetch(handset.dataset.url, { method: "POST", body: data, credentials: "same-origin", redirect: "manual" });
    if (!answer.ok || number !== asked) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (handset.innerHTML.trim() !== page.body.innerHTML.trim()) handset.replaceChildren(...page.body.childNodes);
    warn();
    if (handset.querySelector("[data-waits]")) later = setTimeout(look, 2000, false);
  } catch {
    handset.textContent = handset.dataset.lost;
  } finally {
    if (asks) isAsking = false;
    if (asks && isStale) look();
  }
};

const warn = () => {
  const told = handset?.querySelector("[data-features]");
  const place = document.getElementById("rcs-warnings");
  if (!place) return;
  const lines = [];
  if (told?.dataset.state === "rcs") {
    const can = new Set(JSON.parse(told.dataset.features));
    for (const need of needs(editor.builder.content)) {
      if (!can.has(need)) lines.push(place.dataset.cannot.replace("%w", config.features[need] ?? need));
    }
  }
  if (told?.dataset.state === "none") {
    const way = chosenFallback();
    lines.push(way ? place.dataset[way] : place.dataset.nothing);
  }
  const made = lines.map((text) => {
    const line = document.createElement("li");
    line.textContent = text;
    return line;
  });
  if (place.textContent !== lines.join("")) place.replaceChildren(...made);
  place.hidden = !lines.length;
};

if (handset) {
  handset.addEventListener("click", (event) => {
    const button = event.target.closest('button[name="_ask"]');
    if (!button) return;
    event.preventDefault();
    look(true);
  });
  let soon = 0;
  const changes = (event) => {
    if (!["to", "agent"].includes(event.target.name)) return;
    clearTimeout(soon);
    soon = setTimeout(look, event.type === "change" ? 0 : 600, false);
  };
  form.addEventListener("input", changes);
  form.addEventListener("change", changes);
  if (handset.querySelector("[data-waits]")) later = setTimeout(look, 2000, false);
  else if (field("to").value) look();
}

// Putting it all together.

const agentName = () => {
  const select = field("agent");
  return select?.value ? select.selectedOptions[0].textContent : "";
};

function show() {
  phone.show({ content: editor.builder.content, agent: agentName(), fallback: fallback() });
  parts();
  warn();
}

form.addEventListener("input", (event) => {
  if (event.target !== editor.raw && !editor.place.contains(event.target)) show();
});
form.addEventListener("change", () => {
  depend();
  show();
});

const editor = new Editor(form, "rcs", {
  makeBuilder: (...made) => new Builder(...made),
  kindOf,
  tidy,
  show,
});
depend();
show();
editor.focus(isTemplate ? field("name") : field("to").value ? null : field("agent"));
