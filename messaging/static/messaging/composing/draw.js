// Pieces of a drawn phone. Nothing is loaded from elsewhere: a file is a placeholder with its name and kind.

const SVG = "http://www.w3.org/2000/svg";
const ICONS = {
  picture: "M4 5h16v14H4zM4 16l5-5 4 4 3-3 4 4M9 9.2a.8.8 0 1 1-1.6 0 .8.8 0 0 1 1.6 0z",
  video: "M4 6h16v12H4zM10 9.5v5l4.5-2.5z",
  sound: "M9 18V6l10-2v12M9 18a2.5 2.5 0 1 1-5 0 2.5 2.5 0 0 1 5 0zM19 16a2.5 2.5 0 1 1-5 0 2.5 2.5 0 0 1 5 0z",
  document: "M6 3h8l4 4v14H6zM14 3v4h4M9 12h6M9 16h6",
  file: "M6 3h8l4 4v14H6zM14 3v4h4",
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

// `more` are the drawings of one kind of message, beside those of files.
export const icon = (name, more = {}) => {
  const drawing = document.createElementNS(SVG, "svg");
  drawing.setAttribute("viewBox", "0 0 24 24");
  drawing.setAttribute("class", "mc-icon");
  drawing.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", more[name] ?? ICONS[name]);
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

export const media = (url, height, words) => {
  const kind = fileKind(url);
  const name = url ? fileName(url) : words.no_file;
  const place = element("div", "mc-media", icon(kind), element("span", "mc-media-name", name));
  place.dataset.height = height || "MEDIUM";
  place.dataset.kind = kind;
  place.setAttribute("role", "img");
  place.setAttribute("aria-label", `${words[kind]}: ${name}`);
  place.append(element("span", "mc-media-kind", words[kind]));
  return place;
};

export const now = () => new Intl.DateTimeFormat(document.documentElement.lang || undefined, { timeStyle: "short" }).format(new Date());

// Draw a thread into `screen`, keeping how far its cards were scrolled.
export const show = (screen, head, thread) => {
  const row = () => screen.querySelector(".mc-carousel");
  const at = row()?.scrollLeft ?? 0;
  screen.replaceChildren(head, thread);
  if (row()) row().scrollLeft = at;
};

export const words = (id) => JSON.parse(document.getElementById(id).textContent);
