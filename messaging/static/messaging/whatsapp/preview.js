// A WhatsApp message as the recipient's phone shows it.
import { element, fileName, icon, media, now, show } from "../composing/draw.js";
import { get, isFile, kindOf } from "./content.js";

const ICONS = {
  link: "M13 5h6v6M19 5l-9 9M11 6H5v13h13v-6",
  reply: "M10 6L4 12l6 6M4 12h10a6 6 0 0 1 6 6",
  list: "M9 6h11M9 12h11M9 18h11M4.500 6h.01M4.500 12h.01M4.500 18h.01",
  copy: "M9 9h11v11H9zM5 15H4V4h11v1",
  pin: "M12 21s7-6.300 7-11.500a7 7 0 1 0-14 0C5 14.700 12 21 12 21zM14.500 9.500a2.500 2.500 0 1 1-5 0 2.500 2.500 0 0 1 5 0z",
  person: "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4 20c.8-4 4-6 8-6s7.200 2 8 6",
  bag: "M5 8h14l-1 12H6zM9 8V6a3 3 0 0 1 6 0v2",
  play: "M8 5l11 7-11 7z",
};

const text = (value) => (typeof value === "string" ? value : "");
const list = (value) => (Array.isArray(value) ? value : []);
const nothing = (words) => element("span", "mc-nothing", words);
const orNothing = (value, words) => (text(value).trim() ? text(value) : nothing(words));

