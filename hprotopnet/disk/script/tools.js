// What stands around the disk: a search, the path to the node in focus, switches of layers, and the same as a table.

const MOST_FOUND = 8;

class Tools {
  constructor(disk) {
    this.disk = disk;
    const has = tool => disk.data.tools.includes(tool);
    this.above = element("div", { class: "tools" });
    this.below = element("div", { class: "below" });
    if (has("search")) this.above.append(this.search());
    if (has("path")) this.above.append((this.crumbs = element("nav", { "aria-label": "Path to the node in focus" })));
    if (has("layers")) this.below.append((this.switches = element("div", { class: "layers", role: "group", "aria-label": "Layers" })));
    if (has("table")) this.below.append(this.table());
    this.layers();
  }

  // --- the path -----------------------------------------------------------------------------------------------------

  show() {
    if (!this.crumbs) return;
    const { disk } = this, steps = [-1, ...disk.path(disk.node)];
    this.crumbs.replaceChildren(element("ol", {}, ...steps.map((node, i) => {
      const button = element("button", { type: "button", "aria-current": i + 1 < steps.length ? null : "location" });
      button.textContent = disk.label(node);
      button.addEventListener("click", () => disk.choose(node));
      return element("li", {}, button);
    })));
  }

  // --- the search ---------------------------------------------------------------------------------------------------

  search() {
    const list = this.list = element("ul", { role: "listbox", id: "found", "aria-label": "Nodes found", hidden: "" });
    const input = this.input = element("input", {
      type: "text", role: "combobox", placeholder: "Find a node", "aria-label": "Find a node of the tree",
      "aria-expanded": "false", "aria-controls": "found", "aria-autocomplete": "list", autocomplete: "off", spellcheck: "false",
    });
    input.addEventListener("input", () => this.find());
    input.addEventListener("keydown", event => this.walk(event));
    input.addEventListener("blur", () => setTimeout(() => this.close(), 150));
    return element("div", { class: "search" }, input, list);
  }

  find() {
    const { disk, input, list } = this, plain = text => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
    const wanted = plain(input.value.trim());
    const rank = label => { const place = plain(label).indexOf(wanted); return place < 0 ? Infinity : place; };
    this.found = wanted ? disk.data.labels.map((label, node) => [rank(label), node]).filter(([place]) => place < Infinity)
      .sort((a, b) => a[0] - b[0] || disk.data.levels[b[1]] - disk.data.levels[a[1]]).map(([, node]) => node) : [];
    this.at = 0;
    disk.found = new Set(this.found);
    disk.draw();
    list.replaceChildren(...this.found.slice(0, MOST_FOUND).map((node, i) => {
      const option = element("li", { role: "option", id: `found-${i}` }), level = element("span");
      option.textContent = disk.label(node);
      level.textContent = disk.about({ node })[1];
      option.append(level);
      option.addEventListener("pointerdown", event => { event.preventDefault(); this.take(node); });
      return option;
    }));
    if (wanted && !this.found.length) {
      const none = element("li", { role: "option", "aria-disabled": "true" });
      none.textContent = "No node is called so";
      list.append(none);
    }
    this.mark();
  }

  mark() {
    const { input, list, at } = this, open = list.children.length > 0;
    list.hidden = !open;
    input.setAttribute("aria-expanded", String(open));
    [...list.children].forEach((option, i) => option.setAttribute("aria-selected", String(i === at)));
    if (open && this.found.length) input.setAttribute("aria-activedescendant", `found-${at}`);
    else input.removeAttribute("aria-activedescendant");
  }

  walk(event) {
    const count = Math.min(this.found?.length ?? 0, MOST_FOUND), step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && count) { this.at = (this.at + step + count) % count; this.mark(); }
    else if (event.key === "Enter" && count) this.take(this.found[this.at]);
    else if (event.key === "Escape") { this.input.value = ""; this.close(); }
    else return;
    event.preventDefault();
  }

  take(node) {
    this.input.value = "";
    this.close();
    this.disk.choose(node);
  }

  close() {
    this.found = [];
    this.list.replaceChildren();
    this.mark();
    if (this.disk.found.size) { this.disk.found = new Set(); this.disk.draw(); }
  }

  // --- the layers ---------------------------------------------------------------------------------------------------

  layers() {
    const { disk, switches } = this;
    if (!switches) return;
    switches.replaceChildren(...disk.data.layers.map(layer => {
      const box = element("input", { type: "checkbox" }), name = element("span"), legend = element("p");
      box.checked = disk.on.has(layer.key);
      name.textContent = layer.label;
      legend.textContent = layer.legend;
      legend.hidden = !box.checked;
      box.addEventListener("change", () => { legend.hidden = !box.checked; disk.toggle(layer.key, box.checked); });
      return element("div", { class: "layer", "data-layer": layer.key }, element("label", {}, box, name), legend);
    }));
  }

  // --- the table ----------------------------------------------------------------------------------------------------

  table() {
    const summary = element("summary"), more = element("details", { class: "table" }, summary);
    summary.textContent = "The same as a table";
    more.addEventListener("toggle", () => { if (more.open && more.children.length < 2) more.append(this.rows()); });
    return more;
  }

  rows() {
    const { disk } = this, { data } = disk, columns = ["Node", "Level", "Part of", ...data.columns.map(column => column.name)];
    const cell = (kind, text, more) => { const made = element(kind, more); made.textContent = text; return made; };
    const head = element("tr", {}, ...columns.map(name => cell("th", name, { scope: "col" })));
    const walk = node => [node, ...disk.children[node].flatMap(walk)];
    const body = disk.tops.flatMap(walk).map(node => element("tr", {},
      cell("th", data.labels[node], { scope: "row" }), cell("td", data.levelNames[data.levels[node]]),
      cell("td", disk.label(data.parents[node])), ...data.columns.map(column => cell("td", column.values[node]))));
    return element("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "The tree as a table" },
      element("table", {}, element("thead", {}, head), element("tbody", {}, ...body)));
  }
}
