// The player: a film with boxes and heat over it, and curves, ranges and thumbnails under it, all in step.
//
// `mount(root, data, events)` builds it in an empty element and returns { update, annotate, seek, at, between, destroy }. `data` is
// what `Scene.to_dict` of film.py gives, and what `annotate` takes is that of `Under.to_dict` of traced.py: what lies under
// the film comes and goes without the film. `at(seconds)` seeks, `between(start, end)` loops. `events.chosen(number)` is called
// when somebody presses a range that may be chosen, which loops it. `events.time(seconds)` is called when somebody lets go of the time line,
// `events.shown(seconds)` with every frame, for what moves beside the player, and `events.failed(message)` when the film
// cannot be shown. It needs neither streamlit nor a network. Texts from outside
// become text nodes, never HTML. The number of the frame is the only clock: everything follows from it.

const SVG = "http://www.w3.org/2000/svg";
const SPEEDS = [0.25, 0.5, 0.75, 1, 1.5, 2];
const ICONS = {
  play: "M4 2.5 13 8 4 13.5Z", pause: "M4.5 3V13M11.5 3V13", full: "M1 6V1H6M10 1H15V6M15 10V15H10M6 15H1V10",
  loop: "M3 8A5 5 0 0 1 12.5 5.8M13 2.5V6H9.5M13 8A5 5 0 0 1 3.5 10.2M3 13.5V10H6.5",
};
const HATCH = 6; // pixels from stripe to stripe, as in render.py
const INNER = "#ffbe3c", OUTER = "#000"; // of boxes, as in render.py: a light line between dark ones
const clamp = (value, low, high) => Math.min(Math.max(value, low), high);

function make(tag, attributes = {}, ...children) {
  const drawn = ["svg", "path"].includes(tag);
  const element = drawn ? document.createElementNS(SVG, tag) : document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}
const icon = name => make("svg", { class: "icon", viewBox: "0 0 16 16", "aria-hidden": true }, make("path", { d: ICONS[name] }));
const mark = shape => make("svg", { class: "mark", viewBox: "-1.3 -1.3 2.6 2.6", "aria-hidden": true }, make("path", { d: shape }));
const button = (label, ...children) => make("button", { type: "button", "aria-label": label, title: label }, ...children);
const bytes = text => Uint8Array.fromBase64?.(text) ?? Uint8Array.from(atob(text), letter => letter.charCodeAt(0));
const blob = (text, type) => new Blob([bytes(text)], { type });
const inflated = async text => new Uint8Array(await new Response(blob(text, "").stream().pipeThrough(new DecompressionStream("deflate"))).arrayBuffer());
const said = level => level.kind ? `${level.kind}: ${level.name}` : level.name;
const seconds = (time, digits = 2) => `${time.toFixed(digits)} s`;

// --- the film ----------------------------------------------------------------------------------------------------------

const next = (film, frame) => film.times[frame + 1] ?? film.end;
const middle = (film, frame) => (film.times[frame] + next(film, frame)) / 2;
const frameAt = (film, time) => Math.max(0, film.times.findLastIndex(start => start <= time));
function nearest(times, time) { // place of what is nearest in times that ascend
  let low = 0, high = times.length - 1;
  while (high - low > 1) { const half = (low + high) >> 1; times[half] <= time ? low = half : high = half; }
  return time - times[low] <= times[high] - time ? low : high;
}

// All frames in one decoded picture: frame i is a rectangle of it.
async function sheetSource(film, arrived, bounds) {
  const sheet = film.sheet, bitmap = await createImageBitmap(blob(sheet.media, "image/webp"));
  let running = 0, before, clock = film.times[0], shown = -1;
  const corner = place => [sheet.across * (place % sheet.columns), sheet.down * Math.floor(place / sheet.columns)];
  const draw = (context, frame, ...target) => {
    const place = sheet.frames.reduce((best, own, i) => Math.abs(own - frame) < Math.abs(sheet.frames[best] - frame) ? i : best, 0);
    context.drawImage(bitmap, ...corner(place), sheet.width, sheet.height, ...target);
  };
  const seek = frame => { clock = film.times[frame]; arrived(shown = frame); };
  const pause = () => { cancelAnimationFrame(running); running = 0; };
  const play = speed => {
    pause();
    before = performance.now();
    const step = now => {
      running = requestAnimationFrame(step);
      const [first, last] = bounds(), begin = film.times[first], end = next(film, last);
      clock += Math.max(0, now - before) / 1000 * speed;
      before = now;
      if (clock >= end || clock < begin) clock = begin + Math.max(0, clock - end) % (end - begin);
      const frame = frameAt(film, clock);
      if (frame !== shown) arrived(shown = frame); // screens are faster than films
    };
    running = requestAnimationFrame(step);
  };
  return { draw, thumb: draw, seek, play, pause, close: () => { pause(); bitmap.close(); } };
}

