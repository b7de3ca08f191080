// The order page. Everything except the countdowns works without this script.
(() => {
  // unfold writes the name of a chosen file into a box beside the field, which our fields don't have (unfold's app.js).
  document.querySelectorAll("input[type=file]").forEach((field) => { field.hasChangeListener = true; });

  // How many numbers "Send codes" would call and text now.
  const count = () => document.querySelectorAll("[data-ways]").forEach((place) => {
    const chosen = [...document.querySelectorAll("select[form=send-codes]:enabled")];
    place.textContent = chosen.filter((box) => box.value === place.dataset.ways).length;
  });
  document.addEventListener("change", (event) => { if (event.target.matches("select[form=send-codes]")) count(); });

  // When the next code may be requested: counted down here from the time left that the server gave, since the two
  // clocks may differ.
  const began = performance.now();
  const until = () => document.querySelectorAll("select[data-seconds]").forEach((box) => {
    const left = Math.ceil(Number(box.dataset.seconds) - (performance.now() - began) / 1000);
    const wait = box.parentElement.querySelector("[data-wait]");
    if (left > 0) {
      const words = wait?.querySelector("[data-left]");
      const said = box.closest("[data-left-words]")?.dataset.leftWords;
      if (words && said) words.textContent = ` ${said.replace("%n", left)}`;
      return;
    }
    box.disabled = false;
    delete box.dataset.seconds;
    wait?.remove();
    count();
  });
  until();
  setInterval(until, 500);

  // One method for all numbers.
  document.querySelectorAll(".ho-all").forEach((line) => { line.hidden = false; });
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-all]");
    if (!button) return;
    document.querySelectorAll("select[form=send-codes]:enabled").forEach((box) => { box.value = button.dataset.all; });
    count();
  });

  // Lines pasted into a code field or into the box go to the fields they belong to; the rest are reported by position.
  // None of them is stored anywhere.
  const fields = () => [...document.querySelectorAll("[data-code]")];
  const CODE = /^[A-Za-z0-9]{3,12}$/;
  const NUMBER = /(?:\+?1[ .\-]{0,3})?\(?\d{3}\)?[ .\-/]{0,3}\d{3}[ .\-]{0,3}\d{4}(?!\d)/;
  const digits = (text) => text.replace(/\D/g, "").replace(/^1(?=\d{10}$)/, "");
  // As ownership_codes.code_in: blanks in a code are dropped, and words before it.
  const codeIn = (text) => {
    const groups = text.split(/[^A-Za-z0-9]+/).filter(Boolean);
    let last = groups.length;
    while (last && /\d/.test(groups[last - 1])) last -= 1;
    const code = last < groups.length ? groups.slice(last).join("") : groups.at(-1) || "";
    return CODE.test(code) ? code : "";
  };
  const place = (text, start) => {
    const all = text.split(/\r\n|[\r\n]/).map((line) => line.trim());
    const lines = all.filter(Boolean);
    const bare = lines.every((line) => codeIn(line) && !NUMBER.test(line));
    const unplaced = [];
    let next = start;
    all.forEach((line, index) => {
      if (!line) return;
      if (bare) {
        const field = fields()[next++];
        if (field) field.value = codeIn(line);
        else unplaced.push(index + 1);
        return;
      }
      const found = NUMBER.exec(line);
      const code = found ? codeIn(line.slice(found.index + found[0].length)) : "";
      const field = found && fields().find((one) => digits(one.name) === digits(found[0]));
      if (field && code) field.value = code;
      else unplaced.push(index + 1);
    });
    const words = document.getElementById("unplaced");
    words.hidden = unplaced.length === 0;
    words.textContent = unplaced.length ? `${words.dataset.words} ${unplaced.join(", ")}` : "";
    return unplaced.map((number) => all[number - 1]);
  };
  document.addEventListener("paste", (event) => {
    const text = event.clipboardData?.getData("text") || "";
    const isField = event.target.matches("[data-code]");
    if (!isField && event.target.id !== "paste") return;
    if (isField && !/[\s,;]\S/.test(text.trim())) return;
    event.preventDefault();
    const left = place(text, isField ? fields().indexOf(event.target) : 0);
    if (!isField) event.target.value = left.join("\n");
    event.target.dispatchEvent(new Event("input", { bubbles: true }));
  });

  // Codes are kept nowhere: sending other codes stays on the page, so does a check that was refused, and leaving it asks
  // first.
  let typedCodes = false;
  const sending = document.getElementById("send-codes");
  const checking = document.getElementById("check-codes");
  const asked = document.getElementById("codes-asked");
  const post = (form, submitter, quiet) => {
    asked.hidden = true;
    const body = new FormData(form, submitter);
    // A code that was checked and is still in its field isn't sent again with another one.
    const isNew = (field) => field.value.trim() && field.value !== field.dataset.checked;
    if (fields().some(isNew)) fields().filter((field) => !isNew(field)).forEach((field) => body.delete(field.name));
    return fetch(form.action, {
      method: "POST", body, headers: { "X-Desk-Quiet": quiet }, redirect: "manual",
    }).catch(() => null);
  };
  // The next request is another one.
  const renewToken = (form, end) => { form.elements.form_token.value = `${crypto.randomUUID().replaceAll("-", "")}-${end}`; };
  const answered = (form, words) => {
    asked.textContent = words;
    asked.hidden = false;
    delete form.dataset.sent;
  };
  // Codes that were sent stay in their fields until the result is there: only a wrong one has to be typed again.
  let areSent = false;
  const reload = () => {
    areSent = true;
    checking.reset();
    location.reload();
  };
  checking?.addEventListener("submit", async (event) => {
    event.preventDefault();
    // What is said about lines in the box is on the next page.
    const isPasted = Boolean(document.querySelector("textarea#paste")?.value.trim());
    const answer = await post(checking, event.submitter, isPasted ? "next" : "1");
    if (answer?.status === 204 && isPasted) {
      reload();
      return;
    }
    if (answer?.status === 204) {
      areSent = typedCodes = true;
      fields().forEach((field) => { field.dataset.checked = field.value; });
      renewToken(checking, "v");
      answered(checking, asked.dataset.checking);
      return;
    }
    const still = hasCodes() ? ` ${asked.dataset.still}` : "";
    const reasons = answer?.status === 409 ? `${await answer.text()}${still}` : "";
    answered(checking, reasons || asked.dataset.unchecked);
  });
  document.addEventListener("input", (event) => { if (event.target.matches("[data-code], #paste")) areSent = false; });
  const isTyped = () => [...fields(), document.querySelector("textarea#paste")].some((field) => field?.value.trim());
  const hasCodes = () => !areSent && isTyped();
  addEventListener("beforeunload", (event) => { if (hasCodes()) event.preventDefault(); });
  // The server asks too, but on a page of its own, which would cost the codes.
  const isSure = (submitter) => {
    const chosen = [...document.querySelectorAll("select[form=send-codes]:enabled")].map((box) => box.value).filter(Boolean);
    if (submitter?.name === "call" || chosen.length <= Number(asked.dataset.few)) return true;
    const calls = chosen.filter((way) => way === "call").length;
    if (!confirm(asked.dataset.sure.replace("%c", calls).replace("%t", chosen.length - calls))) {
      delete sending.dataset.sent;
      return false;
    }
    sending.append(Object.assign(document.createElement("input"), { type: "hidden", name: "sure", value: "1" }));
    return true;
  };
  sending?.addEventListener("submit", async (event) => {
    if (!isTyped()) return;
    event.preventDefault();
    if (!isSure(event.submitter)) return;
    const answer = await post(sending, event.submitter, "1");
    const reasons = answer?.status === 409 ? await answer.text() : "";
    answered(sending, answer?.status === 204 ? asked.dataset.done : reasons || asked.dataset.failed);
    if (answer?.status === 204) renewToken(sending, "s");
  });

  // A tick is saved right away; sending waits for that.
  const saving = new Set();
  document.querySelectorAll("form[data-ticks]").forEach((form) => {
    const said = form.querySelector("[data-saved]");
    if (!said) return;
    const save = () => fetch(form.action, {
      method: "POST", body: new FormData(form), headers: { "X-Desk-Quiet": "1" }, redirect: "manual",
    }).then((answer) => answer.status === 204, () => false);
    // One at a time: each request carries all current ticks, so the last one counts.
    let last = Promise.resolve();
    form.addEventListener("change", () => {
      const work = last = last.then(save).then((saved) => {
        said.textContent = saved ? said.dataset.saved : said.dataset.failed;
        saving.delete(work);
      });
      saving.add(work);
    });
  });
  // With both documents here, only ticks are missing before they can be sent.
  const sendForm = document.querySelector("#send-documents[data-complete]");
  if (sendForm) document.addEventListener("change", (event) => {
    if (!event.target.closest("[data-ticks]")) return;
    const left = document.querySelector("[data-ticks] input[name=ticked]:not(:checked):is([data-impossible], :not(:disabled))");
    sendForm.querySelector("button").disabled = Boolean(left);
    sendForm.querySelector("#why-not-sent").hidden = !left;
  });
  document.getElementById("send-documents")?.addEventListener("submit", async (event) => {
    if (!saving.size) return;
    event.preventDefault();
    const form = event.target;
    await Promise.all(saving);
    form.submit();
  });

  // What can be checked before a file is uploaded: too large, or neither a PDF nor a photo.
  const isPhoto = (start) => /^(\xff\xd8\xff|\x89PNG|II[*+]\0|MM\0[*+]|RIFF[^]{4}WEBP|[^]{4}ftyp(hei[cxms]|hev[cx]|m[is]f1))/.test(start);
  document.addEventListener("change", async (event) => {
    const box = event.target;
    if (box.type !== "file" || !box.dataset.most) return;
    const file = box.files[0];
    // Letter and bill are one form, and one of them may be left out.
    const day = box.closest("fieldset").querySelector("input[type=date]");
    day.required = Boolean(file);
    if (!file) {
      box.setCustomValidity("");
      return;
    }
    // What was said about the last choice is over.
    document.querySelectorAll("#desk-messages [data-desk-said=error]").forEach((line) => line.remove());
    const start = new TextDecoder("latin1").decode(await file.slice(0, 1029).arrayBuffer());
    const wrong = file.size === 0 ? box.dataset.empty
      : isPhoto(start) ? (file.size > Number(box.dataset.mostPhoto) ? box.dataset.photo : "")
        : file.size > Number(box.dataset.most) ? box.dataset.size
          : start.includes("%PDF-") ? "" : box.dataset.pdf;
    box.setCustomValidity(wrong);
    if (wrong) box.reportValidity();
  });

  // A link to a part of the page opens that part.
  const unfold = () => {
    const part = location.hash.length > 1 && document.getElementById(location.hash.slice(1));
    if (part && part.tagName === "DETAILS") part.open = true;
  };
  addEventListener("hashchange", unfold);
  unfold();

  // Reload the page when what can be done has changed, unless someone is typing.
  const progress = document.getElementById("progress");
  const mark = () => progress?.querySelector("[data-shape]");
  if (!mark()) return;
  let shape = mark().dataset.shape;
  let typed = false;
  document.addEventListener("input", (event) => {
    if (event.target.matches("[data-code], #paste, select[form=send-codes]")) typedCodes = true;
    // Ticks are already saved, and what typed.js brought back comes back after the next load too.
    else if (event.isTrusted && !event.target.closest("[data-ticks]")) typed = true;
  });
  // While codes are typed, only what stands around them is renewed.
  const renew = async () => {
    const answer = await fetch(location.href, { headers: { "X-Desk-Refresh": "1" }, redirect: "manual" }).catch(() => null);
    if (answer?.status !== 200) return false;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const title = (root) => root.getElementById("title-next")?.textContent;
    const rows = (root) => [...root.querySelectorAll("[data-code-row]")];
    const find = (root, row) => rows(root).find((one) => one.dataset.codeRow === row.dataset.codeRow);
    if (title(page) !== title(document) || rows(page).some((row) => !find(document, row))) return false;
    rows(document).forEach((row) => {
      const fresh = find(page, row);
      if (!fresh) {
        row.remove();
        return;
      }
      const [was, now] = [row.querySelector("select"), fresh.querySelector("select")];
      if (now.dataset.seconds) now.dataset.seconds = Number(now.dataset.seconds) + (performance.now() - began) / 1000;
      else if (was.selectedOptions[0]?.defaultSelected === false) now.value = was.value;
      [0, 1].forEach((part) => row.children[part].replaceWith(fresh.children[0]));
    });
    const foot = ".ho-codes-foot";
    if (page.querySelector(foot)) document.querySelector(foot)?.replaceWith(page.querySelector(foot));
    until();
    count();
    const wrong = document.querySelectorAll("[data-code-row] .ho-bad").length;
    if (areSent && wrong && !page.querySelector(".ho-codes[data-checking]")) asked.textContent = asked.dataset.wrong.replace("%n", wrong);
    return true;
  };
  // What stands around the fields of a draft can be replaced while somebody types in them.
  const AROUND = [".ho-next", "[aria-labelledby=title-create]", "[aria-labelledby=title-history]"];
  const renewDraft = async () => {
    const answer = await fetch(location.href, { headers: { "X-Desk-Refresh": "1" }, redirect: "manual" }).catch(() => null);
    if (answer?.status !== 200) return false;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (!page.getElementById("draft-form")) return false;
    const pairs = AROUND.map((part) => [document.querySelector(part), page.querySelector(part)]);
    const now = page.querySelector("#progress [data-shape]")?.dataset.shape;
    // A part that comes or goes, or that somebody types in, needs the whole page.
    if (!now || pairs.some(([was, fresh]) => Boolean(was) !== Boolean(fresh) || was?.contains(document.activeElement))) return false;
    pairs.forEach(([was, fresh]) => was?.replaceWith(fresh));
    shape = now;
    document.getElementById("news").hidden = true;
    return true;
  };
  const busy = () => typed || saving.size || document.querySelector(".ho-preview[open]");
  const sayNews = () => { document.getElementById("news").hidden = false; };
  new MutationObserver(() => {
    if (!mark()) return;
    if (mark().dataset.shape === shape) {
      if (mark().dataset.every) progress.dataset.deskRefresh = mark().dataset.every;
    } else if (typed && !saving.size && document.getElementById("draft-form")) {
      renewDraft().then((isDone) => { if (!isDone) sayNews(); });
    } else if (busy()) sayNews();
    else if (typedCodes) {
      const now = mark().dataset.shape;
      renew().then((isDone) => {
        if (isDone) shape = now;
        else if (hasCodes()) sayNews();
        else reload();
      });
    } else location.reload();
  }).observe(progress, { childList: true });
})();
