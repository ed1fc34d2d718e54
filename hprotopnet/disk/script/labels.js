// Which names a view can show without one covering another, and where: greedy, the most wanted name first, each where
// it finds room or not at all. Pixels from the middle of the disk, down positive. What a name
// did before it does again if it can, so that names do not jump.

const OUTSIDE = 0.93; // nodes seen beyond this radius are named outside the rim, reading outwards
const NEAR_RIM = 0.85; // leaves beyond this one too, where they find no room inside
const BEYOND = 1.035; // radius at which these names begin
const LINE = 1.2, EDGE = 5; // height of a line in font sizes; pixels that names keep off the edge of the picture
const SIDES = [[0, -1], [0, 1], [1, 0], [-1, 0], [1, -1], [1, 1], [-1, -1], [-1, 1]];

export const markSize = point => 24 * Math.sqrt(Math.max(1 - point[0] ** 2 - point[1] ** 2, 0));

// place: {points, levels, parents, names, depth, root, radius, half: [x, y], marked: Set, bold: Set, width(text, size,
// bold), before: Map}; `before` is kept by the caller. Gives [{node, lines, x, y, anchor, angle, size, bold}].
export function placeLabels(place) {
  const { points, levels, radius, marked, before } = place;
  const far = points.map(point => Math.hypot(point[0], point[1])), top = place.depth - 1;
  const wanted = points.map((_, node) => [
    marked.has(node),
    far[node] <= OUTSIDE || levels[node] === top,
    1 - far[node] + levels[node] + (before.has(node) ? 0.2 : 0),
  ]);
  const order = points.map((_, node) => node).sort((a, b) =>
    wanted[b][0] - wanted[a][0] || wanted[b][1] - wanted[a][1] || wanted[b][2] - wanted[a][2]);
  const marks = [...points, place.root].map(point => {
    const reach = Math.max(6, markSize(point) / 2), [x, y] = [point[0] * radius, -point[1] * radius];
    return [x - reach, y - reach, x + reach, y + reach];
  });
  const heights = [...levels, place.depth]; // the last one is the root's, which is higher than all
  const inside = [], around = [], boxes = [], kept = new Map();
  for (const node of order) {
    let label = null;
    const leaf = !levels[node], needed = marked.has(node) || levels[node] === top;
    if (far[node] <= OUTSIDE) {
      // A name hides no mark of a node as high as its own, if it can; names of leaves are rather left out.
      const limits = leaf ? [0] : [levels[node], levels[node] + 1];
      for (const limit of needed ? [...limits, Infinity] : limits)
        label ??= beside(place, node, boxes, marks.filter((_, i) => i !== node && heights[i] >= limit));
    }
    if (label) { inside.push(label); boxes.push(label.box); kept.set(node, label.how); }
    else if (far[node] > OUTSIDE || (leaf && far[node] > NEAR_RIM)) {
      label = reserved(place, node, around);
      if (label) { around.push(label); kept.set(node, ""); }
    }
  }
  before.clear();
  for (const [node, how] of kept) before.set(node, how);
  for (const label of around) fitted(place, label, around);
  return [...inside, ...around];
}

const fontSize = (place, node) => 10 + Math.min(place.levels[node], 2) * (place.radius > 160 ? 2 : 1);

