// A form made of copies of parts: every field belongs to one place in the content, and moves with it.
// A subclass says which parts there are: openFirst(), build(), start(), name(), made(), retyped(), set() and as().
import { get, sizeOf, typed, untyped } from "./tree.js";

export class Builder {
  // `prefix` begins the ids; `changed()` is called after each change; `problems` are the server's, each with its pointer.
  constructor(place, content, { prefix, limits, problems = [], changed }) {
    Object.assign(this, { place, content, prefix, limits, changed });
    this.problems = new Map();
    for (const { pointer, words } of problems) {
      this.problems.set(pointer, [...(this.problems.get(pointer) ?? []), words]);
    }
    this.kept = {};
    this.keptOf = new WeakMap();
    this.open = new WeakSet();
    this.openFirst();
    place.addEventListener("input", (event) => this.typed(event.target));
    place.addEventListener("change", (event) => this.chosen(event.target));
    place.addEventListener("click", (event) => {
      const button = event.target.closest("button[data-do]");
      if (button && place.contains(button)) this.pressed(button);
    });
    this.render();
  }

  // Is there a problem at a place or inside it?
  isWrong(base) {
    return [...this.problems.keys()].some((pointer) => `${pointer}/`.startsWith(`${base}/`));
  }

  render() {
    this.place.replaceChildren(...this.build());
    this.depend();
    this.sayProblems();
  }

  // Switch to a different message, typed as JSON.
  replace(content) {
    this.content = content;
    this.kept = {};
    this.problems.clear();
    this.openFirst();
    this.render();
  }

  part(name) {
    return document.getElementById(`${this.prefix}-part-${name}`).content.cloneNode(true).firstElementChild;
  }

  bind(root, base) {
    for (const field of root.querySelectorAll("[data-at]")) {
      const pointer = `${base}/${field.dataset.at}`;
      const as = field.dataset.as;
      field.dataset.pointer = pointer;
      field.id = `${this.prefix}${pointer.replaceAll("/", "-")}`;
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
    if (value !== undefined && ![...field.options].some((option) => option.value === String(value))) {
      field.add(new Option(String(value), String(value)));
    }
    field.value = String(value ?? field.dataset.default ?? field.options[0].value);
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
      body.id = `${this.prefix}${pointer.replaceAll("/", "-")}-body`;
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
    if (!add) return;
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

  typed(field) {
    if (!field.dataset.pointer || field.tagName === "SELECT" || field.type === "checkbox") return;
    this.forget(field);
    this.set(field.dataset.pointer, untyped(field.value, field.dataset.as));
    if (field.dataset.as === "url") this.live(field, "");
    this.count(field);
    this.about(field);
    this.changed();
  }

  pressed(button) {
    const action = button.dataset.do;
    const item = button.closest("[data-name]");
    if (action === "add") this.add(button.closest("[data-limit]"));
    else if (action === "fold") this.fold(item, button);
    else this.move(item, action);
  }

  fold(item, button) {
    const body = item.querySelector("[data-body]");
    body.hidden = !body.hidden;
    button.setAttribute("aria-expanded", String(!body.hidden));
    this.open[body.hidden ? "delete" : "add"](get(this.content, item.dataset.pointer));
  }

  move(item, action) {
    const pointer = item.dataset.pointer;
    const at = pointer.lastIndexOf("/");
    const [holder, number] = [pointer.slice(0, at), Number(pointer.slice(at + 1))];
    const list = get(this.content, holder);
    const [one] = list.splice(number, 1);
    const called = item.querySelector("[data-called]").textContent;
    this.problems.clear();
    if (action === "remove") {
      this.removed = { holder, number, one };
    } else {
      list.splice(number + (action === "up" ? -1 : 1), 0, one);
    }
    this.render();
    this.changed();
    const said = this.place.dataset[action === "remove" ? "removed" : "moved"];
    this.say(said.replace("%n", called), action === "remove");
    if (action !== "remove") this.buttonOf(`${holder}/${number + (action === "up" ? -1 : 1)}`, action).focus();
  }

  buttonOf(pointer, action) {
    const tools = this.place.querySelector(`[data-name][data-pointer="${pointer}"] [data-tools]`);
    const same = tools.querySelector(`[data-do=${action}]`);
    return same.disabled ? tools.querySelector(`[data-do=${action === "up" ? "down" : "up"}]`) : same;
  }

  again(id) {
    this.problems.clear();
    this.render();
    this.changed();
    document.getElementById(id)?.focus();
  }

  // One click brings back what was removed, as long as nothing else in its list has changed.
  say(words, canUndo) {
    const place = document.getElementById(`${this.prefix}-said`);
    place.replaceChildren(words);
    if (!canUndo) return;
    const { holder, number, one } = this.removed;
    const undo = document.createElement("button");
    undo.type = "button";
    undo.className = "desk-button is-small";
    undo.dataset.undo = "";
    undo.textContent = this.place.dataset.undo;
    undo.addEventListener("click", () => {
      const list = get(this.content, holder);
      if (Array.isArray(list)) list.splice(number, 0, one);
      else this.set(holder, [one]);
      place.replaceChildren();
      this.render();
      this.changed();
      this.place.querySelector(`[data-name][data-pointer="${holder}/${number}"] [data-do=fold]`)?.focus();
    });
    place.append(" ", undo);
    undo.focus();
  }

  chosen(field) {
    if (field.dataset.do === "type") {
      const item = field.closest("[data-name]");
      const held = get(this.content, item.dataset.pointer);
      const kept = this.keptOf.get(held) ?? {};
      const made = this.retyped(held, field.value, kept);
      this.keptOf.set(made, kept);
      this.open.add(made);
      this.set(item.dataset.pointer, made);
      this.again(field.id);
    } else if (field.type === "checkbox" && field.dataset.pointer) {
      this.set(field.dataset.pointer, field.checked || undefined);
      this.changed();
    } else if (field.tagName === "SELECT" && field.dataset.pointer) {
      this.forget(field);
      this.set(field.dataset.pointer, untyped(field.value, field.dataset.as));
      this.depend();
      this.changed();
    } else if (field.dataset.as === "url" && field.value && !this.isAddress(field.value)) {
      this.live(field, this.place.dataset.noAddress);
    }
  }

  kind(kind) {
    this.content = this.as(kind);
    this.problems.clear();
    this.openFirst();
    this.render();
    this.changed();
  }

  add(slot) {
    const pointer = slot.dataset.pointer;
    const list = get(this.content, pointer);
    const made = this.made(slot, Array.isArray(list) ? list : []);
    this.open.add(made);
    if (Array.isArray(list)) list.push(made);
    else this.set(pointer, [made]);
    const number = get(this.content, pointer).length - 1;
    this.problems.clear();
    this.render();
    this.changed();
    const added = this.place.querySelector(`[data-name][data-pointer="${pointer}/${number}"]`);
    added.querySelector("[data-body] :is(input, select, textarea), input, select")?.focus();
  }
}