// A video, for films too long for a sheet. What is shown is what the browser says that it has painted.
async function videoSource(film, arrived, bounds, stage) {
  const address = URL.createObjectURL(blob(film.video, "video/mp4")), few = await sheetSource(film, () => {}, bounds);
  const video = make("video", { playsinline: "", preload: "auto", tabindex: -1, "aria-hidden": true });
  video.muted = true;
  let wanted = null, seeking = false, closed = false;
  const last = film.times.length - 1, told = time => arrived(clamp(Math.floor(time * film.fps + 0.01), 0, last));
  const go = () => { seeking = true; video.currentTime = (wanted + 0.5) / film.fps; wanted = null; };
  const seek = frame => { wanted = frame; if (!seeking) go(); };
  const follow = (now, { mediaTime }) => {
    if (closed) return;
    video.requestVideoFrameCallback(follow);
    const [first, end] = bounds(), frame = Math.round(mediaTime * film.fps);
    if (!seeking && !video.paused && (frame > end || frame < first)) return seek(first);
    if (!seeking) told(mediaTime);
  };
  video.addEventListener("seeked", () => { seeking = false; if (wanted === null) told(video.currentTime); else go(); });
  video.addEventListener("ended", () => { seek(bounds()[0]); video.play().catch(() => {}); });
  stage.prepend(video);
  await new Promise((done, fail) => {
    video.addEventListener("loadeddata", done, { once: true });
    video.addEventListener("error", () => fail(new Error("the browser cannot play the film")), { once: true });
    video.src = address;
  });
  video.requestVideoFrameCallback?.(follow);
  return {
    seek, thumb: few.draw, draw: (context, frame, ...target) => {
      const [wide, high] = [film.width, film.height]; // odd sides are padded by a line, which is not shown
      context.drawImage(video, 0, 0, wide, high, ...target);
    },
    play: speed => { video.playbackRate = speed; video.play().catch(() => {}); }, pause: () => video.pause(),
    close: () => { closed = true; few.close(); video.pause(); video.remove(); URL.revokeObjectURL(address); },
  };
}

// --- heat --------------------------------------------------------------------------------------------------------------

// Between which cells each of n places lies, and how far: as `stretch` of explain/boxes.py.
const between = (n, cells, behind) => Array.from({ length: n }, (_, i) => {
  const place = clamp((i + 0.5) * cells / n - 0.5 - behind, 0, cells - 1), low = Math.floor(place);
  return [low, Math.min(low + 1, cells - 1), place - low];
});

// The map of a moment, (h, w), from 0 to 1.
function mapAt(heat, frame) {
  const { steps, values, low, high } = heat, at = steps.findLastIndex(step => step <= frame + 0.5);
  const one = Math.max(at, 0), two = clamp(at + 1, 0, steps.length - 1);
  const share = one === two ? 0 : (frame + 0.5 - steps[one]) / (steps[two] - steps[one]);
  const relative = value => high > low ? (value - low) / (high - low) : 0;
  return values[one].map((row, y) => row.map((value, x) => relative(value + share * (values[two][y][x] - value))));
}

// For each of 256 strengths: how much of the grey shows, and what glows over it, in red, green and blue.
function paletteOf(heat, [most, less]) {
  const table = new Float32Array(4 * 256);
  for (let k = 0; k < 256; k++) {
    const place = k / 255 * (heat.length - 1), low = Math.min(Math.floor(place), heat.length - 2), clear = most - less * k / 255;
    const glowing = heat[low].map((value, c) => (1 - clear) * (value + (place - low) * (heat[low + 1][c] - value)));
    table.set([clear, ...glowing], 4 * k);
  }
  return table;
}