function beside(place, node, boxes, marks) {
  const { points, parents, radius } = place, point = points[node], size = fontSize(place, node) + 1;
  const gap = 5 + markSize(point) / 2, bold = place.bold.has(node), [x, y] = [point[0] * radius, -point[1] * radius];
  const way = translate(parents[node] < 0 ? place.root : points[parents[node]], point);
  const parent = Math.atan2(-way[1], way[0]);
  const sides = SIDES.map(([dx, dy]) => ({ dx, dy, angle: Math.atan2(dy, dx) }));
  sides.sort((a, b) => (Math.cos(a.angle - parent) > 0.7) - (Math.cos(b.angle - parent) > 0.7));
  const name = place.names[node], lines = folded(name, place, size, bold);
  const ways = (lines.length > 1 ? [[name], lines] : [[name]]).flatMap(text =>
    sides.map(side => ({ text, side, how: `${text.length}${side.dx}${side.dy}` })));
  const last = place.before.get(node);
  ways.sort((a, b) => (b.how === last) - (a.how === last));
  for (const { text, side, how } of ways) {
    const width = Math.max(...text.map(line => place.width(line, size, bold))), height = text.length * size * LINE;
    const reach = gap / Math.hypot(side.dx, side.dy), cx = x + side.dx * reach, cy = y + side.dy * reach;
    const left = cx - (width * (1 - side.dx)) / 2, upper = cy - (height * (1 - side.dy)) / 2;
    const box = [left, upper, left + width, upper + height];
    const corner = Math.hypot(Math.max(-box[0], box[2]), Math.max(-box[1], box[3]));
    if (corner < radius * 1.02 && !boxes.some(other => overlap(box, other)) && !marks.some(other => overlap(box, other)))
      return { node, lines: text, x: left + width / 2, y: upper, anchor: "middle", angle: 0, size, bold, box, how };
  }
  return null;
}

const overlap = (a, b) => a[0] < b[2] && b[0] < a[2] && a[1] < b[3] && b[1] < a[3];

// A name outside the rim, if no other is within its height; `way` is its direction on the screen.
function reserved(place, node, around) {
  const size = Math.min(fontSize(place, node), 12), point = place.points[node];
  const label = { node, size, way: Math.atan2(-point[1], point[0]), bold: place.bold.has(node), tall: size * LINE };
  return around.every(other => room(place, label, other) >= (label.tall + other.tall) / 2) ? label : null;
}

function room(place, label, other) {
  const apart = Math.abs(((label.way - other.way + 3 * Math.PI) % (2 * Math.PI)) - Math.PI);
  return apart > 1.5 ? Infinity : 2 * Math.sin(apart / 2) * BEYOND * place.radius;
}

// As it fits into the picture: in two lines where neighbours are far enough, or cut.
function fitted(place, label, around) {
  const { node, size, bold, way } = label, name = place.names[node];
  let lines = [name];
  if (place.width(name, size, bold) > length(place, way, label.tall)) {
    const tall = 2 * size * LINE;
    if (around.every(other => other === label || room(place, label, other) >= (tall + other.tall) / 2)) {
      lines = folded(name, place, size, bold);
      label.tall = lines.length * size * LINE;
    }
  }
  const most = length(place, way, label.tall), right = Math.cos(way) >= 0;
  Object.assign(label, {
    lines: lines.map(line => shortened(line, most, place, size, bold)),
    x: Math.cos(way) * BEYOND * place.radius,
    y: Math.sin(way) * BEYOND * place.radius,
    anchor: right ? "start" : "end",
    angle: (way * 180) / Math.PI + (right ? 0 : 180),
  });
}

// How long text of such a height may be that reads outwards from the rim, for no corner to leave the picture.
function length(place, way, tall) {
  const ways = [Math.abs(Math.cos(way)), Math.abs(Math.sin(way))];
  return Math.min(...place.half.map((edge, i) =>
    (edge - EDGE - BEYOND * place.radius * ways[i] - (tall / 2) * ways[1 - i]) / Math.max(ways[i], 1e-9)));
}

// A name in two lines as equal as its words allow; in one if it is one word.
function folded(text, place, size, bold) {
  const words = text.split(/\s+/), measured = line => place.width(line, size, bold);
  const folds = words.slice(1).map((_, i) => [words.slice(0, i + 1).join(" "), words.slice(i + 1).join(" ")]);
  return folds.reduce(
    (best, fold) => (!best || Math.max(...fold.map(measured)) < Math.max(...best.map(measured)) ? fold : best), null,
  ) ?? [text];
}

function shortened(text, most, place, size, bold) {
  if (place.width(text, size, bold) <= most) return text;
  const letters = [...text];
  for (let end = letters.length - 1; end > 0; end--) {
    const cut = `${letters.slice(0, end).join("").trimEnd()}…`;
    if (place.width(cut, size, bold) <= most) return cut;
  }
  return `${letters[0] ?? ""}…`;
}
