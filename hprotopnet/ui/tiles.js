// Clips as tiles: names come from outside and are set as text, never as HTML.
const SVG = "http://www.w3.org/2000/svg";

function made(kind, className, text = "") {
  const element = document.createElement(kind);
  element.className = className;
  element.textContent = text;
  return element;
}

// A bar for each level, the topmost above: full where the answer is right about it, hollow where it is not.
function bars(levels) {
  const sign = document.createElementNS(SVG, "svg"), step = 15 / levels.length;
  sign.setAttribute("viewBox", "0 0 15 15");
  sign.setAttribute("aria-hidden", "true");
  levels.forEach((right, i) => {
    const bar = document.createElementNS(SVG, "rect");
    const place = { x: .75, y: i * step + .75, width: 13.5, height: step - 2, "stroke-width": 1, rx: .5 };
    for (const [name, value] of Object.entries(place)) bar.setAttribute(name, value);
    if (!right) bar.setAttribute("fill", "none");
    sign.append(bar);
  });
  return sign;
}

function answer(said) {
  const row = made("span", said.levels.every(Boolean) ? "answer right" : "answer");
  if (said.levels.length) row.append(bars(said.levels));
  const words = made("span", "", said.words.replace(" %", "\u00a0%"));
  if (!said.levels.length) words.style.gridColumn = "1 / -1";
  row.append(words);
  if (said.said) row.append(made("span", "said", said.said));
  return row;
}

function tile(own, choosable) {
  const element = made(choosable ? "button" : "div", "tile"), picture = made("span", "picture");
  if (own.picture) {
    const image = made("img", "");
    image.alt = "";
    image.src = own.picture;
    picture.append(image);
  } else picture.textContent = own.awaited ? "…" : "no picture";
  if (own.shown && choosable) picture.append(made("span", "chip shown", "shown"));
  if (own.unsure) picture.append(made("span", "chip unsure", "unsure"));
  const words = made("span", "words");
  words.append(made("span", "class", own.title), made("span", "video", own.video), ...own.answers.map(answer));
  element.append(picture, words);
  element.title = own.label;
  if (choosable) {
    element.type = "button";
    element.disabled = !own.choosable;
    element.setAttribute("aria-label", own.label);
    if (own.shown) element.setAttribute("aria-current", "true");
  }
  element.dataset.name = own.name;
  return element;
}

function family([name, tiles], place, choosable) {
  const group = made("div", "family"), row = made("div", "");
  if (name) {
    group.append(made("span", "below", name));
    group.setAttribute("role", "group");
    group.setAttribute("aria-label", name);
  }
  row.append(...tiles.map(own => tile(own, choosable)));
  group.append(row);
  return group;
}

// Arrows go from tile to tile, up and down to the nearest of another row; one of all takes part in tabbing.
function move(event, all) {
  const at = all.indexOf(event.target.closest(".tile"));
  const step = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: all.length - 1 }[event.key];
  let next = all[step];
  if (event.key === "ArrowUp" || event.key === "ArrowDown") {
    const from = all[at].getBoundingClientRect(), down = event.key === "ArrowDown";
    const rest = all.map(own => [own, own.getBoundingClientRect()])
      .filter(([, box]) => down ? box.top >= from.bottom - 1 : box.bottom <= from.top + 1);
    const near = rest.sort(([, a], [, b]) => Math.abs(a.top - from.top) - Math.abs(b.top - from.top)
      || Math.abs(a.left - from.left) - Math.abs(b.left - from.left));
    next = near[0]?.[0];
  } else if (step === undefined) return;
  event.preventDefault();
  if (!next) return;
  for (const own of all) own.tabIndex = own === next ? 0 : -1;
  next.focus();
}

export default function ({ data: [data], parentElement, setTriggerValue }) {
  const place = parentElement.querySelector(".tiles-root"), choosable = data.layout === "grid";
  const focused = place.querySelector(".tile:focus")?.dataset.name;
  place.className = `tiles-root ${data.layout}`;
  place.replaceChildren(...data.groups.map(([name, families]) => {
    const section = made("section", ""), row = made("div", "families");
    if (name) {
      section.append(made("span", "top", name));
      section.setAttribute("aria-label", name);
    }
    row.append(...families.map(own => family(own, section, choosable)));
    section.append(row);
    return section;
  }));
  const all = [...place.querySelectorAll("button.tile:not(:disabled)")];
  const first = all.find(own => own.dataset.name === focused) ?? all.find(own => own.ariaCurrent) ?? all[0];
  for (const own of all) {
    own.tabIndex = own === first ? 0 : -1;
    own.onclick = () => setTriggerValue("chosen", own.dataset.name);
  }
  place.onkeydown = event => { if (all.includes(event.target.closest(".tile"))) move(event, all); };
  if (focused !== undefined) first?.focus();
  if (data.more) setTriggerValue("more", data.more);
}
