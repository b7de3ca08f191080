// The form for a request or a business profile: counters, dependent fields, and protection for unsaved text. The form works without this script.
(() => {
  const form = document.querySelector("#verificationrequest_form, #business-form");
  if (!form) return;

  // Telnyx counts characters: an emoji is one, not two halves, and a line ending is one.
  const characters = (text) => [...text.replace(/\r\n/g, "\n").trim()].length;

  const count = (place) => {
    const field = document.getElementById(place.dataset.countFor);
    const limit = Number(place.dataset.limit);
    const show = () => {
      const length = characters(field.value);
      const over = length - limit;
      const words = over > 0
        ? (over === 1 ? place.dataset.one : place.dataset.many.replace("%n", over))
        : (place.dataset.always !== undefined || length > limit * 0.8 ? `${length} / ${limit}` : "");
      if (over > 0) place.dataset.over = "";
      else delete place.dataset.over;
      // Interrupt screen readers only when the text is over the limit.
      place.setAttribute("aria-live", over > 0 ? "polite" : "off");
      if (place.textContent !== words) place.textContent = words;
    };
    field.addEventListener("input", show);
    show();
  };
  document.querySelectorAll("[data-count-for]").forEach(count);

  const useCase = document.getElementById("id_use_case");
  const token = document.querySelector('[data-field="campaign_verify_authorization_token"]');
  const kind = document.getElementById("id_entity_type");
  const depend = () => {
    if (token) token.hidden = useCase.value !== "Political" && !token.classList.contains("errors");
    document.querySelectorAll("[data-show-for]").forEach((hint) => { hint.hidden = kind.value !== hint.dataset.showFor; });
  };
  [useCase, kind].forEach((field) => field?.addEventListener("change", depend));
  depend();

  // Offer the states of the chosen country, and none where we have no list.
  const country = document.getElementById("id_business_registration_country");
  const place = document.getElementById("id_business_state");
  const offer = () => {
    const lists = [...document.querySelectorAll("[data-states-of]")];
    const of = lists.find((list) => list.dataset.statesOf === country.value.trim());
    if (of) place.setAttribute("list", of.id);
    else if (country.value.trim()) place.removeAttribute("list");
    else place.setAttribute("list", "states");
  };
  country.addEventListener("input", offer);
  offer();

  // Ask before leaving with unsaved text; submitting the form doesn't ask.
  const mark = document.querySelector("[data-unsaved]");
  const state = () => JSON.stringify([...new FormData(form)].filter(([name]) => name !== "csrfmiddlewaretoken"));
  const before = state();
  const refused = form.querySelector("[data-refused]") !== null;  // what was refused has not been saved
  let sending = false;
  const unsaved = () => !sending && (refused || state() !== before);
  form.addEventListener("input", () => { if (mark) mark.hidden = !unsaved(); });
  addEventListener("beforeunload", (event) => { if (unsaved()) event.preventDefault(); });

  // Somebody submitted or saved it meanwhile: without unsaved text show what is there now, with it offer no button that
  // can only fail, and leave the text to be copied.
  const shape = document.getElementById("shape");
  const shown = () => shape.querySelector("[data-shape]");
  const first = shape && shown().dataset.shape;
  let late = false;
  const follow = () => {
    const now = shown();
    if (!now || now.dataset.shape === first || sending) return;
    if (!unsaved()) { location.reload(); return; }
    if (now.dataset.editable) return;
    late = true;
    buttons().forEach((button) => { button.hidden = true; });
    document.querySelectorAll("[data-late]").forEach((words) => { words.hidden = false; });
    if (mark) mark.hidden = true;
  };
  if (shape) new MutationObserver(follow).observe(shape, { childList: true });
  document.addEventListener("click", (event) => { if (event.target.closest("[data-late-link]")) sending = true; });

  // One click is one save. The clicked button is disabled only after its name has been submitted with the form.
  const buttons = () => [...form.elements, ...document.querySelectorAll(`[form="${form.id}"]`)]
    .filter((element) => element.type === "submit");
  form.addEventListener("submit", (event) => {
    if (sending || late) { event.preventDefault(); return; }
    sending = true;
    setTimeout(() => buttons().forEach((button) => { button.disabled = true; }), 0);
  });
  addEventListener("pageshow", () => {
    sending = false;
    buttons().forEach((button) => { button.disabled = false; });
  });

  // The page is hidden until Alpine has run, so the browser's own autofocus has nothing to focus.
  const focus = () => {
    if (location.hash.startsWith("#id_")) document.getElementById(location.hash.slice(1))?.focus();
    // What Telnyx said is read first.
    else form.querySelector("[autofocus]")?.focus({ preventScroll: document.querySelector(".tf-meaning") !== null });
  };
  if (document.documentElement.hasAttribute("x-cloak")) document.addEventListener("alpine:initialized", () => setTimeout(focus, 0));
  else focus();

  // A link to a field puts the cursor in it.
  document.addEventListener("click", (event) => {
    const link = event.target.closest('a[href^="#id_"]');
    const field = link && document.getElementById(link.hash.slice(1));
    if (!field) return;
    event.preventDefault();
    field.closest("[data-field]").hidden = false;
    field.focus();
    field.scrollIntoView({ block: "center" });
  });
})();