// WhatsApp's own marks: *bold*, _italic_, ~struck~ and `code`; and web addresses.
const MARKS = /(\*[^*\s](?:[^*\n]*[^*\s])?\*|_[^_\s](?:[^_\n]*[^_\s])?_|~[^~\s](?:[^~\n]*[^~\s])?~|`[^`\n]+`|https?:\/\/\S+)/g;
const TAGS = { "*": "strong", _: "em", "~": "s", "`": "code" };
const marked = (value) =>
  text(value).split(MARKS).filter(Boolean).map((piece) => {
    if (/^https?:\/\//.test(piece)) return element("span", "wa-link", piece);
    const tag = piece.length > 2 && piece.at(-1) === piece[0] ? TAGS[piece[0]] : null;
    return tag ? element(tag, "", piece.slice(1, -1)) : piece;
  });

const said = (value, words) =>
  element("p", "wa-text", ...(text(value).trim() ? marked(value) : [nothing(words.nothing)]));

const row = (name, words) => element("span", "wa-button", name ? icon(name, ICONS) : null, words);

// A file is called what it was chosen as, whatever its address ends in.
const labels = (kind, words) => {
  const called = words[{ image: "picture", video: "video", sticker: "sticker" }[kind]];
  return { ...words, picture: called, video: called, sound: called, document: called, file: called };
};

const file = (kind, held, words) => {
  const link = text(held?.link);
  if (kind === "document") {
    const name = text(held?.filename) || (link ? fileName(link) : words.no_file);
    const ending = name.includes(".") ? name.split(".").pop().toUpperCase().slice(0, 5) : "";
    return element("div", "wa-document", icon("document"), element("span", "wa-document-name", name), element("span", "wa-document-kind", ending));
  }
  if (kind === "audio") {
    const bars = element("span", "wa-wave");
    for (let number = 0; number < 28; number += 1) {
      const bar = element("i", "");
      bar.style.height = `${20 + ((number * 37) % 80)}%`;
      bars.append(bar);
    }
    bars.setAttribute("aria-hidden", "true");
    const about = held?.voice === true ? words.voice : link ? fileName(link) : words.no_file;
    return element("div", "wa-audio", icon("play", ICONS), bars, element("span", "wa-audio-name", about));
  }
  const drawn = media(link, kind === "sticker" ? "SHORT" : "MEDIUM", labels(kind, words));
  if (kind === "sticker") drawn.classList.add("wa-sticker");
  return drawn;
};

const place = (held, words) => {
  const at = [text(held?.latitude), text(held?.longitude)].filter(Boolean).join(", ");
  const map = element("div", "wa-map", icon("pin", ICONS));
  map.setAttribute("role", "img");
  map.setAttribute("aria-label", at || words.no_place);
  const name = element("p", "wa-place-name", orNothing(held?.name || at, words.no_place));
  return element("div", "wa-place", map, name, held?.address ? element("p", "wa-soft", text(held.address)) : null);
};

const initials = (name) => [...name.trim()][0]?.toUpperCase() ?? "?";

const contact = (held, words) => {
  const name = typeof held?.name === "string" ? held.name : text(held?.name?.formatted_name);
  const avatar = element("span", "wa-face", initials(name));
  avatar.setAttribute("aria-hidden", "true");
  const about = text(held?.org?.company) || text(list(held?.phones)[0]?.phone);
  return element(
    "div", "wa-bubble is-flush",
    element("div", "wa-contact", avatar, element("span", "wa-contact-name", orNothing(name, words.no_name)), about ? element("span", "wa-soft", about) : null),
    row("", words.view_contact),
  );
};

const header = (held, words) => {
  if (!held?.type) return null;
  if (held.type !== "text") return file(held.type, held[held.type], words);
  return element("p", "wa-title", orNothing(held.text, words.no_text), held.sub_text ? element("span", "wa-soft", ` ${text(held.sub_text)}`) : null);
};

const bubble = (...children) => element("div", "wa-bubble", ...children);
const stamp = (time) => element("span", "wa-stamp", time);

const card = (held, words) => {
  const action = held?.action ?? {};
  const isPage = action.name !== undefined;
  const button = isPage
    ? row("link", orNothing(action.parameters?.display_text, words.no_text))
    : row("bag", words.product.replace("%w", text(action.product_retailer_id) || "…"));
  const body = text(held?.body?.text);
  return element("div", "wa-bubble is-card mc-card", header(held?.header, words), body ? element("p", "wa-text", ...marked(body)) : null, button);
};

const interactive = (held, kind, words, time) => {
  const action = held.action ?? {};
  const main = bubble(
    header(held.header, words),
    said(held.body?.text, words),
    held.footer?.text ? element("p", "wa-soft wa-footer", text(held.footer.text)) : null,
    stamp(time),
  );
  if (kind === "carousel") {
    const cards = list(action.cards);
    const scroll = element("div", "mc-carousel wa-carousel", ...cards.map((one) => card(one, words)));
    scroll.tabIndex = 0;
    scroll.setAttribute("role", "group");
    scroll.setAttribute("aria-label", words.cards.replace("%n", cards.length));
    return [main, scroll];
  }
  if (kind === "button") main.append(...list(action.buttons).map((one) => row("reply", orNothing(one?.reply?.title, words.no_text))));
  if (kind === "cta_url") main.append(row("link", orNothing(action.parameters?.display_text, words.no_text)));
  if (kind === "location_request_message") main.append(row("pin", words.send_location));
  if (kind !== "list") return [main];
  main.append(row("list", orNothing(action.button, words.no_text)));
  const sheet = element("div", "wa-sheet", element("p", "wa-sheet-title", orNothing(action.button, words.no_text)));
  for (const section of list(action.sections)) {
    if (section?.title) sheet.append(element("p", "wa-section", text(section.title)));
    const rows = list(section?.rows);
    if (!rows.length) sheet.append(element("p", "wa-row", nothing(words.no_row)));
    for (const one of rows) {
      const words_of = element("span", "", element("span", "wa-row-title", orNothing(one?.title, words.no_text)), one?.description ? element("span", "wa-soft", text(one.description)) : null);
      sheet.append(element("p", "wa-row", words_of, element("span", "wa-radio")));
    }
  }
  return [main, sheet];
};

const valueOf = (value, words) => {
  const held = value?.[value?.type];
  if (value?.type === "currency" || value?.type === "date_time") return orNothing(held?.fallback_value, words.no_value);
  return orNothing(held, words.no_value);
};

const template = (held, words, time) => {
  const components = list(held?.components);
  const name = text(held?.template_id) || text(held?.name);
  const language = held?.template_id ? "" : text(held?.language?.code);
  const main = bubble();
  for (const one of components.filter((part) => part?.type === "header")) {
    const value = list(one.parameters)[0] ?? {};
    if (["image", "video", "document"].includes(value.type)) main.append(file(value.type, value[value.type], words));
    else if (value.type === "location") main.append(place(value.location, words));
    else main.append(element("p", "wa-title", orNothing(value.text, words.no_value)));
  }
  main.append(element("p", "wa-template", element("span", "wa-tag", words.template), " ", orNothing(name, words.no_template), language ? element("span", "wa-soft", ` ${language}`) : null));
  const values = element("dl", "wa-values");
  for (const one of components.filter((part) => part?.type === "body")) {
    list(one.parameters).forEach((value, number) => {
      values.append(element(
        "div", "",
        element("dt", "", value?.parameter_name ? `{{${value.parameter_name}}}` : `{{${number + 1}}}`),
        element("dd", "", valueOf(value, words)),
      ));
    });
  }
  if (values.childElementCount) main.append(values);
  main.append(element("p", "wa-soft wa-footer", words.template_note), stamp(time));
  const buttons = components.filter((part) => part?.type === "button");
  buttons.sort((one, other) => (one.index ?? 0) - (other.index ?? 0));
  for (const one of buttons) {
    const value = list(one.parameters)[0] ?? {};
    const filled = text(value[value.type]);
    const does = { quick_reply: words.quick_reply, url: words.link, copy_code: words.copy_code }[one.sub_type] ?? "%w";
    const label = element("span", "", `${words.button.replace("%n", Number.isInteger(one.index) ? one.index + 1 : "?")}: ${does.replace("%w", filled || "…")}`);
    main.append(row({ quick_reply: "reply", url: "link", copy_code: "copy" }[one.sub_type] ?? "", label));
  }
  return [main];
};

const ADDRESS = /https?:\/\/[^\s]+/;

const body = (content, kind, words, time) => {
  const held = content[kind];
  if (kind === "text") {
    const address = content.text?.preview_url === true ? ADDRESS.exec(text(held?.body))?.[0] : null;
    const about = address
      ? element("div", "wa-unfurled", icon("link", ICONS), element("span", "wa-unfurled-words", element("span", "wa-soft", words.preview), element("span", "wa-row-title", address.replace(/^https?:\/\//, "").split("/")[0])))
      : null;
    return [bubble(about, said(held?.body, words), stamp(time))];
  }
  if (kind === "sticker") return [file(kind, held, words)];
  if (isFile(kind)) {
    const caption = text(held?.caption);
    return [bubble(file(kind, held, words), caption ? element("p", "wa-text", ...marked(caption)) : null, stamp(time))];
  }
  if (kind === "location") return [bubble(place(held, words), stamp(time))];
  if (kind === "contacts") return list(held).map((one) => contact(one, words));
  if (kind === "reaction") {
    const theirs = element("div", "wa-bubble is-theirs", element("p", "wa-text", words.their_message), stamp(time));
    const emoji = text(held?.emoji);
    if (emoji) theirs.append(element("span", "wa-reaction", emoji));
    return [theirs, emoji ? null : element("p", "wa-soft", held?.emoji === "" ? words.taken_back : words.nothing)];
  }
  if (kind === "template") return template(held, words, time);
  return interactive(content.interactive ?? {}, kind, words, time);
};

const quote = (content, words) => {
  if (!get(content, "/context/message_id")) return null;
  return element("p", "wa-quote", icon("reply", ICONS), words.reply);
};

// Draw into `screen`: {content, sender, day, time}; day and time are those of a message that exists.
export const draw = (screen, shown, words) => {
  const { content, sender, day, time } = shown;
  const kind = kindOf(content);
  const name = sender || words.no_sender;
  const avatar = element("span", "mc-avatar", icon("person", ICONS));
  avatar.setAttribute("aria-hidden", "true");
  const head = element("div", "mc-head wa-head", avatar, element("span", "mc-name", name), element("span", "mc-tag", "WhatsApp"));
  // What is being written has no time yet.
  const at = time || now();
  const drawn = body(content, kind, words, at).filter(Boolean);
  const quoted = quote(content, words);
  if (quoted && drawn[0]?.classList.contains("wa-bubble")) drawn[0].prepend(quoted);
  const thread = element("div", "mc-thread wa-thread", element("p", "mc-time wa-day", day || words.today), ...drawn);
  show(screen, head, thread);
  screen.classList.add("wa-screen");
};

