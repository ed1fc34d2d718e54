// The disk: brings nodes into focus and tells events what was chosen. Knows nothing of the page around it.

const MOVE = 520, STILL = 4, NEAR = 10, FINGER = 18; // milliseconds of a move; pixels of a drag, of a mouse, of a finger

// Draws `data` into `root`; gives {update(data), focus(name), follow(seconds), destroy()}. Events, all optional: focus(name) when a node
// was chosen ("" is the root), item(layer, id) for a point of a layer, layers(keys) when layers were switched.
export function mount(root, data, events = {}) {
  const disk = new Disk(root, data, events);
  return {
    update: found => disk.update(found),
    focus: name => disk.choose(disk.data.names.indexOf(name), false),
    follow: time => disk.follow(time),
    destroy: () => disk.destroy(),
    disk,
  };
}

class Disk extends Picture {
  constructor(root, data, events) {
    super();
    this.root = root.appendChild(element("div", { class: "disk" }));
    this.events = events;
    this.widths = new Map();
    this.pen = document.createElement("canvas").getContext("2d");
    this.watch = new ResizeObserver(() => this.resize());
    this.build(data);
    if (document.fonts?.status === "loading") document.fonts.ready.then(() => { this.widths.clear(); this.draw(); });
  }

  destroy() {
    cancelAnimationFrame(this.frame);
    this.watch.disconnect();
    this.root.remove();
  }

  build(data) {
    cancelAnimationFrame(this.frame);
    Object.assign(this, { data, base: data.points, node: data.node, cursor: data.node, before: new Map() });
    Object.assign(this, { asked: [], given: data.node }); // told and not yet answered; what was asked of us last
    this.found = new Set();
    this.children = data.names.map(() => []);
    this.tops = [];
    data.parents.forEach((parent, node) => (parent < 0 ? this.tops : this.children[parent]).push(node));
    this.on = new Set(data.layers.filter(layer => layer.on).map(layer => layer.key));
    this.view = this.viewOf(this.node);
    this.picture = element("svg", {
      class: "picture", role: "application", tabindex: 0, "aria-label": data.label, "aria-roledescription": "disk",
    });
    this.layers = Object.fromEntries(
      ["sectors", "rings", "edges", "paths", "arcs", "track", "nodes", "items", "labels"].map(name =>
        [name, this.picture.appendChild(element("g", { class: name }))]));
    this.tip = element("div", { class: "tip", "aria-hidden": "true", hidden: "" });
    this.said = element("div", { class: "unseen", role: "status" });
    const stage = element("div", { class: "stage" }, this.picture, this.tip, this.said);
    this.tools = new Tools(this);
    this.root.replaceChildren(this.tools.above, stage, this.tools.below);
    this.parts();
    this.listen();
    this.watch.disconnect();
    this.watch.observe(stage);
    this.resize();
    this.tools.show();
    this.begin();
  }

  // --- moving -------------------------------------------------------------------------------------------------------

  // Calls `step` with a share from 0 to 1, eased, until it is 1.
  animate(step) {
    cancelAnimationFrame(this.frame);
    if (document.hidden || matchMedia("(prefers-reduced-motion: reduce)").matches) { step(1); this.draw(); return; }
    const begin = performance.now();
    const tick = now => {
      const share = Math.min(1, Math.max(0, now - begin) / MOVE);
      step(share < 0.5 ? 4 * share ** 3 : 1 - (2 - 2 * share) ** 3 / 2);
      this.draw();
      this.moving = share < 1;
      if (this.moving) this.frame = requestAnimationFrame(tick);
    };
    this.moving = true;
    this.frame = requestAnimationFrame(tick);
  }

  turnTo(node) {
    const way = between(this.view, this.viewOf(node));
    this.animate(share => { this.view = way(share); });
  }

  // Bring a node into focus; -1 is the root. `tell` whoever listens, `move` there if the view is not there already.
  choose(node, tell = true, move = true) {
    const other = node !== this.node;
    this.node = this.cursor = node;
    if (move) this.turnTo(node); else this.draw();
    this.tools.show();
    if (other && tell) {
      this.asked.push(node);
      this.events.focus?.(this.name(node));
    }
    this.say();
  }

  name(node) { return node < 0 ? "" : this.data.names[node]; }

  label(node) { return node < 0 ? "All classes" : this.data.labels[node]; }

  path(node) {
    const nodes = [];
    for (let step = node; step >= 0; step = this.data.parents[step]) nodes.unshift(step);
    return nodes;
  }