function glow(context, heat, frame, table) {
  const { width, height } = context.canvas, map = mapAt(heat, frame);
  const rows = between(height, map.length, heat.offset[0]), columns = between(width, map[0].length, heat.offset[1]);
  const image = context.getImageData(0, 0, width, height), pixels = image.data;
  for (let y = 0, i = 0; y < height; y++) {
    const [above, below, down] = rows[y], line = map[above].map((value, x) => value + down * (map[below][x] - value));
    for (let x = 0; x < width; x++, i += 4) {
      const cell = columns[x], strength = line[cell[0]] + cell[2] * (line[cell[1]] - line[cell[0]]);
      const k = 4 * Math.round(255 * strength), grey = table[k] * (pixels[i] + pixels[i + 1] + pixels[i + 2]) / 3;
      for (let c = 0; c < 3; c++) pixels[i + c] = Math.floor(grey + table[k + 1 + c]);
    }
  }
  context.putImageData(image, 0, 0);
}

// A strength for every pixel: what `layer` says of a frame, 0 to 255, or around 128 where it speaks for and against. What
// speaks against is hatched, so that hue alone tells nothing.
function shine(context, { signed }, bytes, frame, tables) {
  const { width, height } = context.canvas, image = context.getImageData(0, 0, width, height), pixels = image.data;
  for (let p = 0, i = 0, at = frame * width * height; p < width * height; p++, i += 4, at++) {
    const against = signed && bytes[at] < 128, table = !signed ? tables.heat : against ? tables.against : tables.for;
    const strength = signed ? Math.min(2 * Math.abs(bytes[at] - 128), 255) : bytes[at];
    const k = 4 * (against && (p % width + Math.floor(p / width)) % HATCH < 2 ? strength >> 2 : strength);
    const grey = table[k] * (pixels[i] + pixels[i + 1] + pixels[i + 2]) / 3;
    for (let c = 0; c < 3; c++) pixels[i + c] = Math.floor(grey + table[k + 1 + c]);
  }
  context.putImageData(image, 0, 0);
}

// A line, white within black, along the edge of what bits say of a frame.
function trace(context, bits, frame) {
  const { width, height } = context.canvas, first = frame * width * height;
  const inside = at => bits[at >> 3] >> (7 - (at & 7)) & 1, sides = [[1, 0], [-1, 0], [0, 1], [0, -1]];
  for (let y = 0, at = first; y < height; y++) for (let x = 0; x < width; x++, at++) {
    const own = inside(at), there = ([dx, dy]) => x + dx >= 0 && x + dx < width && y + dy >= 0 && y + dy < height;
    if (!sides.some(side => there(side) && inside(at + side[0] + side[1] * width) !== own)) continue;
    context.fillStyle = own ? "#fff" : "#000";
    context.fillRect(x, y, 1, 1);
  }
}

// --- the player --------------------------------------------------------------------------------------------------------

function build(root) {
  const view = {
    panes: make("div", { class: "panes" }), fault: make("p", { class: "fault", role: "alert", hidden: "" }),
    thumbs: make("canvas", { class: "thumbs", "aria-hidden": true }), done: make("div", { class: "done" }),
    moment: make("div", { class: "moment" }), rows: make("div"), lanes: make("div"),
    cursor: make("div", { class: "cursor" }), tip: make("div", { class: "tip", hidden: "" }),
    play: button("Play (space)", icon("play")), where: make("span", { class: "where" }),
    loop: button("Loop the moment (L)", icon("loop")), box: button("Box", "Box"), heat: button("Heat", "Heat"),
    outline: make("button", { type: "button" }),
    speed: make("select", { "aria-label": "Speed", title: "Speed" }), full: button("Full screen (F)", icon("full")),
    levels: make("div", { class: "levels", role: "group", "aria-label": "Whose evidence is shown" }),
    legend: make("div", { class: "legend" }),
  };
  for (const part of [view.rows, view.lanes]) part.style.display = "contents";
  for (const speed of SPEEDS) view.speed.append(make("option", { value: speed, ...(speed === 1 && { selected: "" }) }, `${speed}×`));
  view.stage = make("div", { class: "stage" }, view.panes, view.fault);
  view.time = make("div", { class: "time", role: "slider", tabindex: 0, "aria-label": "Frame", "aria-orientation": "horizontal" },
    view.thumbs, make("div", { class: "seek" }, view.done, view.moment), view.rows, view.lanes, view.cursor, view.tip);
  view.controls = make("div", { class: "controls" }, view.play, view.where, view.loop, view.box, view.heat, view.outline, view.speed, view.full);
  view.scale = make("div", { class: "scale" });
  view.now = make("p", { class: "now", hidden: "" }, make("b"), make("span"));
  view.player = make("section", { class: "player", role: "group" },
    view.stage, view.now, view.time, view.controls, view.levels, view.scale, view.legend);
  root.replaceChildren(view.player);
  view.full.hidden = !document.fullscreenEnabled;
  return view;
}

