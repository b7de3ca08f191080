// The form for a WhatsApp message.
import { Builder as Base } from "../composing/builder.js";
import {
  VALUE_OF, asHeader, asKind, asValue, get, isInteractive, kindOf, newButton, newCard, newComponent, newRow, set,
} from "./content.js";

const ACTION = "/interactive/action";
const ROWS_OF_CONTACT = ["phones", "emails", "urls", "addresses"];
// What a row is called in its heading, by its list.
const TITLES = { contacts: "name/formatted_name", buttons: "reply/title", sections: "title", rows: "title", cards: "body/text" };

// The values of a part of a template, in its heading.
const aboutValues = (component) => {
  const values = Array.isArray(component?.parameters) ? component.parameters : [];
  const words = values.map((value) => {
    const held = value?.[value?.type];
    return typeof held === "string" ? held : held?.fallback_value ?? held?.name ?? held?.link ?? "";
  });
  return words.filter(Boolean).join(" \u00b7 ");
};

export class Builder extends Base {
  set(pointer, value) {
    set(this.content, pointer, value);
  }

  as(kind) {
    return asKind(this.content, kind, this.kept);
  }

  openFirst() {
    this.content.type ??= "text";
    this.straighten();
    const walk = (value, pointer, isRow) => {
      if (!value || typeof value !== "object") return;
      if (isRow && (!pointer.match(/\/[1-9]\d*$/) || this.isWrong(pointer))) this.open.add(value);
      for (const [name, inner] of Object.entries(value)) walk(inner, `${pointer}/${name}`, Array.isArray(value));
    };
    walk(this.content, "", false);
  }

  // What JSON may hold in another shape than the fields need.
  straighten() {
    const { contacts, template } = this.content;
    for (const contact of Array.isArray(contacts) ? contacts : []) {
      if (typeof contact?.name === "string") contact.name = { formatted_name: contact.name };
    }
    for (const component of Array.isArray(template?.components) ? template.components : []) {
      if (component && typeof component === "object" && !Array.isArray(component.parameters)) component.parameters = [];
      if (component?.type !== "body" && component?.parameters?.length === 0) {
        component.parameters.push({ type: VALUE_OF[component.sub_type] ?? "text" });
      }
    }
  }

  // Rendering.

  build() {
    const kind = kindOf(this.content);
    const root = this.part(isInteractive(kind) ? "interactive" : kind);
    this.bind(root, isInteractive(kind) ? "/interactive" : `/${kind}`);
    if (isInteractive(kind)) this.fillInteractive(root, kind);
    if (kind === "contacts") this.fillContacts(root);
    if (kind === "template") this.fillTemplate(root);
    const made = [root];
    if (kind !== "reaction" && kind !== "template") made.push(this.along("context"));
    made.push(this.along("reference"));
    return made;
  }

  along(name) {
    const fold = this.part(name);
    this.bind(fold, "");
    if (this.isWrong(fold.dataset.about) || get(this.content, fold.dataset.about)) fold.open = true;
    return fold;
  }

  fillInteractive(root, kind) {
    const bare = kind === "carousel" || kind === "location_request_message";
    for (const name of ["header", "footer"]) {
      const slot = root.querySelector(`[data-slot=${name}]`);
      if (bare) slot.remove();
      else if (name === "header") this.fillHeader(slot, "/interactive/header", kind === "list" ? ["", "text"] : null);
    }
    const slot = root.querySelector("[data-slot=action]");
    const fields = this.part(kind);
    this.bind(fields, ACTION);
    slot.append(fields);
    if (kind === "button") this.rows(fields, `${ACTION}/buttons`, "button-row");
    if (kind === "list") {
      this.rows(fields, `${ACTION}/sections`, "section", (item, section, pointer) => {
        this.rows(item, `${pointer}/rows`, "list-row");
      });
    }
    if (kind === "carousel") {
      this.rows(fields, `${ACTION}/cards`, "card", (item, card, pointer) => this.fillCard(item, card, pointer));
    }
  }

  // A header is nothing, words or a file; `kinds` narrows what is offered.
  fillHeader(slot, pointer, kinds) {
    const held = get(this.content, pointer);
    const type = held?.type ?? "";
    slot.dataset.pointer = pointer;
    const select = this.switches(slot, "header", pointer, type);
    for (const option of [...select.options]) {
      if (kinds && !kinds.includes(option.value)) option.remove();
    }
    const fields = slot.querySelector("[data-slot=fields]");
    if (type) {
      fields.append(this.part(`header-${type}`));
      this.bind(fields, pointer);
    }
  }

