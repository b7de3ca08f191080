// An RCS message in Telnyx's format: where its parts are, and how typed values become them. Doesn't touch the page.

import { set as setIn } from "../messaging/composing/tree.js";

export { get } from "../messaging/composing/tree.js";

export const KINDS = ["text", "file", "card", "carousel"];
export const ACTIONS = [
  "open_url_action", "dial_action", "view_location_action", "share_location_action", "create_calendar_event_action",
];

export const kindOf = (content) => {
  if (content.rich_card?.carousel_card) return "carousel";
  if (content.rich_card) return "card";
  return content.content_info ? "file" : "text";
};

export const typeOf = (suggestion) =>
  suggestion?.action ? ACTIONS.find((name) => suggestion.action[name]) || "open_url_action" : "reply";

const newCard = () => ({});

// The same message as another kind. `kept` holds what the other kinds had, so that trying one out loses nothing.
export const asKind = (content, kind, kept) => {
  const { text, rich_card: rich, content_info: file, ...rest } = content;
  if (text !== undefined) kept.text = text;
  if (file) kept.file = file;
  if (rich?.standalone_card) kept.card = rich.standalone_card;
  if (rich?.carousel_card) kept.carousel = rich.carousel_card;
  if (kind === "text") return kept.text === undefined ? rest : { text: kept.text, ...rest };
  if (kind === "file") return { content_info: kept.file ?? {}, ...rest };
  if (kind === "card") {
    const card = kept.card ?? {
      card_orientation: "VERTICAL",
      thumbnail_image_alignment: "LEFT",
      card_content: kept.carousel?.card_contents?.[0] ?? newCard(),
    };
    return { rich_card: { standalone_card: card }, ...rest };
  }
  const carousel = kept.carousel ?? {
    card_width: "MEDIUM",
    card_contents: [kept.card?.card_content ?? newCard(), newCard()],
  };
  return { rich_card: { carousel_card: carousel }, ...rest };
};

export const newSuggestion = () => ({ reply: {} });

// The same button with another action; its text stays.
export const asType = (suggestion, type, kept) => {
  const held = suggestion.reply ?? suggestion.action ?? {};
  for (const name of ACTIONS) if (held[name]) kept[name] = held[name];
  const words = Object.fromEntries(["text", "postback_data"].filter((name) => held[name]).map((name) => [name, held[name]]));
  if (suggestion.action?.fallback_url) kept.fallback_url = suggestion.action.fallback_url;
  if (type === "reply") return { reply: words };
  const begin = {
    open_url_action: { application: "BROWSER", webview_view_mode: "WEBVIEW_VIEW_MODE_UNSPECIFIED" },
    dial_action: {},
    view_location_action: {},
    share_location_action: {},
    create_calendar_event_action: {},
  };
  const fallback = kept.fallback_url ? { fallback_url: kept.fallback_url } : {};
  return { action: { ...words, ...fallback, [type]: kept[type] ?? begin[type] } };
};

// These are left out while they are empty; the presence of any other says what kind of part it is.
const HOLDERS = new Set(["media", "content_info", "lat_long"]);
const isHolder = (way, depth) =>
  HOLDERS.has(way[depth]) && (way[depth] !== "content_info" || way[depth - 1] === "media");

export const set = (tree, pointer, value) => setIn(tree, pointer, value, isHolder);

// What is sent: without a height that has no file, and without empty lists of buttons.
export const tidy = (content) => {
  const copy = structuredClone(content);
  const holders = [copy, ...cardsOf(copy)];
  for (const holder of holders) {
    if (holder.media && !holder.media.content_info) delete holder.media;
    if (Array.isArray(holder.suggestions) && !holder.suggestions.length) delete holder.suggestions;
  }
  return copy;
};

export const cardsOf = (content) => {
  const rich = content.rich_card ?? {};
  const cards = rich.carousel_card?.card_contents ?? [rich.standalone_card?.card_content];
  return Array.isArray(cards) ? cards.filter((card) => card && typeof card === "object") : [];
};

export const suggestionsOf = (holder) =>
  Array.isArray(holder?.suggestions) ? holder.suggestions.filter((one) => one && typeof one === "object") : [];

// What a phone must be able to do, in Telnyx's terms; a button with a fallback web page needs nothing.
export const needs = (content) => {
  const found = new Set();
  const kind = kindOf(content);
  if (kind === "card") found.add("RICHCARD_STANDALONE");
  if (kind === "carousel") found.add("RICHCARD_CAROUSEL");
  for (const holder of [content, ...cardsOf(content)]) {
    for (const suggestion of suggestionsOf(holder)) {
      const type = typeOf(suggestion);
      if (type === "reply" || suggestion.action.fallback_url) continue;
      const inView = type === "open_url_action" && suggestion.action.open_url_action?.application === "WEBVIEW";
      found.add(inView ? "ACTION_OPEN_URL_IN_WEBVIEW" : `ACTION_${type.replace(/_action$/, "").toUpperCase()}`);
    }
  }
  return [...found];
};
