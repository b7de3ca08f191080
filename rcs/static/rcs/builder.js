// The form for an RCS message.
import { Builder as Base } from "../messaging/composing/builder.js";
import { asKind, asType, get, kindOf, newSuggestion, set, suggestionsOf, typeOf } from "./content.js";

const RICH = { card: "/rich_card/standalone_card", carousel: "/rich_card/carousel_card" };

export class Builder extends Base {
  set(pointer, value) {
    set(this.content, pointer, value);
  }

  as(kind) {
    return asKind(this.content, kind, this.kept);
  }

  retyped(held, type, kept) {
    return asType(held, type, kept);
  }

  made(slot) {
    return slot.dataset.limit === "cards" ? {} : newSuggestion();
  }

  openFirst() {
    const opened = (holder, base) => suggestionsOf(holder).forEach((one, number) => {
      if (this.isWrong(`${base}/suggestions/${number}`)) this.open.add(one);
    });
    opened(this.content, "");
    this.cards().forEach((card, number) => {
      const base = this.cardPointer(number);
      if (number === 0 || this.isWrong(base)) this.open.add(card);
      opened(card, base);
    });
  }

  cards() {
    const list = get(this.content, `${RICH.carousel}/card_contents`);
    return Array.isArray(list) ? list : [];
  }

  cardPointer(number) {
    return `${RICH.carousel}/card_contents/${number}`;
  }

  // Switch to a different message, typed as JSON.
  replace(content) {
    this.content = content;
    this.kept = {};
    this.problems.clear();
    this.openFirst();
    this.render();
  }

  // Rendering.

  part(name) {
    return document.getElementById(`rcs-part-${name}`).content.cloneNode(true).firstElementChild;
  }

  build() {
    const kind = kindOf(this.content);
    const root = this.part(kind);
    if (kind === "text" || kind === "file") this.bind(root, "");
    else this.bind(root, RICH[kind]);
    if (kind === "card") this.fillCard(root.querySelector("[data-slot=card]"), `${RICH.card}/card_content`);
    if (kind === "carousel") this.fillCards(root.querySelector("[data-slot=cards]"));
    const chips = this.part("chips");
    this.fillSuggestions(chips, "");
    return [root, chips];
  }

  bind(root, base) {
    for (const field of root.querySelectorAll("[data-at]")) {
      const pointer = `${base}/${field.dataset.at}`;
      const as = field.dataset.as;
      field.dataset.pointer = pointer;
      field.id = `rcs${pointer.replaceAll("/", "-")}`;
      const value = get(this.content, pointer);
      if (field.type === "checkbox") field.checked = value === true;
      else if (field.tagName === "SELECT") this.choose(field, value);
      else field.value = typed(value, as);
      const holder = field.closest("[data-part]");
      const label = holder.querySelector("label");
      if (label) label.htmlFor = field.id;
      const about = [];
      for (const name of ["help", "wrong"]) {
        const place = holder.querySelector(`[data-${name}]`);
        if (place) {
          place.id = `${field.id}-${name}`;
          about.push(place.id);
        }
      }
      if (about.length) field.setAttribute("aria-describedby", about.join(" "));
      this.count(field);
    }
  }

  // Keep a value typed as JSON that is not among the options.
  choose(field, value) {
    if (value !== undefined && ![...field.options].some((option) => option.value === value)) {
      field.add(new Option(String(value), String(value)));
    }
    field.value = value ?? field.dataset.default ?? field.options[0].value;
  }

  fillCard(slot, pointer) {
    const fields = this.part("card-fields");
    this.bind(fields, pointer);
    this.fillSuggestions(fields.querySelector("[data-slot=suggestions]"), pointer);
    slot.append(fields);
  }

  fillCards(slot) {
    const pointer = `${RICH.carousel}/card_contents`;
    const cards = this.cards();
    slot.dataset.pointer = pointer;
    this.list(slot, cards, "card-row", (item, card, number) => {
      this.fillCard(item.querySelector("[data-slot=card]"), `${pointer}/${number}`);
      item.querySelector("[data-about]").textContent = card?.title ?? "";
    });
  }

  fillSuggestions(slot, base) {
    const pointer = `${base}/suggestions`;
    const held = get(this.content, base)?.suggestions;
    slot.dataset.pointer = pointer;
    this.list(slot, Array.isArray(held) ? held : [], "suggestion", (item, suggestion, number) => {
      this.fillSuggestion(item, suggestion ?? {}, `${pointer}/${number}`);
    });
  }

  fillSuggestion(item, suggestion, pointer) {
    const type = typeOf(suggestion);
    const base = `${pointer}/${type === "reply" ? "reply" : "action"}`;
    const select = item.querySelector("[data-do=type]");
    select.value = type;
    select.id = `rcs${pointer.replaceAll("/", "-")}-type`;
    select.closest("[data-part]").querySelector("label").htmlFor = select.id;
    const special = document.getElementById(`rcs-part-${type}`);
    if (special) item.querySelector("[data-slot=action]").append(this.part(type));
    if (type === "reply") item.querySelector("[data-part=fallback_url]").remove();
    this.bind(item, base);
    const text = String((suggestion.reply ?? suggestion.action)?.text ?? "");
    const name = select.selectedOptions[0].textContent;
    item.querySelector("[data-about]").textContent = text ? `${text} \u00b7 ${name}` : name;
  }