  fillCard(item, card, pointer) {
    this.fillHeader(item.querySelector("[data-slot=header]"), `${pointer}/header`, ["image", "video"]);
    const isProduct = card?.action?.catalog_id !== undefined || card?.action?.product_retailer_id !== undefined
      || card?.action?.name === undefined;
    this.switches(item, "goes", `${pointer}/action`, isProduct ? "product" : "page");
    const fields = item.querySelector("[data-slot=action]");
    fields.append(this.part(isProduct ? "card-product" : "card-page"));
    this.bind(fields, pointer);
  }

  fillContacts(root) {
    this.rows(root, "/contacts", "contact", (item, contact, pointer) => {
      for (const name of ROWS_OF_CONTACT) {
        const slot = item.querySelector(`[data-slot=${name}]`);
        this.rows(slot, `${pointer}/${name}`, `contact-${name}`);
        const fold = slot.closest("details");
        if (fold && (Array.isArray(contact?.[name]) || this.isWrong(`${pointer}/${name}`))) fold.open = true;
      }
    });
  }

  fillTemplate(root) {
    const byId = this.content.template?.template_id !== undefined;
    this.switches(root, "named", "/template", byId ? "id" : "name");
    const fields = root.querySelector("[data-slot=named]");
    fields.append(this.part(byId ? "template-id" : "template-name"));
    this.bind(fields, "/template");
    const pointer = "/template/components";
    this.rows(root, pointer, "component", (item, component, at) => {
      const type = ["header", "body"].includes(component?.type) ? component.type : "button";
      item.dataset.name = item.dataset[`of${type[0].toUpperCase()}${type.slice(1)}`];
      const place = item.querySelector("[data-slot=component]");
      place.append(this.part(`template-${type}`));
      this.bind(place, at);
      if (type === "body") {
        this.rows(place, `${at}/parameters`, "value", (row, value, there) => this.fillValue(row, value, there));
      } else if (type === "header") {
        this.fillValue(place.querySelector("[data-slot=only]"), component?.parameters?.[0], `${at}/parameters/0`);
      } else {
        this.fillButtonValue(place, component, at);
      }
      item.querySelector("[data-about]").textContent = aboutValues(component);
    });
    const listed = Array.isArray(this.content.template?.components) ? this.content.template.components : [];
    for (const button of root.querySelectorAll("button[data-component]")) {
      const { component } = button.dataset;
      button.disabled = component === "button"
        ? listed.filter((one) => one?.type === "button").length >= this.limits.template_buttons
        : listed.some((one) => one?.type === component);
    }
  }

  fillValue(row, value, pointer) {
    const select = this.switches(row, "value", pointer, value?.type ?? "text");
    const fields = row.querySelector("[data-slot=value]");
    const type = [...select.options].some((option) => option.value === value?.type) ? value.type : "text";
    fields.append(this.part(`value-${type}`));
    row.dataset.pointer = pointer;
    this.bind(row, pointer);
  }

  fillButtonValue(place, component, at) {
    this.switches(place, "sub", at, component?.sub_type ?? "url");
    const fields = place.querySelector("[data-slot=value]");
    fields.append(this.part(`button-${VALUE_OF[component?.sub_type] ? component.sub_type : "url"}`));
    this.bind(fields, at);
  }

  // A select that changes which fields there are.
  switches(root, name, pointer, value) {
    const select = root.querySelector(`[data-switches=${name}]`);
    select.dataset.owner = pointer;
    select.id = `${this.prefix}${pointer.replaceAll("/", "-")}-${name}`;
    select.closest("[data-part]").querySelector("label").htmlFor = select.id;
    if ([...select.options].some((option) => option.value === value)) select.value = value;
    return select;
  }

  rows(root, pointer, part, fill = () => {}) {
    const slot = root.dataset.limit ? root : root.querySelector(`[data-rows=${pointer.slice(pointer.lastIndexOf("/") + 1)}]`);
    const held = get(this.content, pointer);
    slot.dataset.pointer = pointer;
    this.list(slot, Array.isArray(held) ? held : [], part, (item, one, number) => {
      const at = `${pointer}/${number}`;
      this.bind(item, at);
      fill(item, one, at);
      const about = TITLES[slot.dataset.rows];
      if (about) item.querySelector("[data-about]").textContent = get(one ?? {}, `/${about}`) ?? "";
    });
  }

