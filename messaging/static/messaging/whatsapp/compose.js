// Writing a WhatsApp message: the builder, its JSON, the preview, templates used before and those at Telnyx. Without
// scripts, JSON works.
import { Editor } from "../composing/editor.js";
import { Phone } from "../composing/phone.js";
import { offer } from "./at_telnyx.js";
import { Builder } from "./builder.js";
import { kindOf, tidy } from "./content.js";
import { draw } from "./preview.js";

const form = document.getElementById("compose");
const field = (name) => form.elements.namedItem(name);
const phone = new Phone(document.getElementById("preview"), draw);

const editor = new Editor(form, "wa", { makeBuilder: (...made) => new Builder(...made), kindOf, tidy, show });

function show() {
  phone.show({ content: editor.builder.content, sender: field("sender").value.trim() });
  const window = document.getElementById("wa-window");
  window.hidden = kindOf(editor.builder.content) === "template";
}

field("sender").addEventListener("input", show);

// A template comes with its parts, whose values are empty.
function start(template) {
  editor.replace({ type: "template", template: structuredClone(template) });
  editor.write();
  editor.place.querySelector("input, textarea")?.focus();
}

const used = document.getElementById("wa-used");
if (used) {
  const templates = JSON.parse(document.getElementById("wa-templates").textContent);
  used.addEventListener("change", () => {
    const chosen = templates[Number(used.value)];
    if (!used.value || !chosen) return;
    used.value = "";
    start(chosen.template);
  });
}
offer(form, start);

if (document.getElementById("senders")) field("sender").setAttribute("list", "senders");
show();
editor.focus(field("recipients").value ? null : form.querySelector("select, input:not([type=hidden])"));
