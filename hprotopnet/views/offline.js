// The page of an explanation: its player and its disk follow the step that is chosen, and clips move when clicked.
// Runs behind player.js in one module; the disk is `globalThis.mountDisk`, of a module of its own.

const read = id => JSON.parse(document.getElementById(id).textContent);
const scene = read("scene"), moving = read("moving"), tree = read("tree");
const tabs = [...document.querySelectorAll("[role=tab]")], steps = [...document.querySelectorAll(".step")];
const player = mount(apart("player"), scene);
const disk = globalThis.mountDisk(apart("disk"), tree, {
  focus: name => { const place = tabs.findIndex(tab => tab.dataset.node === name); if (place >= 0) choose(place, false); },
});

// A place with a style sheet of its own, as player and disk have classes of the same names; what stands there for those
// without scripts is no longer shown.
function apart(id) {
  const shade = document.getElementById(id).attachShadow({ mode: "open" }), style = document.createElement("style");
  style.textContent = read("styles")[id];
  shade.append(style, document.createElement("div"));
  return shade.lastChild;
}

// Show a step; `led` is false where the disk has led there.
function choose(place, led = true) {
  steps.forEach((step, i) => { step.hidden = i !== place; });
  tabs.forEach((tab, i) => { tab.setAttribute("aria-selected", i === place); tab.tabIndex = i === place ? 0 : -1; });
  player.update({ ...scene, chosen: steps[place].dataset.level });
  if (led) disk.focus(tabs[place].dataset.node);
}

tabs.forEach((tab, place) => {
  const go = to => { choose(to); tabs[to].focus(); };
  tab.addEventListener("click", () => choose(place));
  tab.addEventListener("keydown", event => {
    const to = { ArrowRight: place + 1, ArrowDown: place + 1, ArrowLeft: place - 1, ArrowUp: place - 1, Home: 0, End: tabs.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    go((to + tabs.length) % tabs.length);
  });
});

for (const step of steps) {
  const next = step.querySelector(".next"), to = steps.indexOf(step) + 1;
  if (!next) continue;
  next.hidden = false;
  next.addEventListener("click", () => { choose(to); tabs[to].focus(); });
}

for (const card of document.querySelectorAll(".card")) {
  const play = card.querySelector(".play"), pictures = [...card.querySelectorAll("img")];
  if (!play) continue;
  const still = pictures.map(picture => picture.src);
  let plays = false;
  const show = () => {
    play.textContent = plays ? "Stop" : "Play";
    play.setAttribute("aria-label", `${play.textContent} ${play.dataset.called}`);
    pictures.forEach((picture, i) => { picture.src = plays ? moving[picture.dataset.moving] : still[i]; });
  };
  const flip = () => { plays = !plays; show(); };
  play.hidden = false;
  show();
  for (const part of [play, ...pictures]) part.addEventListener("click", flip);
}

document.querySelector(".walk").hidden = tabs.length < 2;
steps.forEach((step, i) => { step.hidden = i > 0; });
