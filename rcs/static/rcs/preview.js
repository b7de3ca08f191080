// A message as a phone shows it. Nothing is loaded from elsewhere: a file is drawn as a placeholder with its name and kind.
import { cardsOf, kindOf, suggestionsOf, typeOf } from "./content.js";

const SVG = "http://www.w3.org/2000/svg";
const ICONS = {
  picture: "M4 5h16v14H4zM4 16l5-5 4 4 3-3 4 4M9 9.2a.8.8 0 1 1-1.6 0 .8.8 0 0 1 1.6 0z",
  video: "M4 6h16v12H4zM10 9.5v5l4.5-2.5z",
  sound: "M9 18V6l10-2v12M9 18a2.5 2.5 0 1 1-5 0 2.5 2.5 0 0 1 5 0zM19 16a2.5 2.5 0 1 1-5 0 2.5 2.5 0 0 1 5 0z",
  document: "M6 3h8l4 4v14H6zM14 3v4h4M9 12h6M9 16h6",
  file: "M6 3h8l4 4v14H6zM14 3v4h4",
  open_url_action: "M13 5h6v6M19 5l-9 9M11 6H5v13h13v-6",
  dial_action: "M6.5 4h3l1.5 4-2 1.5a12 12 0 0 0 5.5 5.5l1.5-2 4 1.5v3a2 2 0 0 1-2 2A15 15 0 0 1 4.500 6a2 2 0 0 1 2-2z",
  view_location_action: "M12 21s7-6.300 7-11.500a7 7 0 1 0-14 0C5 14.700 12 21 12 21zM14.500 9.500a2.500 2.500 0 1 1-5 0 2.500 2.500 0 0 1 5 0z",
  share_location_action: "M12 3v4M12 17v4M3 12h4M17 12h4M18 12a6 6 0 1 1-12 0 6 6 0 0 1 12 0z",
  create_calendar_event_action: "M4 6h16v14H4zM4 10h16M8 3.500v4M16 3.500v4",
};
const ENDINGS = {
  picture: ["jpg", "jpeg", "png", "gif", "webp", "bmp"],
  video: ["mp4", "m4v", "webm", "mpeg", "3gp", "mov"],
  sound: ["mp3", "ogg", "wav", "aac", "m4a", "amr"],
  document: ["pdf"],
};

export const element = (tag, className, ...children) => {
  const made = document.createElement(tag);
  if (className) made.className = className;
  made.append(...children.filter((child) => child !== null && child !== undefined && child !== ""));
  return made;
};

const icon = (name) => {
  const drawing = document.createElementNS(SVG, "svg");
  drawing.setAttribute("viewBox", "0 0 24 24");
  drawing.setAttribute("class", "rcs-icon");
  drawing.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", ICONS[name]);
  drawing.append(path);
  return drawing;
};

export const fileName = (url) => {
  const path = String(url).split(/[?#]/)[0].replace(/\/+$/, "");
  const name = path.slice(path.lastIndexOf("/") + 1) || path;
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
};

export const fileKind = (url) => {
  const ending = fileName(url).split(".").pop().toLowerCase();
  return Object.keys(ENDINGS).find((kind) => ENDINGS[kind].includes(ending)) || "file";
};

const media = (info, height, words) => {
  const url = info?.file_url || "";
  const kind = fileKind(url);
  const name = url ? fileName(url) : words.no_file;
  const place = element("div", "rcs-media", icon(kind), element("span", "rcs-media-name", name));
  place.dataset.height = height || "MEDIUM";
  place.dataset.kind = kind;
  place.setAttribute("role", "img");
  place.setAttribute("aria-label", `${words[kind]}: ${name}`);
  place.append(element("span", "rcs-media-kind", words[kind]));
  return place;
};

const label = (suggestion, words) => {
  const type = typeOf(suggestion);
  const text = String((suggestion.reply ?? suggestion.action)?.text ?? "").trim();
  const shown = element("span", text ? "" : "rcs-nothing", text || words.no_text);
  return type === "reply" ? [shown] : [icon(type), shown];
};

const card = (content, words, before = null) => {
  const body = element(
    "div", "rcs-card-text",
    content.title ? element("p", "rcs-card-title", String(content.title)) : null,
    content.description ? element("p", "rcs-card-description", String(content.description)) : null,
  );
  const buttons = suggestionsOf(content).map((one) => element("span", "rcs-card-button", ...label(one, words)));
  const file = content.media?.content_info ? media(content.media.content_info, content.media.height, words) : null;
  if (!body.childElementCount && !file && !buttons.length) {
    body.append(element("p", "rcs-nothing", words.empty_card));
  }
  const rest = element("div", "rcs-card-rest", body.childElementCount ? body : null);
  if (buttons.length) rest.append(element("div", "rcs-card-buttons", ...buttons));
  return element("div", "rcs-card", before, file, rest);
};

const standalone = (held, words) => {
  const drawn = card(held.card_content ?? {}, words);
  drawn.dataset.orientation = held.card_orientation === "HORIZONTAL" ? "HORIZONTAL" : "VERTICAL";
  drawn.dataset.alignment = held.thumbnail_image_alignment === "RIGHT" ? "RIGHT" : "LEFT";
  return drawn;
};

const carousel = (content, words) => {
  const cards = cardsOf(content);
  const row = element("div", "rcs-carousel", ...cards.map((one) => card(one, words)));
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
  if (kind === "file") return element("div", "rcs-bubble is-file", media(content.content_info, "MEDIUM", words));
  const text = String(content.text ?? "");
  return element("p", text.trim() ? "rcs-bubble" : "rcs-bubble rcs-nothing", text.trim() ? text : words.nothing);
};

const chips = (content, words) => {
  const drawn = suggestionsOf(content).map((one) => element("span", "rcs-chip", ...label(one, words)));
  return drawn.length ? element("div", "rcs-chips", ...drawn) : null;
};

const fallback = (held, words) => {
  if (!held) return [element("p", "rcs-bubble rcs-nothing", words.no_fallback)];
  const files = (held.media_urls ?? []).map((url) => element("div", "rcs-bubble is-file", media({ file_url: url }, "SHORT", words)));
  const subject = held.subject ? element("strong", "", `${held.subject}\n`) : null;
  const text = held.text || held.subject ? element("p", "rcs-bubble is-sms", subject, held.text ?? "") : null;
  return [...files, text].filter(Boolean);
};

const now = () => new Intl.DateTimeFormat(document.documentElement.lang || undefined, { timeStyle: "short" }).format(new Date());

// Draw into `screen`: {content, agent, time, fallback, isPlain}. With isPlain the phone has no RCS.
export const draw = (screen, shown, words) => {
  const { content, agent, time, fallback: other, isPlain } = shown;
  const at = screen.querySelector(".rcs-carousel")?.scrollLeft ?? 0;
  const name = isPlain ? other?.from || words.sms : agent || words.no_agent;
  const head = element(
    "div", "rcs-head",
    element("span", "rcs-avatar", [...name][0]?.toUpperCase() ?? "?"),
    element("span", "rcs-name", name),
    element("span", "rcs-tag", isPlain ? words.sms : "RCS"),
  );
  head.firstChild.setAttribute("aria-hidden", "true");
  const thread = element("div", "rcs-thread", element("p", "rcs-time", time || `${words.today}, ${now()}`));
  if (isPlain) thread.append(...fallback(other, words));
  else thread.append(body(content, words), chips(content, words) ?? "");
  screen.replaceChildren(head, thread);
  const row = screen.querySelector(".rcs-carousel");
  if (row) row.scrollLeft = at;
};

export const words = (id) => JSON.parse(document.getElementById(id).textContent);
