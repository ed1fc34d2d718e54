// A rectangle on a picture: drawn by pointer, moved by arrow keys, resized by shift and arrow keys.
const STEP = 4; // pixels of the picture

export default function ({ data, parentElement, setStateValue }) {
  const root = parentElement.querySelector(".region-root"), { side, label } = data;
  let box = [...data.box], from = null;
  root.replaceChildren();
  const stage = root.appendChild(document.createElement("div"));
  const image = stage.appendChild(document.createElement("img"));
  const frame = stage.appendChild(document.createElement("div"));
  stage.className = "stage"; frame.className = "frame";
  stage.tabIndex = 0; stage.setAttribute("role", "application"); stage.setAttribute("aria-label", label);
  image.src = data.picture; image.alt = ""; image.draggable = false;

  const clip = value => Math.min(side, Math.max(0, Math.round(value)));
  const draw = () => {
    const [left, top, right, bottom] = box.map(value => 100 * value / side);
    Object.assign(frame.style, { left: `${left}%`, top: `${top}%`, width: `${right - left}%`, height: `${bottom - top}%` });
  };
  const at = event => {
    const place = stage.getBoundingClientRect();
    return [clip((event.clientX - place.left) / place.width * side), clip((event.clientY - place.top) / place.height * side)];
  };
  const tell = () => { if (box[2] - box[0] > 1 && box[3] - box[1] > 1) setStateValue("box", box); };

  stage.onpointerdown = event => { from = at(event); stage.setPointerCapture(event.pointerId); event.preventDefault(); stage.focus(); };
  stage.onpointermove = event => {
    if (!from) return;
    const to = at(event);
    box = [Math.min(from[0], to[0]), Math.min(from[1], to[1]), Math.max(from[0], to[0]), Math.max(from[1], to[1])];
    draw();
  };
  stage.onpointerup = () => { from = null; tell(); };
  stage.onkeydown = event => {
    const moves = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (!moves) return;
    event.preventDefault();
    const [x, y] = moves.map(move => move * STEP), [left, top, right, bottom] = box;
    if (event.shiftKey) box = [left, top, Math.max(left + STEP, clip(right + x)), Math.max(top + STEP, clip(bottom + y))];
    else if (left + x >= 0 && right + x <= side && top + y >= 0 && bottom + y <= side) box = [left + x, top + y, right + x, bottom + y];
    draw();
  };
  stage.onkeyup = event => { if (event.key.startsWith("Arrow")) tell(); };
  draw();
}