  update(data) {
    const text = value => JSON.stringify(value, (key, own) => (key === "on" ? undefined : own)); // switches are ours
    const same = key => text(data[key]) === text(this.data[key]);
    if (!["names", "labels", "parents", "levels", "tools"].every(same)) return this.build(data);
    const old = this.base, moved = !same("points"), changed = ["path", "second", "star", "layers", "follow"].filter(key => !same(key));
    this.data = data;
    this.said_at = null; // what a film has moved is moved again below
    if (changed.length) this.overlay();
    if (changed.includes("layers")) this.tools.layers();
    const given = this.wished(data.node);
    if (moved) {
      this.node = this.cursor = given;
      const ways = old.map((p, i) => [p, data.points[i], distance(p, data.points[i])]);
      const way = between(this.view, this.viewOf(given));
      this.animate(share => {
        this.base = share < 1 ? ways.map(([p, q, length]) => along(p, q, share * length)) : data.points;
        this.view = way(share);
      });
      this.tools.show();
    } else if (given !== this.node) this.choose(given, false);
    else if (!this.moving) this.draw();
    if (data.follow) this.begin();
  }

  // --- in step with a film ------------------------------------------------------------------------------------------

  begin() { if (this.data.follow) this.follow(this.moment ?? this.data.follow.times[0] ?? 0); }

  // Bring the star, the answer and the marks to a moment of the film, in seconds.
  follow(time) {
    const { follow } = this.data;
    this.moment = time;
    if (!follow?.times.length) return;
    const { times } = follow, last = times.length - 1;
    const i = Math.max(0, Math.min(last - 1, times.findLastIndex(middle => middle <= time)));
    const share = last ? Math.max(0, Math.min(1, (time - times[i]) / (times[i + 1] - times[i]))) : 0;
    this.followStar(i, share);
    const window = Math.min(last, i + (share >= 0.5)), said = `${window} ${this.answered}`;
    if (this.said_at === said) return;
    const node = follow.answers[window], other = node !== this.answered || this.said_at == null;
    this.answered = node;
    this.said_at = `${window} ${node}`;
    this.data = { ...this.data, path: node, probabilities: follow.chances[window].map(percent => percent / 100) };
    if (other) this.overlay();
    this.trail(i + 1);
    if (!this.moving) this.draw();
    this.followStar(i, share);
  }

  followStar(i, share) {
    const { points } = this.data.follow;
    if (!points.length) return;
    const [p, q] = [points[i], points[Math.min(i + 1, points.length - 1)]];
    this.starAt = share > 0 ? along(p, q, share * distance(p, q)) : p;
    this.drawStar();
  }

  trail(until) { // what is to come is faint, and what is long past
    this.steps.forEach(([, , part], k) =>
      part.setAttribute("stroke-opacity", k >= until ? 0.1 : Math.max(0.35, 1 - (until - 1 - k) / 20).toFixed(2)));
  }

  // The node to show when `node` is asked for: an answer to an earlier click says nothing of a later one, and what was
  // asked for before is nothing new.
  wished(node) {
    const place = this.asked.indexOf(node), before = this.given;
    this.given = node;
    if (place < 0 && node === before) return this.node;
    this.asked = place < 0 ? [] : this.asked.slice(place + 1);
    return this.asked.length ? this.node : node;
  }

  toggle(key, on) {
    this.on[on ? "add" : "delete"](key);
    this.overlay();
    this.draw();
    this.events.layers?.([...this.on]);
  }

  // --- hands --------------------------------------------------------------------------------------------------------

  listen() {
    const { picture } = this;
    picture.addEventListener("pointerdown", event => this.grab(event));
    picture.addEventListener("pointermove", event => this.drag(event));
    for (const kind of ["pointerup", "pointercancel"]) picture.addEventListener(kind, () => this.letGo());
    picture.addEventListener("pointerleave", () => { this.tip.hidden = true; });
    picture.addEventListener("click", event => this.click(event));
    picture.addEventListener("dblclick", event => { if (!this.hit(event)) this.choose(-1); });
    picture.addEventListener("keydown", event => this.key(event));
  }

  // Where on the picture an event is, in pixels from the middle of the disk.
  where(event) {
    const box = this.picture.getBoundingClientRect();
    return [event.clientX - box.x - box.width / 2, event.clientY - box.y - box.height / 2];
  }

  onDisk([x, y]) {
    const point = [x / this.radius, -y / this.radius];
    return times(point, Math.min(1, 0.93 / Math.max(abs(point), 1e-9)));
  }

