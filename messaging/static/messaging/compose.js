// Writing a message: a bubble that shows the text, and how many parts it takes. The page works without this.
import { measure } from "./segments.js";

(() => {
  const preview = document.getElementById("preview");
  const form = document.getElementById("compose");
  if (preview && form) {
    const basic = new Set(preview.dataset.basic);
    const extended = new Set(preview.dataset.extended);
    const bubble = preview.querySelector("[data-bubble]");
    const size = preview.querySelector("[data-size]");
    const foreignNote = preview.querySelector("[data-foreign-note]");
    const field = (name) => form.elements.namedItem(name);
    const list = document.getElementById("placeholders");

    // The text of the message: a saved one with what was typed for its placeholders, or what somebody wrote.
    const PLACEHOLDER = /\{([\p{L}\p{N}]+(?: [\p{L}\p{N}]+)*)\}/gu;
    const text = () => {
      if (!preview.dataset.text) return field("text")?.value ?? "";
      const values = [...form.querySelectorAll("[data-placeholder]")].map((one) => [one.dataset.placeholder, one.value.trim()]);
      const typed = new Map(values);
      return preview.dataset.text.replace(PLACEHOLDER, (whole, name) => typed.get(name.toLowerCase()) || whole);
    };
    const showPlaceholders = (words) => {
      const names = new Map();
      for (const [, name] of words.matchAll(PLACEHOLDER)) if (!names.has(name.toLowerCase())) names.set(name.toLowerCase(), name);
      const found = [...names.values()].map((name) => `{${name}}`).join(", ");
      say(list, found ? list.dataset.some.replace("%p", found) : list.dataset.none);
    };

    const say = (place, words) => { if (place.textContent !== words) place.textContent = words; };

    const show = () => {
      const words = text().replace(/\r\n/g, "\n").trim();
      bubble.classList.toggle("is-empty", !words);
      say(bubble, words || preview.dataset.nothing);
      if (list) showPlaceholders(words);
      if (!words) {
        say(size, "");
        say(foreignNote, "");
        return;
      }
      const isPicture = field("as_mms")?.checked || ["media_urls", "subject"].some((name) => field(name)?.value.trim());
      const found = measure(words, field("encoding")?.value || "auto", basic, extended);
      const form = found.parts > 10 ? preview.dataset.over : found.parts === 1 ? preview.dataset.one : preview.dataset.many;
      say(size, isPicture ? preview.dataset.mms : form.replace("%n", found.parts).replace("%e", found.name).replace("%l", found.left));
      const shown = found.foreign.slice(0, 10).join(" ");
      say(foreignNote, !isPicture && found.name === "UCS-2" && shown ? preview.dataset.foreign.replace("%c", shown) : "");
    };
    form.addEventListener("input", show);

    // The senders of the chosen profile come first; a press fills one in.
    const lists = [document.getElementById("senders"), form.querySelector("[data-senders]")].filter(Boolean);
    const sort = () => {
      const chosen = field("messaging_profile")?.value;
      const isOther = (one) => Number(!chosen || one.dataset.profile !== chosen);
      for (const list of lists) list.append(...[...list.children].sort((a, b) => isOther(a) - isOther(b)));
    };
    field("messaging_profile")?.addEventListener("change", sort);
    for (const button of form.querySelectorAll("[data-pick]")) {
      button.hidden = false;
      button.addEventListener("click", () => {
        field("sender").value = button.dataset.pick;
        field("sender").dispatchEvent(new Event("input", { bubbles: true }));
        field("sender").focus();
      });
    }

    if (document.getElementById("senders")) field("sender")?.setAttribute("list", "senders");
    show();
    (form.querySelector('[aria-invalid="true"], [data-start]') || form.querySelector("select, input:not([type=hidden])"))?.focus();
  }

  // Following a message: reload the page when what can be done has changed.
  const progress = document.getElementById("progress");
  const mark = () => progress?.querySelector("[data-shape]");
  if (!mark()) return;
  const shape = mark().dataset.shape;
  new MutationObserver(() => {
    if (!mark()) return;
    if (mark().dataset.shape !== shape || !mark().dataset.every) location.reload();
    else progress.dataset.deskRefresh = mark().dataset.every;
  }).observe(progress, { childList: true });
})();
