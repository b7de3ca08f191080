// An RCS message as a phone shows it.
import { element, icon, media, now, show } from "../messaging/composing/draw.js";
import { cardsOf, kindOf, suggestionsOf, typeOf } from "./content.js";

const ICONS = {
  open_url_action: "M13 5h6v6M19 5l-9 9M11 6H5v13h13v-6",
  dial_action: "M6.5 4h3l1.5 4-2 1.5a12 12 0 0 0 5.5 5.5l1.5-2 4 1.5v3a2 2 0 0 1-2 2A15 15 0 0 1 4.500 6a2 2 0 0 1 2-2z",
  view_location_action: "M12 21s7-6.300 7-11.500a7 7 0 1 0-14 0C5 14.700 12 21 12 21zM14.500 9.500a2.500 2.500 0 1 1-5 0 2.500 2.500 0 0 1 5 0z",
  share_location_action: "M12 3v4M12 17v4M3 12h4M17 12h4M18 12a6 6 0 1 1-12 0 6 6 0 0 1 12 0z",
  create_calendar_event_action: "M4 6h16v14H4zM4 10h16M8 3.500v4M16 3.500v4",
};

const label = (suggestion, words) => {
  const type = typeOf(suggestion);
  const text = String((suggestion.reply ?? suggestion.action)?.text ?? "").trim();
  const shown = element("span", text ? "" : "mc-nothing", text || words.no_text);
  return type === "reply" ? [shown] : [icon(type, ICONS), shown];
};

const card = (content, words, before = null) => {
  const body = element(
    "div", "mc-card-text",
    content.title ? element("p", "mc-card-title", String(content.title)) : null,
    content.description ? element("p", "mc-card-description", String(content.description)) : null,
  );
  const buttons = suggestionsOf(content).map((one) => element("span", "mc-card-button", ...label(one, words)));
  const file = content.media?.content_info ? media(content.media.content_info.file_url || "", content.media.height, words) : null;
  if (!body.childElementCount && !file && !buttons.length) {
    body.append(element("p", "mc-nothing", words.empty_card));
  }
  const rest = element("div", "mc-card-rest", body.childElementCount ? body : null);
  if (buttons.length) rest.append(element("div", "mc-card-buttons", ...buttons));
  return element("div", "mc-card", before, file, rest);
};

const standalone = (held, words) => {
  const drawn = card(held.card_content ?? {}, words);
  drawn.dataset.orientation = held.card_orientation === "HORIZONTAL" ? "HORIZONTAL" : "VERTICAL";
  drawn.dataset.alignment = held.thumbnail_image_alignment === "RIGHT" ? "RIGHT" : "LEFT";
  return drawn;
};

const carousel = (content, words) => {
  const cards = cardsOf(content);
  const row = element("div", "mc-carousel", ...cards.map((one) => card(one, words)));
  row.dataset.width = content.rich_card.carousel_card.card_width === "SMALL" ? "SMALL" : "MEDIUM";
  row.tabIndex = 0;
  row.setAttribute("role", "group");
  row.setAttribute("aria-label", words.cards.replace("%n", cards.length));
  return row;
};

const body = (content, words) => {
  const kind = kindOf(content);
  if (kind === "carousel") return carousel(content, words);
  if (kind === "card") return standalone(content.rich_card.standalone_card ?? {}, words);
  if (kind === "file") return element("div", "mc-bubble is-file", media(content.content_info?.file_url || "", "MEDIUM", words));
  const text = String(content.text ?? "");
  return element("p", text.trim() ? "mc-bubble" : "mc-bubble mc-nothing", text.trim() ? text : words.nothing);
};

const chips = (content, words) => {
  const drawn = suggestionsOf(content).map((one) => element("span", "mc-chip", ...label(one, words)));
  return drawn.length ? element("div", "mc-chips", ...drawn) : null;
};

const fallback = (held, words) => {
  if (!held) return [element("p", "mc-bubble mc-nothing", words.no_fallback)];
  const files = (held.media_urls ?? []).map((url) => element("div", "mc-bubble is-file", media(url, "SHORT", words)));
  const subject = held.subject ? element("strong", "", `${held.subject}\n`) : null;
  const text = held.text || held.subject ? element("p", "mc-bubble is-sms", subject, held.text ?? "") : null;
  return [...files, text].filter(Boolean);
};

// Draw into `screen`: {content, agent, time, fallback, isPlain}. With isPlain the phone has no RCS.
export const draw = (screen, shown, words) => {
  const { content, agent, time, fallback: other, isPlain } = shown;
  const name = isPlain ? other?.from || words.sms : agent || words.no_agent;
  const head = element(
    "div", "mc-head",
    element("span", "mc-avatar", [...name][0]?.toUpperCase() ?? "?"),
    element("span", "mc-name", name),
    element("span", "mc-tag", isPlain ? words.sms : "RCS"),
  );
  head.firstChild.setAttribute("aria-hidden", "true");
  const thread = element("div", "mc-thread", element("p", "mc-time", time || `${words.today}, ${now()}`));
  if (isPlain) thread.append(...fallback(other, words));
  else thread.append(body(content, words), chips(content, words) ?? "");
  show(screen, head, thread);
};