  list(slot, held, part, fill) {
    const rows = slot.querySelector("[data-list]");
    const most = this.limits[slot.dataset.limit];
    held.forEach((one, number) => {
      const item = this.part(part);
      const pointer = `${slot.dataset.pointer}/${number}`;
      item.dataset.pointer = pointer;
      fill(item, one, number);
      const name = item.dataset.name.replace("%n", number + 1);
      item.querySelector("[data-called]").textContent = name;
      const isOpen = typeof one === "object" && one !== null && this.open.has(one);
      const body = item.querySelector("[data-body]");
      body.hidden = !isOpen;
      body.id = `rcs${pointer.replaceAll("/", "-")}-body`;
      const fold = item.querySelector("[data-do=fold]");
      fold.setAttribute("aria-expanded", String(isOpen));
      fold.setAttribute("aria-controls", body.id);
      for (const button of item.querySelector("[data-tools]").children) {
        button.setAttribute("aria-label", button.dataset.label.replace("%n", name));
        button.title = button.getAttribute("aria-label");
        button.disabled = (button.dataset.do === "up" && number === 0)
          || (button.dataset.do === "down" && number === held.length - 1);
      }
      rows.append(item);
    });
    const add = slot.querySelector(":scope > [data-more] [data-do=add]");
    add.disabled = held.length >= most;
    slot.querySelector(":scope > [data-more] [data-size]").textContent = `${held.length}/${most}`;
    slot.querySelector(":scope > [data-more] [data-full]").hidden = held.length < most;
  }

  // Show fields that depend on the value of another field.
  depend() {
    for (const part of this.place.querySelectorAll("[data-when]")) {
      const [name, value] = part.dataset.when.split("=");
      const other = part.closest("[data-scope]").querySelector(`[data-at$="${name}"]`);
      part.hidden = other.value !== value;
    }
  }

  // Showing what is wrong.

  sayProblems() {
    for (const [pointer, words] of this.problems) {
      const place = this.wrongPlace(pointer);
      if (!place) continue;
      if (place.dataset.live) {
        delete place.dataset.live;
        place.replaceChildren();
      }
      place.append(...words.map((text) => {
        const line = document.createElement("p");
        line.textContent = text;
        return line;
      }));
      place.hidden = false;
      const field = this.place.querySelector(`[data-at][data-pointer="${CSS.escape(pointer)}"]`);
      field?.setAttribute("aria-invalid", "true");
    }
  }

  // The field at a pointer, or the innermost part around it.
  fieldOf(pointer) {
    for (let at = pointer; ; at = at.slice(0, at.lastIndexOf("/"))) {
      const found = this.place.querySelector(`[data-pointer="${CSS.escape(at)}"]`);
      if (found) return found;
      if (!at) return null;
    }
  }

  wrongPlace(pointer) {
    const field = this.fieldOf(pointer);
    if (!field) return this.place.querySelector("[data-wrong]");
    return field.dataset.at ? field.closest("[data-part]").querySelector("[data-wrong]") : field.querySelector("[data-wrong]");
  }

  show(pointer) {
    const field = this.fieldOf(pointer);
    for (let item = field?.closest("[data-body][hidden]"); item; item = item.parentElement.closest("[data-body][hidden]")) {
      item.hidden = false;
      item.parentElement.querySelector("[data-do=fold]").setAttribute("aria-expanded", "true");
    }
    for (const fold of field ? this.foldsAround(field) : []) fold.open = true;
    const target = !field || field.dataset.at ? field : field.querySelector("input, select, textarea, button");
    target?.focus();
  }

  foldsAround(field) {
    return [...this.place.querySelectorAll("details")].filter((fold) => fold.contains(field));
  }

  count(field) {
    const place = field.closest("[data-part]").querySelector("[data-count]");
    const most = this.limits[field.dataset.limit];
    if (!place || !most) return;
    const size = sizeOf(field.value, field.dataset.as);
    // Show the count for a URL only when it is nearly too long.
    place.textContent = field.dataset.as === "url" && size < most * 0.8 ? "" : `${size}/${most}`;
    place.classList.toggle("is-over", size > most);
    this.live(field, size > most ? this.place.dataset.over.replace("%n", size - most) : "");
  }

  // Problems found without the server; the server's message about a field is removed when the field changes.
  live(field, words) {
    const place = field.closest("[data-part]").querySelector("[data-wrong]");
    if (!place || (!words && !place.dataset.live)) return;
    place.textContent = words;
    place.hidden = !words;
    if (words) {
      place.dataset.live = "1";
      field.setAttribute("aria-invalid", "true");
    } else {
      delete place.dataset.live;
      field.removeAttribute("aria-invalid");
    }
  }

  forget(field) {
    if (!this.problems.delete(field.dataset.pointer)) return;
    const place = field.closest("[data-part]").querySelector("[data-wrong]");
    place.replaceChildren();
    place.hidden = true;
    field.removeAttribute("aria-invalid");
  }

  isAddress(text) {
    try {
      const url = new URL(text);
      return ["http:", "https:"].includes(url.protocol) && url.hostname.includes(".");
    } catch {
      return false;
    }
  }

  // Changing.

  typed(field) {
    if (!field.dataset.pointer || field.tagName === "SELECT" || field.type === "checkbox") return;
    this.forget(field);
    set(this.content, field.dataset.pointer, untyped(field.value, field.dataset.as));
    if (field.dataset.as === "url") this.live(field, "");
    this.count(field);
    this.about(field);
    this.changed();
  }

  about(field) {
    const item = field.closest("[data-name]");
    if (!item || !["text", "title"].includes(field.dataset.at)) return;
    const select = item.querySelector("[data-do=type]");
    const name = item.matches("[data-of=suggestion]") ? select.selectedOptions[0].textContent : "";
    const shown = name && field.value ? `${field.value} \u00b7 ${name}` : name || field.value;
    item.querySelector("[data-about]").textContent = shown;
  }
}
