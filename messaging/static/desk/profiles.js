// Profiles: settings appear when their box is checked, and countries are found by typing. All works without this.
(() => {
  const choice = (name) => {
    const inputs = [...document.querySelectorAll(`[name="${name}"]`)];
    const radio = inputs.find((input) => input.type === "radio" && input.checked);
    return radio ? radio.value !== "all" : inputs.some((input) => input.type === "checkbox" && input.checked);
  };

  const follow = () => {
    document.querySelectorAll("[data-show-with]").forEach((row) => {
      row.hidden = !choice(row.dataset.showWith);
    });
  };

  const countries = (box) => {
    const find = box.querySelector(".pf-find");
    const field = find.querySelector("input");
    const said = find.querySelector("[data-ticked]");
    const regions = [...box.querySelectorAll("details")];
    const count = () => {
      regions.forEach((region) => {
        region.querySelector("[data-count]").textContent = region.querySelectorAll("input:checked").length;
      });
      said.textContent = said.dataset.words.replace("%n", box.querySelectorAll("input:checked").length);
    };
    const search = () => {
      const words = field.value.trim().toLowerCase();
      regions.forEach((region) => {
        const labels = [...region.querySelectorAll("label")];
        labels.forEach((label) => { label.hidden = !label.textContent.toLowerCase().includes(words); });
        region.hidden = labels.every((label) => label.hidden);
        if (words) region.open = true;
      });
    };
    find.hidden = false;
    field.addEventListener("input", search);
    field.addEventListener("keydown", (event) => { if (event.key === "Enter") event.preventDefault(); });
    box.addEventListener("change", count);
    count();
  };

  document.addEventListener("DOMContentLoaded", () => {
    follow();
    document.addEventListener("change", follow);
    document.querySelectorAll("[data-countries]").forEach(countries);
  });
})();
