"use strict";
(() => {
  const STEP = 50;
  const list = document.getElementById("error-list");
  if (!list) return;
  const form = document.getElementById("filters");
  const count = document.getElementById("count");
  const more = document.getElementById("more");
  const items = Array.from(list.children, readItem);
  let order = items;
  let shown = STEP;

  function readItem(element) {
    const errors = Array.from(element.lastElementChild.children, (line) => ({
      line,
      kind: line.className,
      types: line.dataset.types.split(" "),
      flagged: "flagged" in line.dataset,
    }));
    const sure = Array.from(element.querySelectorAll("span small"), (part) => parseFloat(part.textContent));
    return { element, errors, text: plain(element.querySelector("p").textContent), surest: Math.max(-1, ...sure),
      least: Math.min(101, ...sure) };
  }

  function plain(text) {
    return text.normalize("NFC").toLowerCase().replace(/\s+/g, " ");
  }

  function wanted() {
    const values = new FormData(form);
    const kinds = new Set(values.getAll("kind"));
    const type = values.get("type");
    const flag = values.get("flag");
    return (error) => kinds.has(error.kind) && (!type || error.types.includes(type))
      && (!flag || error.flagged === (flag === "yes"));
  }

  // What is not shown is not in the page, so that an answer takes no longer where there are many errors.
  function filter() {
    const isWanted = wanted();
    const words = plain(form.elements.words.value).trim();
    const visible = [];
    let sentences = 0;
    let errors = 0;
    for (const item of order) {
      const found = item.text.includes(words) ? item.errors.filter(isWanted) : [];
      if (!found.length) continue;
      sentences += 1;
      errors += found.length;
      if (visible.length < shown) {
        for (const error of item.errors) error.line.hidden = !found.includes(error);
        visible.push(item.element);
      }
    }
    list.replaceChildren(...visible);
    say(visible.length, sentences, errors);
  }

  function say(visible, sentences, errors) {
    const number = (value) => value.toLocaleString("en");
    const part = visible < sentences ? `Showing ${number(visible)} of ` : "";
    const text = `${part}${number(sentences)} ${sentences === 1 ? "sentence" : "sentences"} with ${number(errors)} matching `
      + `${errors === 1 ? "error" : "errors"}.`;
    count.textContent = sentences ? text : "No sentence matches; choose more kinds, another type or other words.";
    more.hidden = visible === sentences;
    more.textContent = `Show ${number(Math.min(STEP, sentences - visible))} more`;
  }

  function sort() {
    const by = form.elements.order?.value;
    const orders = { sure: (one, other) => other.surest - one.surest, unsure: (one, other) => one.least - other.least };
    order = by ? [...items].sort(orders[by]) : items;
  }

  function restart() {
    shown = STEP;
    filter();
  }

  form.addEventListener("input", (event) => {
    if (event.target.name === "order") sort();
    restart();
  });
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(() => {
    sort();
    restart();
  }));
  more.addEventListener("click", () => {
    const next = list.children.length;
    shown += STEP;
    filter();
    list.children[next].tabIndex = -1;
    list.children[next].focus();
  });
  sort();
  filter();
  list.classList.add("ready");
})();
