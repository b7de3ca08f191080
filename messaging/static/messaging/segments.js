// How many parts a text is sent in: the same rules as messaging/segments.py, which counts again when a form is sent.
const ROOMS = { "GSM-7": [160, 153], "UCS-2": [70, 67] };

export const measure = (text, encoding, basic, extended) => {
  const characters = [...text];
  const foreign = [...new Set(characters.filter((c) => !basic.has(c) && !extended.has(c)))];
  const name = encoding === "ucs2" || (foreign.length && encoding !== "gsm7") ? "UCS-2" : "GSM-7";
  const units = name === "UCS-2" ? text.length : characters.reduce((sum, c) => sum + (extended.has(c) ? 2 : 1), 0);
  const [alone, joined] = ROOMS[name];
  const parts = units <= alone ? 1 : Math.ceil(units / joined);
  return { name, parts, foreign, left: (units <= alone ? alone : parts * joined) - units };
};
