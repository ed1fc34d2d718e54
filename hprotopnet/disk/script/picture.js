// The picture of a scene (hprotopnet/disk/scene.py says what is in it): its parts made once, and drawn again for every
// view. Colours and widths that never change are in disk.css. Names are text and never markup.

const SVG = "http://www.w3.org/2000/svg", MARGIN = 1.5;
const STAR = "M0-10 2.4-3.2 9.5-3.1 3.8 1.2 5.9 8.1 0 4-5.9 8.1-3.8 1.2-9.5-3.1-2.4-3.2Z";
const GLYPHS = { // of points laid over the tree, told apart by shape
  right: "M4.6 0A4.6 4.6 0 1 1-4.6 0 4.6 4.6 0 1 1 4.6 0Z",
  wrong: "M-4.5-6.3 0-1.8 4.5-6.3 6.3-4.5 1.8 0 6.3 4.5 4.5 6.3 0 1.8-4.5 6.3-6.3 4.5-1.8 0-6.3-4.5Z",
  prototype: "M0-4.2 3.7 2.2-3.7 2.2Z",
};

function element(name, attributes = {}, ...children) {
  const made = name in SHAPES_OF_SVG ? document.createElementNS(SVG, name) : document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) if (value != null) made.setAttribute(key, value);
  made.append(...children);
  return made;
}
const SHAPES_OF_SVG = Object.fromEntries(["svg", "g", "path", "circle", "text", "tspan"].map(name => [name, true]));

const set = (part, attributes) => {
  for (const [key, value] of Object.entries(attributes)) part.setAttribute(key, value);
};
const number = value => value.toFixed(1);

class Picture {
  parts() {
    const { data, layers } = this, hue = node => data.hues[node], path = more => element("path", more);
    this.sectors = data.sectors.map(own => [own,
      layers.sectors.appendChild(path({ style: `fill: ${own.hue}; fill-opacity: .09` })),
      layers.sectors.appendChild(path({ class: "rim", stroke: own.hue }))]);
    this.rings = data.levelNames.slice(1).map((_, i) => {
      const own = data.points.filter((_, node) => data.levels[node] === i + 1);
      const mean = own.reduce((sum, point) => sum + distance(point, [0, 0]), 0) / own.length;
      return [mean, layers.rings.appendChild(element("circle", { class: "ring" }))];
    });
    this.border = layers.rings.appendChild(element("circle", { class: "border" }));
    this.edges = data.parents.map((_, node) => layers.edges.appendChild(
      path({ stroke: hue(node), "stroke-width": number(1 + 0.8 * data.levels[node]),
        "stroke-opacity": Math.min(0.55 + 0.12 * data.levels[node], 1) })));
    this.rootMark = layers.nodes.appendChild(element("g", { class: "node root", "data-node": -1 },
      element("circle", { r: 6.5 }), element("circle", { class: "dot", r: 2 })));
    const order = data.names.map((_, node) => node).sort((a, b) => data.levels[a] - data.levels[b]);
    this.marks = [];
    for (const node of order)
      this.marks[node] = layers.nodes.appendChild(path({ class: "node", "data-node": node, d: this.shape(node) }));
    this.texts = [];
    this.overlay();
  }

  shape(node) { return this.data.shapes[this.data.levels[node] % this.data.shapes.length]; }

  // What lies over the tree: paths, the clip, and the layers.
  overlay() {
    const { data, layers } = this, path = more => element("path", more);
    for (const name of ["paths", "arcs", "track", "items"]) layers[name].replaceChildren();
    this.paths = [];
    for (const [kind, end] of [["first", data.path], ["second", data.second]])
      for (let node = end; node >= 0; node = data.parents[node])
        this.paths.push([node, layers.paths.appendChild(path({ class: `path ${kind}` }))]);
    this.arcs = []; this.items = []; this.steps = [];
    for (const layer of data.layers.filter(own => this.on.has(own.key))) {
      if (layer.kind === "arcs")
        for (const item of layer.items) this.arcs.push([item, layers.arcs.appendChild(
          path({ class: "arc", "stroke-width": number(1.2 + 4 * item.weight) })), layers.arcs.appendChild(
          path({ class: "head", d: "M0 0-7-3.6-7 3.6Z" }))]);
      if (layer.kind === "track")
        layer.items.forEach((item, i) => this.steps.push([item, layer.items[i + 1],
          layers.track.appendChild(path({ class: "step", "stroke-opacity": number(0.35 + 0.6 * (i / layer.items.length)) }))]));
      if (layer.kind !== "arcs")
        for (const item of layer.items.filter(own => layer.kind === "points" || own.title))
          this.items.push([layer, item, layers.items.appendChild(
            path({ class: `item ${item.kind ?? "moment"}`, d: GLYPHS[item.kind] ?? GLYPHS.right,
              style: item.hue ? `fill: ${item.hue}` : null }))]);
    }
    const starred = data.star || data.follow?.points.length;
    this.star = starred && layers.items.appendChild(path({ class: "star", d: STAR }));
  }

