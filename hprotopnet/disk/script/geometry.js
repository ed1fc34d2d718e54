// Geometry of the Poincare disk, as hprotopnet/disk/poincare.py and layouts.py have it: points are complex numbers
// [x, y] with |z| < 1. A view is {focus, turn}: the translation that brings `focus` to the centre, then a rotation.

export const RIM = 1 - 1e-9;
const TINY = 1e-12, LEAF_SHARE = 0.65, LEAF_REACH = 1;

const add = (p, q) => [p[0] + q[0], p[1] + q[1]];
const sub = (p, q) => [p[0] - q[0], p[1] - q[1]];
const times = (p, length) => [p[0] * length, p[1] * length];
const conj = p => [p[0], -p[1]];
const mul = (p, q) => [p[0] * q[0] - p[1] * q[1], p[0] * q[1] + p[1] * q[0]];
const div = (p, q) => times(mul(p, conj(q)), 1 / (q[0] * q[0] + q[1] * q[1]));
const cross = (p, q) => p[0] * q[1] - p[1] * q[0];
const abs = p => Math.hypot(p[0], p[1]);
const arg = p => Math.atan2(p[1], p[0]);
const unit = p => (abs(p) < TINY ? [1, 0] : times(p, 1 / abs(p)));
const rotation = angle => [Math.cos(angle), Math.sin(angle)];

export const ROOT_VIEW = { focus: [0, 0], turn: [1, 0] };

export function distance(p, q) {
  const gap = (1 - p[0] ** 2 - p[1] ** 2) * (1 - q[0] ** 2 - q[1] ** 2);
  return 2 * Math.asinh(abs(sub(p, q)) / Math.sqrt(Math.max(gap, TINY ** 2)));
}

export function translate(z, focus, turn = [1, 0]) {
  const moved = mul(turn, div(sub(z, focus), sub([1, 0], mul(conj(focus), z))));
  return times(moved, Math.min(1, RIM / Math.max(abs(moved), TINY)));
}

export const seen = (view, z) => translate(z, view.focus, view.turn);

// The point of the layout that is seen at z.
const unseen = (view, z) => translate(z, times(mul(view.turn, view.focus), -1), conj(view.turn));

// The point at hyperbolic distance `length` from p on the geodesic to q.
export function along(p, q, length) {
  const towards = translate(q, p);
  return translate(times(towards, Math.tanh(length / 2) / Math.max(abs(towards), TINY)), times(p, -1));
}

// The circle on which the geodesic from p to q lies: {middle, radius, left}, `left` where it runs counterclockwise;
// of a straight one the radius is infinite.
export function geodesic(p, q) {
  const turned = cross(p, q);
  if (Math.abs(turned) < 1e-7) return { middle: [0, 0], radius: Infinity, left: false };
  const a = (p[0] ** 2 + p[1] ** 2 + 1) / 2, b = (q[0] ** 2 + q[1] ** 2 + 1) / 2;
  const middle = [(a * q[1] - b * p[1]) / turned, (b * p[0] - a * q[0]) / turned];
  const radius = abs(sub(p, middle));
  return { middle, radius, left: cross(sub(p, middle), sub(q, middle)) > 0 };
}

// The Euclidean circle that is the hyperbolic circle around a centre.
export function circle(centre, radius) {
  const t = Math.tanh(radius / 2), c = abs(centre), below = 1 - t * t * c * c;
  return { middle: times(centre, (1 - t * t) / below), radius: t * (1 - c * c) / below };
}

// The view that brings a node into focus, -1 the root; a leaf from a point short of it, for beyond it is nothing.
export function lookAt(base, parents, levels, node) {
  if (node < 0) return ROOT_VIEW;
  const origin = parents[node] < 0 ? [0, 0] : base[parents[node]];
  let focus = base[node];
  if (!levels[node]) focus = along(origin, focus, Math.min(LEAF_SHARE * distance(origin, focus), LEAF_REACH));
  const wanted = sub(origin, base[node]), found = translate(origin, focus);
  return { focus, turn: rotation(arg(wanted) - arg(found)) };
}

// The view, and after it the translation that brings what it sees at `shift` to the centre, and a rotation.
export function after(view, shift, turn = [1, 0]) {
  const focus = unseen(view, shift);
  const slant = sub([1, 0], mul(conj(view.focus), focus));
  return { focus, turn: unit(div(mul(mul(turn, view.turn), conj(slant)), slant)) };
}

// Views on the way from one to another: the new focus comes in along the geodesic to it while the rest turns.
export function between(from, to) {
  const shift = seen(from, to.focus), whole = after(from, shift);
  const turn = arg(div(to.turn, whole.turn)), length = Math.atanh(Math.min(abs(shift), RIM));
  return share => {
    if (share >= 1) return to;
    const step = times(unit(shift), Math.tanh(length * share));
    return after(from, step, rotation(turn * share));
  };
}

// The view after what was seen at p was dragged to q, along the geodesic through the centre that does it; the focus
// keeps within the hyperbolic distance `most` of the root.
export function dragged(view, p, q, most) {
  const k = mul(p, q), d = sub(q, p);
  const shift = times(add(d, mul(k, conj(d))), 1 / (1 - k[0] ** 2 - k[1] ** 2));
  const moved = after(view, times(shift, -1)), reach = Math.tanh(most / 2);
  return { ...moved, focus: times(moved.focus, Math.min(1, reach / Math.max(abs(moved.focus), TINY))) };
}