  // Changing.

  made(slot, list) {
    const made = {
      contacts: () => ({ name: {}, phones: [{ type: "WORK" }] }),
      buttons: () => newButton(list),
      sections: () => ({ rows: [newRow(get(this.content, `${ACTION}/sections`) ?? [])] }),
      rows: () => newRow(get(this.content, `${ACTION}/sections`) ?? []),
      cards: newCard,
      parameters: () => ({ type: "text", ...(list[0]?.parameter_name ? { parameter_name: "" } : {}) }),
    }[slot.dataset.rows];
    return this.opened(made ? made() : {});
  }

  // Something new is shown with its first row open.
  opened(made) {
    this.open.add(made);
    for (const inner of Object.values(made)) {
      if (Array.isArray(inner) && inner[0]) this.opened(inner[0]);
    }
    return made;
  }

  pressed(button) {
    if (button.dataset.component) {
      const list = get(this.content, "/template/components");
      const made = this.opened(newComponent(button.dataset.component, Array.isArray(list) ? list : []));
      // In the order of the message: header, body, buttons.
      const order = ["header", "body", "button"];
      const sorted = [...(Array.isArray(list) ? list : []), made];
      sorted.sort((one, other) => order.indexOf(one?.type) - order.indexOf(other?.type));
      this.set("/template/components", sorted);
      this.problems.clear();
      this.render();
      this.changed();
      const number = sorted.indexOf(made);
      this.place.querySelector(`[data-name][data-pointer="/template/components/${number}"] [data-body] :is(select, input)`)?.focus();
    } else if (button.dataset.emoji) {
      this.set("/reaction/emoji", button.dataset.emoji);
      this.again(button.id);
      this.place.querySelector(`[data-emoji="${button.dataset.emoji}"]`)?.focus();
    } else if (button.dataset.do === "take-back") {
      this.content.reaction = { ...this.content.reaction, emoji: "" };
      this.again(button.id);
      this.place.querySelector("[data-do=take-back]")?.focus();
    } else {
      super.pressed(button);
    }
  }

  chosen(field) {
    const { switches: name, owner } = field.dataset;
    if (!name) {
      super.chosen(field);
      return;
    }
    const held = get(this.content, owner);
    const key = `${name}${owner}`;
    const kept = (this.kept[key] ??= {});
    const value = field.value;
    if (name === "header") this.set(owner, value ? asHeader(held, value, kept) : undefined);
    if (name === "value") this.swap(owner, held, asValue(held, value, kept));
    if (name === "sub") {
      const one = held?.parameters?.[0] ?? {};
      this.swap(owner, held, { ...held, sub_type: value, parameters: [asValue(one, VALUE_OF[value], kept)] });
    }
    if (name === "goes") {
      kept[held?.name ? "page" : "product"] = held;
      const begin = value === "page" ? { name: "cta_url", parameters: {} } : {};
      this.set(owner, kept[value] ?? begin);
    }
    if (name === "named") {
      const { template_id: id, name: called, language, components } = held ?? {};
      if (id !== undefined) kept.id = { template_id: id };
      else kept.name = { ...(called ? { name: called } : {}), language };
      const begin = value === "id" ? { template_id: "" } : { language: { code: "en_US", policy: "deterministic" } };
      this.content.template = { ...(kept[value] ?? begin), ...(components ? { components } : {}) };
    }
    this.again(field.id);
  }

  // Put something changed where it was, open as it was.
  swap(owner, held, made) {
    if (held && this.open.has(held)) this.open.add(made);
    this.set(owner, made);
  }

  again(id) {
    super.again(id);
    this.sayTaken();
  }

  sayTaken() {
    const back = this.place.querySelector("[data-do=take-back]");
    back?.setAttribute("aria-pressed", String(this.content.reaction?.emoji === ""));
    for (const one of this.place.querySelectorAll("button[data-emoji]")) {
      one.setAttribute("aria-pressed", String(one.dataset.emoji === this.content.reaction?.emoji));
    }
  }

  render() {
    super.render();
    this.sayTaken();
  }

  about(field) {
    const item = field.closest("[data-name]");
    const slot = item?.closest("[data-rows]");
    const at = slot && TITLES[slot.dataset.rows];
    if (at && field.dataset.pointer === `${item.dataset.pointer}/${at}`) {
      item.querySelector("[data-about]").textContent = field.value;
    }
  }
}

