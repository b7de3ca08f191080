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

  about(field) {
    const item = field.closest("[data-name]");
    if (!item || !["text", "title"].includes(field.dataset.at)) return;
    const select = item.querySelector("[data-do=type]");
    const name = item.matches("[data-of=suggestion]") ? select.selectedOptions[0].textContent : "";
    const shown = name && field.value ? `${field.value} \u00b7 ${name}` : name || field.value;
    item.querySelector("[data-about]").textContent = shown;
  }
}