  // What is nearest to a place: {node} or {item, layer}; null where nothing is near.
  hit(event) {
    const at = this.where(event), near = point => abs(sub(this.at(point), at));
    let best = null, least = event.pointerType === "touch" ? FINGER : NEAR;
    const offer = (distance, what) => { if (distance < least) [least, best] = [distance, what]; };
    for (const [layer, item] of this.items) offer(near(seen(this.view, item.at)), { layer, item });
    this.points.forEach((point, node) => offer(near(point) - markSize(point) / 4, { node }));
    offer(near(this.rootPoint) - 3, { node: -1 });
    const name = event.target.closest?.(".name");
    return best ?? (name ? { node: Number(name.dataset.node) } : null);
  }

  grab(event) {
    if (event.pointerType === "touch" || event.button) return; // a swipe scrolls the page
    this.held = { at: this.where(event), view: this.view, id: event.pointerId, moved: false };
  }

  drag(event) {
    const { held } = this, at = this.where(event);
    if (!held) return this.hover(event, at);
    if (!held.moved && Math.hypot(at[0] - held.at[0], at[1] - held.at[1]) < STILL) return;
    if (!held.moved) {
      held.moved = true;
      held.most = Math.max(...this.data.names.map((_, node) => distance(this.viewOf(node).focus, [0, 0])));
      this.picture.setPointerCapture(held.id);
      cancelAnimationFrame(this.frame);
      this.moving = false;
      this.tip.hidden = true;
    }
    this.view = dragged(held.view, this.onDisk(held.at), this.onDisk(at), held.most);
    this.draw();
  }

  letGo() {
    const { held } = this;
    this.held = null;
    if (!held?.moved) return;
    this.dropped = true; // the click that follows is none
    setTimeout(() => { this.dropped = false; });
    const away = [this.rootPoint, ...this.points].map(abs);
    this.choose(away.indexOf(Math.min(...away)) - 1, true, false);
  }

  click(event) {
    if (this.dropped) return;
    const found = this.hit(event);
    if (!found) return;
    if (found.item && found.item.id != null) this.events.item?.(found.layer.key, found.item.id);
    else this.choose(found.item ? found.item.node ?? this.node : found.node);
  }

  hover(event, [x, y]) {
    const found = event.pointerType === "touch" ? null : this.hit(event);
    this.picture.classList.toggle("over", Boolean(found));
    this.tip.hidden = !found;
    if (!found) return;
    this.tip.replaceChildren(...this.about(found).map((line, i) => {
      const part = element("div", i ? {} : { class: "strong" });
      part.textContent = line;
      return part;
    }));
    const left = Math.min(this.width - this.tip.offsetWidth - 4, Math.max(4, x + this.width / 2 + 14));
    this.tip.style.transform = `translate(${left}px, ${y + this.height / 2 + 16}px)`;
  }

  about({ node, item }) {
    if (item) return item.title.split("\n");
    if (node < 0) return ["All classes"];
    const { data } = this, above = this.path(node).slice(0, -1).map(step => data.labels[step]).join(" › ");
    const p = data.probabilities?.[node];
    const lines = [data.labels[node], `${data.levelNames[data.levels[node]]}${above ? ` in ${above}` : ""}`];
    return p == null ? lines : [...lines, `probability ${(100 * p).toFixed(1)} %`];
  }

  // Arrows walk the tree, Enter centres.
  key(event) {
    const { cursor, data } = this, parent = cursor < 0 ? -1 : data.parents[cursor];
    const row = cursor < 0 ? [-1] : parent < 0 ? this.tops : this.children[parent], place = row.indexOf(cursor);
    const down = cursor < 0 ? this.tops : this.children[cursor];
    const to = { ArrowUp: parent, ArrowDown: down[0] ?? cursor, Home: -1,
      ArrowLeft: row[(place + row.length - 1) % row.length], ArrowRight: row[(place + 1) % row.length] }[event.key];
    if (event.key === "Enter" || event.key === " ") this.choose(cursor);
    else if (to === undefined || event.ctrlKey || event.altKey || event.metaKey) return;
    else { this.cursor = to; this.draw(); this.say(); }
    event.preventDefault();
  }

  // The node at the cursor, for those who listen.
  say() {
    const { cursor, data } = this;
    const below = cursor < 0 ? this.tops.length : this.children[cursor].length;
    const [name, what] = cursor < 0 ? ["All classes"] : this.about({ node: cursor });
    const state = cursor === this.node ? "in focus" : "Enter brings it into focus";
    this.said.textContent = [name, what, below ? `${below} below` : "", state].filter(Boolean).join(", ");
  }
}