  answers() { return [...new Set(this.data.follow?.answers ?? [])].slice(0, 24); } // named throughout, or names would jump

  viewOf(node) { return lookAt(this.data.points, this.data.parents, this.data.levels, node); }

  // --- drawing ------------------------------------------------------------------------------------------------------

  resize() {
    const width = Math.round(this.picture.parentElement.clientWidth);
    if (!width || (width === this.width && this.picture.hasAttribute("viewBox"))) return;
    const height = Math.round(Math.min(this.data.height, (this.data.slim ?? 1.1) * width));
    Object.assign(this, { width, height, radius: Math.min(width, height) / 2 / MARGIN });
    set(this.picture, { viewBox: `${-width / 2} ${-height / 2} ${width} ${height}`, width, height });
    this.draw();
  }

  at(point) { return [point[0] * this.radius, -point[1] * this.radius]; }

  place(point) { return this.at(point).map(number).join(" "); }

  // The geodesic to q as what follows the place of p in the data of a path.
  arcTo(p, q) {
    const { radius, left } = geodesic(p, q);
    if (radius > 1e3) return `L${this.place(q)}`;
    const size = number(radius * this.radius);
    return `A${size} ${size} 0 0 ${left ? 0 : 1} ${this.place(q)}`;
  }

  line(p, q) { return `M${this.place(p)}${this.arcTo(p, q)}`; }

  ring(part, { middle, radius }) {
    const [x, y] = this.at(middle);
    set(part, { cx: number(x), cy: number(y), r: number(radius * this.radius) });
  }

  draw() {
    if (!this.width) return;
    const { data, view } = this, root = seen(view, [0, 0]);
    const points = this.points = this.base.map(point => seen(view, point));
    const above = node => (data.parents[node] < 0 ? root : points[data.parents[node]]);
    this.rootPoint = root;
    for (const [own, area, rim] of this.sectors) {
      const [from, to] = [own.from, own.to].map(angle => unit(seen(view, rotation(angle)))), whole = own.from === own.to;
      const sweep = whole ? 2 * Math.PI : (arg(from) - arg(to) + 4 * Math.PI) % (2 * Math.PI), size = number(this.radius);
      const along = `A${size} ${size} 0 ${sweep > Math.PI ? 1 : 0} 1 ${this.place(to)}`;
      area.setAttribute("d", `${this.line(root, from)}${along}${this.arcTo(to, root)}Z`);
      rim.setAttribute("d", `M${this.place(from)}${along}`);
    }
    for (const [mean, part] of this.rings) this.ring(part, circle(root, mean));
    this.ring(this.border, { middle: [0, 0], radius: 1 });
    this.edges.forEach((part, node) => part.setAttribute("d", this.line(above(node), points[node])));
    for (const [node, part] of this.paths) part.setAttribute("d", this.line(above(node), points[node]));
    this.drawOver();
    this.drawMarks();
    this.drawLabels();
  }

  drawOver() {
    const { points, view } = this;
    for (const [item, part, head] of this.arcs) {
      const [p, q] = [points[item.from], points[item.to]], end = along(q, p, 0.12), back = along(q, p, 0.2);
      part.setAttribute("d", this.line(p, end));
      const [a, b] = [this.at(back), this.at(end)], angle = (Math.atan2(b[1] - a[1], b[0] - a[0]) * 180) / Math.PI;
      head.setAttribute("transform", `translate(${this.place(end)}) rotate(${number(angle)})`);
    }
    for (const [from, to, part] of this.steps)
      part.setAttribute("d", to ? this.line(seen(view, from.at), seen(view, to.at)) : "");
    for (const [, item, part] of this.items) {
      const at = seen(view, item.at), near = Math.max(0.35, Math.min(1, 1.5 * Math.sqrt(1 - at[0] ** 2 - at[1] ** 2)));
      const scale = item.kind === "prototype" ? ` scale(${near.toFixed(2)})` : "";
      part.style.strokeWidth = scale && near < 0.8 ? 0 : "";
      part.setAttribute("transform", `translate(${this.place(at)})${scale}`);
    }
    this.drawStar();
  }

