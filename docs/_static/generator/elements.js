// Building and changing what the page shows. Text is only ever set as text, never as HTML.

export const byId = (id) => document.getElementById(id);

// An element with attributes and children; a child is an element, text, or null.
export function element(name, attributes, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    node.setAttribute(key, value);
  }
  node.append(...children.filter((child) => child !== null));
  return node;
}

// A list of items, each made an element; an empty text if there are none.
export function list(items, toElement) {
  return items.length ? element("ul", { class: "tlsrpt-list" }, ...items.map(toElement)) : "";
}

// A link to a place in another page of this documentation.
export function link(page, label) {
  return element("a", { href: new URL(`../../${page}`, import.meta.url).href }, label);
}

// A small button; the title says what the label leaves open.
export function button(label, title, action) {
  const node = element("button", { type: "button", class: "tlsrpt-small", title }, label);
  node.addEventListener("click", action);
  return node;
}

// Have a screen reader say what has changed.
export function announce(text) {
  byId("tlsrpt-announcement").textContent = text;
}

// Make each button with data-copy copy the text of the element with that id.
export function wireCopyButtons() {
  for (const node of document.querySelectorAll("[data-copy]")) {
    node.addEventListener("click", () => copy(byId(node.dataset.copy), node));
  }
}

async function copy(source, node) {
  let outcome = "Copied";
  try {
    await navigator.clipboard.writeText(source.textContent);
  } catch {
    // Without HTTPS or permission, the text is selected, ready to be copied by hand.
    getSelection().selectAllChildren(source);
    outcome = "Press Ctrl+C";
  }
  node.textContent = outcome;
  announce(outcome);
  setTimeout(() => {
    node.textContent = "Copy";
  }, 2000);
}
