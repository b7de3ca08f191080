// How many parts a text is sent in: the same rules as messaging/segments.py, which counts again when a form is sent.
const ROOMS = { "GSM-7": [160, 153], "UCS-2": [70, 67] };

export const measure = (text, encoding, basic, extended) => {
  const characters = [...text];
  const foreign = [...new Set(characters.filter((c) => !basic.has(c) && !extended.has(c)))];
  const name = encoding === "ucs2" || (foreign.length && encoding !== "gsm7") ? "UCS-2" : "GSM-7";
  const cost = name === "UCS-2" ? (c) => c.length : (c) => (extended.has(c) ? 2 : 1);
  const units = characters.reduce((sum, c) => sum + cost(c), 0);
  const [alone, joined] = ROOMS[name];
  if (units <= alone) return { name, parts: 1, foreign, left: alone - units };
  let parts = 1;
  let left = joined;
  for (const c of characters) {
    // A character of two units is never split between parts.
    if (cost(c) > left) [parts, left] = [parts + 1, joined];
    left -= cost(c);
  }
  return { name, parts, foreign, left };
};
