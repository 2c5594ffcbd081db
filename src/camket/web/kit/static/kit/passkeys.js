"use strict";
// What the pages of access cannot do without a script: ask the browser for a passkey. And two courtesies: copying a link, printing a page.
(() => {
  const bytes = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
  const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");

  function asked(options) {
    const key = { ...options.publicKey, challenge: bytes(options.publicKey.challenge) };
    if (key.user) key.user = { ...key.user, id: bytes(key.user.id) };
    for (const list of ["excludeCredentials", "allowCredentials"]) {
      if (key[list]) key[list] = key[list].map((one) => ({ ...one, id: bytes(one.id) }));
      else delete key[list];
    }
    return key;
  }

  function told(credential) {
    const from = credential.response;
    const response = { clientDataJSON: text(from.clientDataJSON) };
    for (const part of ["attestationObject", "authenticatorData", "signature", "userHandle"]) if (from[part]) response[part] = text(from[part]);
    return { id: credential.id, rawId: text(credential.rawId), type: credential.type, response, clientExtensionResults: {} };
  }

  async function run(form, fault) {
    const key = asked(JSON.parse(form.dataset.options));
    fault.hidden = true;
    try {
      const found = await (form.dataset.passkey === "create" ? navigator.credentials.create({ publicKey: key }) : navigator.credentials.get({ publicKey: key }));
      form.querySelector("[name=passkey]").value = JSON.stringify(told(found));
      form.submit();
    } catch {
      // stopped, timed out, or nothing there: the browser does not say which, so that no page learns it
      fault.hidden = false;
    }
  }

  if (window.PublicKeyCredential && window.isSecureContext) {
    for (const way of document.querySelectorAll("[data-passkey-way]")) way.hidden = false;
    for (const hint of document.querySelectorAll("[data-passkey-none]")) hint.hidden = true;
    for (const form of document.querySelectorAll("form[data-passkey]")) {
      form.addEventListener("submit", (event) => {
        event.preventDefault();
        run(form, form.querySelector("[data-passkey-error]"));
      });
    }
  }

  for (const button of document.querySelectorAll("[data-copy]")) {
    if (!navigator.clipboard) continue;
    button.hidden = false;
    button.addEventListener("click", async () => {
      const field = document.getElementById(button.dataset.copy);
      field.select();
      try {
        await navigator.clipboard.writeText(field.value);
        document.querySelector("[data-copied]").hidden = false;
      } catch {
        // it stays selected: Ctrl-C does the same
      }
    });
  }
  for (const button of document.querySelectorAll("[data-print]")) {
    button.hidden = false;
    button.addEventListener("click", () => window.print());
  }

  for (const button of document.querySelectorAll("[data-shows]")) {
    const field = document.getElementById(button.dataset.shows);
    const words = button.querySelector("span");
    const names = [words.textContent, button.dataset.hide];
    button.hidden = false;
    button.addEventListener("click", () => {
      const isShown = field.type === "password";
      field.type = isShown ? "text" : "password";
      words.textContent = names[Number(isShown)];
      field.focus();
    });
    // a password in plain sight is no form field that a browser may keep among what was typed
    field.form.addEventListener("submit", () => (field.type = "password"));
  }
})();
