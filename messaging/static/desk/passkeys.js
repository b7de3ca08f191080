// Passkeys: the browser answers what the server asked, in the form's hidden field. The words are in the form.
document.addEventListener("DOMContentLoaded", () => {
  document.querySelectorAll("form[data-desk-passkey]").forEach((form) => {
    const { deskPasskey: asked, make, cannot, failed, already } = form.dataset;
    const said = form.querySelector("[data-said]");
    const say = (words) => { said.textContent = words; };
    if (!window.PublicKeyCredential?.parseRequestOptionsFromJSON || !window.isSecureContext) {
      say(cannot);
      form.querySelector("button").disabled = true;
      return;
    }
    form.addEventListener("submit", async (event) => {
      if (form.elements.passkey.value) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      if (!form.reportValidity()) return;
      say("");
      try {
        const options = JSON.parse(asked);
        const answer = make
          ? await navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options) })
          : await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) });
        form.elements.passkey.value = JSON.stringify(answer.toJSON());
        form.submit();
      } catch (error) {
        // A browser makes no passkey for an address without a name, such as 127.0.0.1: trying again cannot help.
        say(error.name === "SecurityError" ? cannot : error.name === "InvalidStateError" ? already : failed);
      }
    }, true);
  });
});
