// Copies the text of the elements a button names. The buttons are hidden until this runs, as they need it.
for (const button of document.querySelectorAll("button[data-copy]")) {
  const label = button.querySelector("span");
  if (!navigator.clipboard || !label) continue;
  const said = label.textContent;
  const status = document.createElement("span");
  status.className = "sr";
  status.setAttribute("role", "status");
  button.after(status);
  button.hidden = false;
  button.addEventListener("click", async () => {
    // biome-ignore lint/performance/useDomNodeTextContent: the lines of a pass are made by its layout
    const texts = button.dataset.copy.split(" ").map((id) => document.getElementById(id)?.innerText ?? "");
    await navigator.clipboard.writeText(texts.join("\n"));
    label.textContent = button.dataset.copied;
    status.textContent = button.dataset.copied;
    setTimeout(() => {
      label.textContent = said;
      status.textContent = "";
    }, 2000);
  });
}