export function mount(root, data, events = {}) {
  const view = build(root), native = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const is = { frame: 0, wanted: false, seen: false, looping: false, box: true, heat: true, outline: true, level: "", held: false, moved: false };
  let film = null, source = null, loading = 0, panes = [], moment = null, picked = null, lanes = [], palettes = {}, unpacked = new Map();
  let given = data, extra = {}; // what came with the film, and what `annotate` laid under it

  const of = (list, key) => list.filter(part => part.level === key);
  const span = () => moment ? [frameAt(film, moment.start), frameAt(film, moment.end - 1e-9)] : [0, film.times.length - 1];
  const bounds = () => is.looping ? span() : [0, film.times.length - 1];
  const across = time => 100 * (time - film.times[0]) / (film.end - film.times[0]);

  function arrange() { // everything that changes with the data or the level, but not with time
    palettes = Object.fromEntries(["heat", "for", "against"].map(name => [name, paletteOf(data.colours[name], data.colours.clear)]));
    moment = picked ?? of(data.moments, is.level)[0];
    if (!moment) is.looping = false;
    view.player.setAttribute("aria-label", data.title);
    unpack();
    picture();
    view.stage.style.setProperty("--ratio", `${film.width} / ${film.height}`);
    [native.canvas.width, native.canvas.height] = [film.width, film.height];
    view.time.setAttribute("aria-valuemin", 1);
    view.time.setAttribute("aria-valuemax", film.times.length);
    view.time.setAttribute("aria-valuenow", is.frame + 1);
    view.moment.hidden = view.loop.hidden = !moment;
    if (moment) lay(view.moment, moment);
    view.box.hidden = !data.boxes.length;
    view.heat.hidden = !data.heats.length && !data.layers.length;
    view.outline.hidden = !data.outlines.length;
    view.outline.textContent = data.outlines[0]?.name ?? "";
    view.levels.hidden = data.levels.length < 2 || data.beside.length > 0;
    view.levels.replaceChildren(...data.levels.map(level => {
      const chip = make("button", { type: "button", title: said(level), "aria-label": said(level), "aria-pressed": level.key === is.level }, mark(level.shape), level.name);
      chip.addEventListener("click", () => { is.level = level.key; arrange(); paint(); view.levels.children[data.levels.indexOf(level)].focus(); });
      return chip;
    }));
    scale();
    under();
    press();
  }

  function lay(element, { start, end }) {
    const left = clamp(across(start), 0, 100);
    [element.style.left, element.style.width] = [`${left}%`, `${clamp(across(end), 0, 100) - left}%`];
  }

  function picture() { // one picture, of the level that is chosen, or one for each of those that stand side by side
    const keys = data.beside.length ? data.beside : [null];
    if (keys.length !== panes.length || keys.some((key, i) => key !== panes[i].key)) {
      for (const own of panes) sized.unobserve(own.canvas);
      panes = keys.map(pane);
      view.panes.style.setProperty("--panes", keys.length);
      view.panes.replaceChildren(...panes.map(own => own.figure));
    }
    for (const own of panes) {
      const key = own.key ?? is.level, level = data.levels.find(level => level.key === key);
      [own.boxes, own.heat, own.layer, own.outline] = [of(data.boxes, key), ...["heats", "layers", "outlines"].map(name => of(data[name], key)[0])];
      const told = own.key === null ? own.boxes.slice(0, 1).map(box => `box of ${box.label}`) : [said(level), own.layer?.note].filter(Boolean);
      own.canvas.setAttribute("aria-label", [data.title, ...told].join(", "));
      own.caption.hidden = own.key === null;
      if (own.key !== null) own.caption.replaceChildren(line(of(data.lanes, key)[0]), make("b", {}, said(level)), make("span", {}, own.layer?.note ?? ""));
    }
  }

  function pane(key) {
    const canvas = make("canvas", { role: "img" }), caption = make("figcaption");
    canvas.addEventListener("click", () => { view.time.focus({ preventScroll: true }); toggle(); });
    sized.observe(canvas);
    return { key, canvas, caption, figure: make("figure", {}, canvas, caption) };
  }

  function line(lane) { // how a curve is drawn
    const drawn = make("svg", { class: "line", viewBox: "0 0 26 8", "aria-hidden": true }, make("path", { d: "M0 4H26", ...(lane?.dash && { "stroke-dasharray": lane.dash }) }));
    if (lane?.hue) drawn.style.setProperty("--lane", lane.hue);
    drawn.toggleAttribute("hidden", !lane);
    return drawn;
  }

  function unpack() { // what travelled packed, once
    const wanted = [...data.layers.map(own => own.strengths), ...data.outlines.map(own => own.masks)], before = unpacked;
    unpacked = new Map(wanted.filter(Boolean).map(text => [text, before.get(text)]));
    for (const text of unpacked.keys()) if (!unpacked.get(text)) inflated(text).then(bytes => {
      if (unpacked.has(text)) { unpacked.set(text, bytes); paint(); }
    });
  }

  function scale() {
    const heat = panes[0].heat, layers = panes.map(own => own.layer).filter(Boolean), parts = [];
    view.scale.hidden = !(heat || layers.length) || !is.heat;
    const ramp = (low, colours, high, kind = "") => {
      const drawn = make("div", { class: `ramp ${kind}`, "aria-hidden": true });
      drawn.style.backgroundImage = `${kind && "var(--hatch), "}linear-gradient(to right, ${colours.map(colour => `rgb(${colour.map(Math.round)})`)})`;
      parts.push(make("span", {}, low), drawn, make("span", {}, high));
    };
    const { heat: hot, for: positive, against } = data.colours;
    if (layers.some(layer => !layer.signed)) ramp("lowest", hot, "highest");
    if (layers.some(layer => layer.signed)) ramp("against (hatched)", [...against].reverse().concat(positive), "for", "signed");
    if (heat && !layers.length) {
      const size = [heat.values, heat.values[0], heat.values[0][0]].map(part => part.length).join(" × ");
      ramp(heat.low.toFixed(2), hot, heat.high.toFixed(2));
      parts.push(make("p", {}, `Heat: ${heat.unit}, stretched over the picture from ${size} cells (time × height × width).`));
    }
    if (layers.length) parts.push(make("p", {}, data.scale));
    view.scale.replaceChildren(...parts);
  }

  function under() { // ranges and curves
    const marked = [...data.levels, ...(extra.levels ?? [])], shapes = Object.fromEntries(marked.map(level => [level.key, level.shape]));
    const keys = [...data.levels.map(level => level.key), ...data.ranges.map(range => range.level)];
    const kinds = [...new Set(keys)].filter(key => data.ranges.some(range => range.level === key));
    const coloured = (element, range) => {
      range.hue ? element.style.setProperty("--range", range.hue) : element.classList.add("unsure");
      return element;
    };
    const titled = key => extra.titles?.[key] ? [make("b", { class: "title" }, extra.titles[key])] : [];
    view.rows.replaceChildren(...kinds.map(key => make("div", { class: titled(key).length ? "row titled" : "row" }, ...titled(key), ...data.ranges.filter(range => range.level === key).map(range => {
      const part = make("div", { class: "range" }, ...(shapes[key] ? [mark(shapes[key])] : []), range.name);
      if (range.number >= 0) part.dataset.number = range.number;
      lay(part, range);
      return coloured(part, range);
    }))));
    own_choice();
    const named = new Map(data.ranges.map(range => [`${range.level} ${range.name}`, range]));
    view.legend.replaceChildren(...[...named.values()].map(range =>
      coloured(make("span", { class: "key" }, ...(shapes[range.level] ? [mark(shapes[range.level])] : []), make("u"), range.name), range)));
    view.legend.hidden = !named.size || extra.legend === false;
    const groups = new Map();
    data.lanes.forEach((lane, i) => groups.set(lane.group || i, [...(groups.get(lane.group || i) ?? []), lane]));
    lanes = [...groups.values()].map(own => ({ own, name: make("b"), value: make("i") }));
    view.lanes.replaceChildren(...lanes.map(({ own, name, value }) => {
      const chosen = !data.levels.length || data.beside.length || own[0].level === is.level, title = own[0].group || own[0].name;
      name.textContent = title;
      return make("div", { class: `lane${chosen ? " chosen" : ""}${own[0].group ? " group" : ""}` },
        make("svg", { class: "curve", viewBox: "0 0 100 1", preserveAspectRatio: "none", role: "img", "aria-label": title }, ...own.flatMap(curve)),
        make("div", { class: "name" }, ...(shapes[own[0].level] ? [mark(shapes[own[0].level])] : []), name, value));
    }));
  }

  function own_choice() { // which of the ranges that may be chosen is chosen
    for (const part of view.rows.querySelectorAll("[data-number]")) part.classList.toggle("picked", Number(part.dataset.number) === extra.chosen);
  }

  function curve(lane) {
    const high = y => (1 - (y - lane.low) / (lane.high - lane.low || 1)).toFixed(4);
    const line = lane.times.map((time, i) => `${across(time).toFixed(3)} ${high(lane.values[i])}`).join("L");
    const [from, to] = [lane.times[0], lane.times.at(-1)].map(time => across(time).toFixed(3));
    const area = make("path", { class: lane.filled ? "seen" : "area", d: `M${line}L${to} 1L${from} 1Z` });
    const edge = make("path", { class: "edge", d: `M${line}`, ...(lane.dash && { "stroke-dasharray": lane.dash }) });
    if (lane.hue) for (const part of [area, edge]) part.style.setProperty("--lane", lane.hue);
    return lane.filled ? [area] : lane.group ? [edge] : [area, edge];
  }

  // What changes with time.
  function paint() {
    if (!source) return;
    const now = film.times[is.frame];
    for (const own of panes) {
      source.draw(native, is.frame, 0, 0, film.width, film.height);
      const bytes = unpacked.get(own.layer?.strengths), bits = unpacked.get(own.outline?.masks);
      if (is.heat && own.heat) glow(native, own.heat, is.frame, palettes.heat);
      if (is.heat && bytes) shine(native, own.layer, bytes, is.frame, palettes);
      if (is.outline && bits) trace(native, bits, is.frame);
      show(own, now);
    }
    tell(now);
    events.shown?.(now);
  }

  function show({ key, canvas, boxes }, now) { // what was drawn in the pixels of the film, as large as there is room
    const context = canvas.getContext("2d"), ratio = film.width / film.height;
    const wide = Math.min(canvas.clientWidth, canvas.clientHeight * ratio) || film.width, sharp = Math.min(devicePixelRatio, 2);
    const [width, height] = [Math.round(wide * sharp), Math.round(wide * sharp / ratio)];
    if (canvas.width !== width || canvas.height !== height) [canvas.width, canvas.height] = [width, height];
    context.imageSmoothingQuality = "high";
    context.drawImage(native.canvas, 0, 0, width, height);
    if (is.box) for (const box of boxes) if (box.start <= now && now < box.end) drawBox(context, box, width / film.width, key ?? is.level);
  }

  function drawBox(context, { x, y, w, h }, zoom, key) {
    const line = Math.max(1.5, context.canvas.width / 260), tag = 5 * line, shape = data.levels.find(level => level.key === key)?.shape;
    const edges = [x * zoom + 1.5 * line, y * zoom + 1.5 * line, Math.max(w * zoom - 3 * line, 1), Math.max(h * zoom - 3 * line, 1)];
    for (const [colour, thick] of [[OUTER, 3], [INNER, 1]]) {
      [context.strokeStyle, context.lineWidth] = [colour, thick * line];
      context.strokeRect(...edges);
    }
    if (!shape) return;
    context.save(); // the level's mark, in the corner where there is most room
    context.translate(clamp(x * zoom, tag, context.canvas.width - tag), clamp(y * zoom, tag, context.canvas.height - tag));
    context.scale(tag / 1.4, tag / 1.4);
    const path = new Path2D(shape);
    [context.strokeStyle, context.fillStyle, context.lineWidth] = [OUTER, INNER, 0.6];
    context.stroke(path);
    context.fill(path);
    context.restore();
  }

  function tell(now) {
    const place = across(middle(film, is.frame)), count = film.times.length;
    view.cursor.style.left = view.done.style.width = `${place}%`;
    view.where.textContent = `${String(is.frame + 1).padStart(String(count).length, "\u2007")} of ${count} · ${seconds(now)}`;
    view.player.dataset.frame = is.frame;
    const half = middle(film, is.frame), here = lane => lane.values[nearest(lane.times, half)];
    for (const { own, name, value } of lanes) {
      const best = own.filter(lane => !lane.filled).reduce((most, lane) => here(lane) > here(most) ? lane : most);
      if (best.group) name.textContent = `${best.group}: ${best.name}`;
      value.textContent = here(best).toFixed(2);
    }
    const told = extra.says?.length ? extra.says[nearest(extra.times, half)] : null;
    view.now.hidden = !told;
    if (told) [view.now.firstChild.textContent, view.now.lastChild.textContent] = told;
    if (is.wanted && !is.held) return; // a reader of the screen would be told every frame
    view.time.setAttribute("aria-valuenow", is.frame + 1);
    view.time.setAttribute("aria-valuetext", [`frame ${is.frame + 1} of ${count}, ${seconds(now, 1)}`, ...(told ?? [])].join(", "));
  }

  function strip() {
    if (!source) return;
    const canvas = view.thumbs, sharp = Math.min(devicePixelRatio, 2), [width, height] = [canvas.clientWidth * sharp, canvas.clientHeight * sharp];
    if (!width) return;
    [canvas.width, canvas.height] = [width, height];
    const count = Math.max(1, Math.round(width / (height * film.width / film.height))), context = canvas.getContext("2d");
    for (let i = 0; i < count; i++) {
      const time = film.times[0] + (i + 0.5) / count * (film.end - film.times[0]);
      source.thumb(context, frameAt(film, time), i * width / count, 0, width / count - sharp, height);
    }
  }

  // What people do.
  function press() {
    view.play.replaceChildren(icon(is.wanted ? "pause" : "play"));
    for (const name of ["aria-label", "title"]) view.play.setAttribute(name, is.wanted ? "Pause (space)" : "Play (space)");
    for (const name of ["box", "heat", "outline"]) view[name].setAttribute("aria-pressed", is[name]);
    view.loop.setAttribute("aria-pressed", is.looping);
  }

  function run() { // plays where somebody wants it, sees it, and holds nothing
    if (!source) return;
    is.wanted && is.seen && !is.held ? source.play(Number(view.speed.value)) : source.pause();
  }
  function toggle(wanted = !is.wanted) { is.wanted = wanted; press(); run(); if (source) tell(film.times[is.frame]); }
  function seek(frame) { source?.seek(clamp(frame, 0, film.times.length - 1)); }
  function step(by) { toggle(false); is.moved = true; is.aim = clamp((is.aim ?? is.frame) + by, 0, film.times.length - 1); seek(is.aim); }
  function loop() {
    if (!moment) return;
    is.looping = !is.looping;
    const [first, last] = span();
    if (is.looping && (is.frame < first || is.frame > last)) seek(first);
    press();
  }
  function full() { view.player.getRootNode().fullscreenElement ? document.exitFullscreen() : view.player.requestFullscreen?.().catch(() => {}); }
  function release() { // the only time that anybody outside hears of it
    if (!is.moved) return;
    const at = is.aim ?? is.frame;
    [is.moved, is.aim] = [false, undefined];
    events.time?.(film.times[at]);
  }
  const flip = name => { is[name] = !is[name]; scale(); press(); paint(); };

  const KEYS = {
    ArrowLeft: by => step(-by), ArrowRight: by => step(by), " ": () => toggle(), l: loop, f: full,
    Home: () => step(-Infinity), End: () => step(Infinity),
  };
  view.player.addEventListener("keydown", event => {
    const key = event.key.length > 1 ? event.key : event.key.toLowerCase(), act = KEYS[key], on = event.target;
    if (!act || !source || event.ctrlKey || event.altKey || event.metaKey || on.tagName === "SELECT") return;
    if (key === " " && on.tagName === "BUTTON") return;
    event.preventDefault();
    event.stopPropagation();
    if (!event.repeat || key.length > 1) act(event.shiftKey ? 10 : 1);
  });
  for (const name of ["keyup", "focusout"]) view.player.addEventListener(name, release);

  const under_pointer = event => {
    const { left, width } = view.time.getBoundingClientRect();
    return film.times[0] + clamp((event.clientX - left) / width, 0, 1) * (film.end - film.times[0]);
  };
  view.time.addEventListener("pointerdown", event => {
    if (!source || event.button) return;
    const pressed = event.target.closest?.("[data-number]");
    if (pressed) {
      const range = data.ranges.find(own => own.number === Number(pressed.dataset.number));
      extra.chosen = range.number;
      between(range.start, range.end);
      events.chosen?.(range.number);
      return;
    }
    view.time.setPointerCapture(event.pointerId);
    [is.held, is.moved] = [true, true];
    run();
    seek(is.aim = frameAt(film, under_pointer(event)));
  });
  view.time.addEventListener("pointermove", event => {
    if (!source) return;
    const time = under_pointer(event), names = data.ranges.filter(range => range.start <= time && time < range.end).map(range => range.name);
    view.tip.hidden = false;
    view.tip.textContent = [...names, seconds(time)].join(" · ");
    view.tip.style.left = `${clamp(across(time), 12, 88)}%`;
    if (is.held) seek(is.aim = frameAt(film, time));
  });
  for (const name of ["pointerup", "pointercancel"]) view.time.addEventListener(name, () => {
    if (!is.held) return;
    is.held = false;
    release();
    run();
  });
  view.time.addEventListener("pointerleave", () => { view.tip.hidden = true; });
  view.play.addEventListener("click", () => toggle());
  view.loop.addEventListener("click", loop);
  view.full.addEventListener("click", full);
  view.speed.addEventListener("change", run);
  for (const name of ["box", "heat", "outline"]) view[name].addEventListener("click", () => flip(name));

  const sized = new ResizeObserver(() => { paint(); strip(); });
  sized.observe(view.thumbs);
  const sighted = new IntersectionObserver(([entry]) => { is.seen = entry.isIntersecting; run(); }, { threshold: 0.2 });
  sighted.observe(view.stage);

  async function load() {
    const mine = ++loading, before = source;
    source = null;
    before?.close();
    const arrived = frame => { if (mine === loading) { is.frame = frame; paint(); } };
    try {
      const found = await (film.video ? videoSource : sheetSource)(film, arrived, bounds, view.stage);
      if (mine !== loading) return found.close();
      source = found;
      view.fault.hidden = true;
      const first = is.asked ?? data.start;
      seek(first === null ? 0 : frameAt(film, first));
      strip();
      toggle(!still && (picked !== null || (data.autoplay && is.asked === undefined)));
      is.asked = undefined;
    } catch (error) {
      if (mine !== loading) return;
      view.fault.hidden = false;
      view.fault.textContent = "This browser cannot show the film.";
      events.failed?.(String(error?.message ?? error));
    }
  }

  function update(fresh) { // the film goes on where it is the same one
    const same = film?.id === fresh.film.id, turned = !same || fresh.chosen !== data.chosen || !fresh.levels.some(level => level.key === is.level);
    if (turned) is.level = fresh.chosen;
    if (!same) [is.heat, is.looping, is.frame, picked] = [fresh.heated, false, 0, null];
    [given, film] = [fresh, fresh.film];
    merge();
    arrange();
    same ? paint() : load();
  }

  const merge = () => { data = { ...given, ...(extra.ranges && { ranges: extra.ranges, lanes: extra.lanes }) }; };

  function annotate(fresh) { // what lies under the film
    extra = fresh;
    merge();
    under();
    if (source) tell(film.times[is.frame]);
  }

  function at(time) {
    is.asked = source ? undefined : time; // or as soon as the film is there
    toggle(false);
    seek(frameAt(film, time));
  }

  function between(start, end) { // plays a part again and again
    picked = moment = { start, end };
    view.moment.hidden = view.loop.hidden = false;
    lay(view.moment, moment);
    own_choice();
    is.looping = true;
    is.asked = source ? undefined : start;
    press();
    seek(frameAt(film, start));
    toggle(!still);
  }

  function destroy() {
    loading++;
    source?.close();
    source = null;
    sized.disconnect();
    sighted.disconnect();
    root.replaceChildren();
  }

  update(data);
  return { update, annotate, seek, at, between, destroy };
}
