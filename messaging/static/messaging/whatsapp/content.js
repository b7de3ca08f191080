// A WhatsApp message in Telnyx's format: its kinds, and what begins each. Doesn't touch the page.
import { get, set as setIn } from "../composing/tree.js";

export { get };

const FILES = ["image", "video", "audio", "document", "sticker"];
export const INTERACTIVE = ["button", "list", "cta_url", "location_request_message", "carousel"];
export const KINDS = ["text", ...FILES, "location", "contacts", "reaction", ...INTERACTIVE, "template"];

export const kindOf = (content) => {
  if (content.type !== "interactive") return KINDS.includes(content.type) ? content.type : "text";
  return INTERACTIVE.includes(content.interactive?.type) ? content.interactive.type : "button";
};

export const isFile = (kind) => FILES.includes(kind);
export const isInteractive = (kind) => INTERACTIVE.includes(kind);

// Where the words of a kind are: they go along when people try another kind.
const wordsAt = (kind) => {
  if (kind === "text") return "/text/body";
  if (isInteractive(kind)) return "/interactive/body/text";
  return ["image", "video", "document"].includes(kind) ? `/${kind}/caption` : "";
};
const linkAt = (kind) => (isFile(kind) ? `/${kind}/link` : "");

export const newButton = (buttons) => {
  const taken = new Set(buttons.map((one) => one?.reply?.id));
  let number = 1;
  while (taken.has(`button-${number}`)) number += 1;
  return { type: "reply", reply: { id: `button-${number}` } };
};

export const newRow = (sections) => {
  const taken = new Set(sections.flatMap((one) => (Array.isArray(one?.rows) ? one.rows.map((row) => row?.id) : [])));
  let number = 1;
  while (taken.has(`row-${number}`)) number += 1;
  return { id: `row-${number}` };
};

export const newCard = () => ({
  type: "cta_url",
  header: { type: "image" },
  action: { name: "cta_url", parameters: {} },
});

export const newComponent = (type, components) => {
  if (type === "header") return { type, parameters: [{ type: "text" }] };
  if (type === "body") return { type, parameters: [{ type: "text" }] };
  const taken = new Set(components.filter((one) => one?.type === "button").map((one) => one.index));
  let index = 0;
  while (taken.has(index)) index += 1;
  return { type: "button", sub_type: "url", index, parameters: [{ type: "text" }] };
};

// The type of the value that fills in a button of a template.
export const VALUE_OF = { quick_reply: "payload", url: "text", copy_code: "coupon_code" };

const begin = (kind) => {
  if (kind === "contacts") return [{ name: {}, phones: [{ type: "WORK" }] }];
  if (kind === "template") return { language: { code: "en_US", policy: "deterministic" } };
  if (!isInteractive(kind)) return {};
  const actions = {
    button: { buttons: [newButton([])] },
    list: { sections: [{ rows: [newRow([])] }] },
    cta_url: { name: "cta_url", parameters: {} },
    location_request_message: { name: "send_location" },
    carousel: { cards: [newCard(), newCard()] },
  };
  return { type: kind, body: {}, action: actions[kind] };
};

// The same message as another kind. `kept` holds what the other kinds had, so that trying one out loses nothing.
export const asKind = (content, kind, kept) => {
  const before = kindOf(content);
  const held = content[isInteractive(before) ? "interactive" : before];
  if (held) kept[before] = held;
  const quoted = content.context?.message_id ?? (before === "reaction" ? held?.message_id : undefined) ?? kept.quoted;
  kept.quoted = quoted;
  const member = isInteractive(kind) ? "interactive" : kind;
  const made = { type: member, [member]: kept[kind] ?? begin(kind) };
  const words = wordsAt(before) && get(content, wordsAt(before));
  if (words && wordsAt(kind) && !get(made, wordsAt(kind))) set(made, wordsAt(kind), words);
  const link = linkAt(before) && get(content, linkAt(before));
  if (link && linkAt(kind) && !get(made, linkAt(kind))) set(made, linkAt(kind), link);
  if (kind === "reaction") made.reaction = { ...(quoted ? { message_id: quoted } : {}), ...made.reaction };
  else if (quoted && kind !== "template") made.context = { message_id: quoted };
  if (content.biz_opaque_callback_data) made.biz_opaque_callback_data = content.biz_opaque_callback_data;
  return made;
};

// The same value of a template with another type; its name stays.
export const asValue = (value, type, kept) => {
  if (value?.type && value[value.type] !== undefined) kept[value.type] = value[value.type];
  const name = value?.parameter_name ? { parameter_name: value.parameter_name } : {};
  return { type, ...name, ...(kept[type] === undefined ? {} : { [type]: kept[type] }) };
};

export const asHeader = (header, type, kept) => {
  if (header?.type && header[header.type] !== undefined) kept[header.type] = header[header.type];
  return { type, ...(kept[type] === undefined ? {} : { [type]: kept[type] }) };
};

// These are left out while they are empty.
const HOLDERS = new Set(["context", "org", "footer", "name", "location", "currency", "date_time"]);

export const set = (tree, pointer, value) => setIn(tree, pointer, value, (way, depth) => HOLDERS.has(way[depth]));

// What is sent: cards numbered in their order, without empty lists and objects inside what people filled in.
export const tidy = (content) => {
  const copy = structuredClone(content);
  const cards = copy.interactive?.action?.cards;
  if (Array.isArray(cards)) {
    cards.forEach((card, number) => {
      if (card && typeof card === "object") card.card_index = number;
    });
  }
  const main = copy.type;
  for (const [name, value] of Object.entries(copy)) {
    const emptied = pruned(value);
    if (emptied !== undefined) copy[name] = emptied;
    else if (name === main) copy[name] = Array.isArray(value) ? [] : {};
    else delete copy[name];
  }
  return copy;
};

const pruned = (value) => {
  if (Array.isArray(value)) {
    const kept = value.map((one) => pruned(one) ?? (Array.isArray(one) ? [] : {}));
    return kept.length ? kept : undefined;
  }
  if (!value || typeof value !== "object") return value;
  const kept = Object.entries(value).map(([name, inner]) => [name, pruned(inner)]);
  const left = kept.filter(([, inner]) => inner !== undefined);
  return left.length ? Object.fromEntries(left) : undefined;
};
