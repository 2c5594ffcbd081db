// Without this script a clause's number is a plain link to the clause; with it, a press also copies the address,
// and a clause that somebody was led to shows at once what its rule does.
const unfold = () => {
  const rules = document.getElementById(location.hash.slice(1))?.querySelector(":scope > .rules");
  if (rules) rules.open = true;
};
unfold();
addEventListener("hashchange", unfold);
const said = document.createElement("p");
said.className = "copied";
said.setAttribute("role", "status");
document.querySelector(".law")?.append(said);
for (const link of document.querySelectorAll(".law-number")) {
  link.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(link.href);
      said.textContent = document.querySelector(".law").dataset.copied.replace("{n}", link.textContent.trim());
      setTimeout(() => { said.textContent = ""; }, 4000);
    } catch {
      // a browser that lets no page write to its clipboard still shows the address
    }
  });
}
