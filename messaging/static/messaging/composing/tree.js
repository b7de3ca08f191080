// Content as a tree: where its parts are, and how typed values become them. Doesn't touch the page.

// Pointers, as in RFC 6901; the names of these trees have no characters to escape.

const steps = (pointer) => pointer.split("/").slice(1);

export const get = (tree, pointer) =>
  pointer === "" ? tree : steps(pointer).reduce((node, step) => node?.[step], tree);

// Set a value, or delete an empty one. `isHolder(way, depth)` names the parts that go once nothing is in them.
export const set = (tree, pointer, value, isHolder = () => false) => {
  const way = steps(pointer);
  const last = way.pop();
  const nodes = [tree];
  for (const step of way) {
    const node = nodes.at(-1);
    node[step] ??= {};
    nodes.push(node[step]);
  }
  if (value !== undefined && value !== "") {
    nodes.at(-1)[last] = value;
    return;
  }
  delete nodes.at(-1)[last];
  for (let depth = way.length - 1; depth >= 0; depth -= 1) {
    if (!isHolder(way, depth) || Object.keys(nodes[depth + 1]).length) break;
    delete nodes[depth][way[depth]];
  }
};

// Converting between what people type and what Telnyx accepts.

export const encode = (text) => {
  let bytes = "";
  for (const byte of new TextEncoder().encode(text)) bytes += String.fromCharCode(byte);
  return btoa(bytes);
};

export const decode = (coded) => {
  try {
    const bytes = Uint8Array.from(atob(coded), (character) => character.charCodeAt(0));
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return String(coded ?? "");
  }
};

const two = (number) => String(number).padStart(2, "0");

const toTyped = {
  base64: (value) => (value === undefined ? "" : decode(value)),
  thousandth: (value) => (typeof value === "number" ? String(value / thousandth) : String(value ?? "")),
  time: (value) => {
    const at = new Date(value ?? "");
    if (Number.isNaN(at.valueOf())) return "";
    const date = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
    return `${date}T${two(at.getHours())}:${two(at.getMinutes())}`;
  },
};

const thousandth = 1000;

const fromTyped = {
  base64: (typed) => (typed ? encode(typed) : ""),
  time: (typed) => {
    const at = new Date(typed);
    return Number.isNaN(at.valueOf()) ? typed : at.toISOString().replace(/\.\d+Z$/, "Z");
  },
  // Anything but a number stays as typed; the server says what is wrong with it.
  number: (typed) => (typed.trim() !== "" && Number.isFinite(Number(typed)) ? Number(typed) : typed),
  thousandth: (typed) =>
    typed.trim() !== "" && Number.isFinite(Number(typed)) ? Math.round(Number(typed) * thousandth) : typed,
};

export const typed = (value, as) =>
  toTyped[as] ? toTyped[as](value) : value === undefined || value === null ? "" : String(value);

export const untyped = (text, as) => (fromTyped[as] ? fromTyped[as](text) : text);

export const sizeOf = (text, as) => (as === "base64" || as === "bytes" ? new TextEncoder().encode(text).length : [...text].length);