  drawStar() { // where a film has it, or a clip
    const at = this.data.follow ? this.starAt : this.data.star;
    if (this.star && at) this.star.setAttribute("transform", `translate(${this.place(seen(this.view, at))})`);
  }

  drawMarks() {
    const { data, points } = this, small = this.radius < 160 ? 0.8 : 1;
    this.rootMark.setAttribute("transform", `translate(${this.place(this.rootPoint)})`);
    this.marks.forEach((mark, node) => {
      const p = data.probabilities?.[node], near = 1 - points[node][0] ** 2 - points[node][1] ** 2;
      const size = p == null ? Math.max(data.levels[node] ? 4 : 5, small * markSize(points[node]))
        : 4 + 24 * small * Math.sqrt(p) * (0.5 + 0.5 * near);
      const top = Math.max(data.levelNames.length - 1, 1), pale = 45 * (1 - data.levels[node] / top);
      mark.setAttribute("transform", `translate(${this.place(points[node])}) scale(${(size / 2).toFixed(2)})`);
      mark.style.fill = `color-mix(in srgb, ${data.hues[node]} ${(100 - pale).toFixed(0)}%, white)`;
      mark.style.stroke = data.hues[node];
      mark.style.opacity = this.found.size && !this.found.has(node) ? 0.25 : p == null ? 1 : 0.3 + 0.7 * Math.sqrt(p);
      mark.classList.toggle("on", node === this.node);
      mark.classList.toggle("cursor", node === this.cursor);
    });
    this.rootMark.classList.toggle("cursor", this.cursor < 0);
  }

  drawLabels() {
    const { data } = this, marked = new Set([...this.found].slice(0, 12));
    for (const end of [this.node, this.cursor, data.path, data.second, ...this.answers()])
      for (let node = end; node >= 0; node = data.parents[node]) marked.add(node);
    const bold = new Set(data.names.map((_, node) => node).filter(node =>
      data.levels[node] === data.levelNames.length - 1 || node === this.node || node === data.path || this.found.has(node)));
    const labels = this.labels = placeLabels({
      points: this.points, levels: data.levels, parents: data.parents, names: data.labels, depth: data.levelNames.length,
      root: this.rootPoint, radius: this.radius, half: [this.width / 2, this.height / 2], marked, bold,
      width: (text, size, heavy) => this.textWidth(text, size, heavy), before: this.before,
    });
    const shown = new Set(labels.map(label => label.node));
    this.texts.forEach((text, node) => { if (text && !shown.has(node)) { text.remove(); delete this.texts[node]; } });
    for (const label of labels) this.write(label);
  }

  write({ node, lines, x, y, anchor, angle, size, bold }) {
    const text = this.texts[node] ??= this.layers.labels.appendChild(element("text", { class: "name", "data-node": node }));
    const key = lines.join("\n");
    if (text.lines !== key) {
      text.replaceChildren(...lines.map((line, i) => {
        const span = element("tspan", { x: 0, dy: i ? `${LINE}em` : 0 });
        span.textContent = line;
        return span;
      }));
      text.lines = key;
    }
    // `y` is the upper edge of an upright name, and the middle of one that reads outwards.
    const first = angle || anchor !== "middle" ? size * (0.35 - (LINE / 2) * (lines.length - 1)) : size * 0.95;
    set(text, { transform: `translate(${number(x)} ${number(y)}) rotate(${number(angle)}) translate(0 ${number(first)})`,
      "font-size": size, "font-weight": bold ? 700 : 400, "text-anchor": anchor });
    text.classList.toggle("on", node === this.node);
  }

  textWidth(text, size, bold) {
    const key = `${size}${bold ? "b" : ""}${text}`;
    if (!this.widths.has(key)) {
      if (this.widths.size > 5000) this.widths.clear();
      if (!this.widths.size) this.family = getComputedStyle(this.picture).fontFamily; // asked anew, it would lay out the page
      this.pen.font = `${bold ? 700 : 400} ${size}px ${this.family}`;
      this.widths.set(key, this.pen.measureText(text).width + 2);
    }
    return this.widths.get(key);
  }
}
