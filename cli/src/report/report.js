"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  if (!data) return;
  const find = (id) => document.getElementById(id);
  const SVG = "http://www.w3.org/2000/svg";
  const PLAY = '<svg viewBox="0 0 10 10" aria-hidden="true"><path d="M2 1l7 4-7 4z"/></svg>';
  const element = (name, attributes = {}, ...inside) => {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    made.append(...inside);
    return made;
  };
  const drawn = (name, attributes = {}, text) => {
    const made = document.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    if (text !== undefined) made.textContent = text;
    return made;
  };
  const color = (label) => `var(--c${label % 12})`;
  const label = (index) => data.labels[index] ?? "?";
  const verb = data.sound ? "heard as" : "taken for";

  // Recordings: one player, and the samples for drawing them.
  let player = null;
  const play = (media) => {
    if (media === null || media === undefined || !data.sound) return;
    player?.pause();
    player = new Audio(data.media[media]);
    player.play().catch(() => {});
  };
  const samples = (media) => {
    const text = atob(data.media[media].split(",")[1]);
    const bytes = Uint8Array.from(text, (c) => c.charCodeAt(0));
    return new Int16Array(bytes.buffer, 44);
  };
  const draw = (canvas, media) => {
    const values = samples(media), axes = data.n_axes, n = values.length / axes;
    const [width, height] = [canvas.width, canvas.height], context = canvas.getContext("2d");
    const most = values.reduce((most, v) => Math.max(most, Math.abs(v)), 1);
    const style = getComputedStyle(document.documentElement);
    for (let axis = 0; axis < axes; axis++) {
      context.strokeStyle = style.getPropertyValue(`--c${axis % 12}`).trim();
      context.beginPath();
      for (let x = 0; x < width; x++) {
        let low = 1e9, high = -1e9;
        for (let i = Math.floor((x * n) / width); i <= Math.min(n - 1, ((x + 1) * n) / width); i++) {
          const v = values[i * axes + axis];
          low = Math.min(low, v); high = Math.max(high, v);
        }
        const y = (v) => height / 2 - (v / most) * (height / 2 - 1);
        context.moveTo(x + 0.5, y(low) + 0.5);
        context.lineTo(x + 0.5, y(high) - 0.5);
      }
      context.stroke();
    }
  };
  // A recording to look at: an image, or its samples as lines.
  const recording = (media, name) => {
    if (data.image) return element("img", { src: data.media[media], alt: name });
    const canvas = element("canvas", { width: 168, height: 60, role: "img", "aria-label": `the samples of ${name}` });
    draw(canvas, media);
    return canvas;
  };
  const player_button = (media, name) => {
    const button = element("button", { class: "play", type: "button", "aria-label": `play ${name}` });
    button.innerHTML = PLAY;
    if (media === null || media === undefined) {
      button.disabled = true;
      button.title = "this recording is not part of the page";
    }
    button.addEventListener("click", () => play(media));
    return button;
  };
  const said = (clip) => {
    const float = clip.f !== null && clip.f !== clip.q ? `, float: ${label(clip.f)}` : "";
    return clip.l === clip.q ? `${label(clip.l)}, ${clip.p} %${float}` : `${label(clip.l)} ${verb} ${label(clip.q)}, ${clip.p} %${float}`;
  };
  const entry = (clip) => {
    const item = element("li", { class: "clip" });
    const text = element("div", {},
      element("div", { class: clip.l === clip.q ? "said" : "said bad" }, said(clip)),
      element("div", { class: "name", title: clip.n }, clip.n));
    item.append(data.sound ? player_button(clip.m, clip.n) : element("span"), text);
    if (clip.m !== null) item.append(recording(clip.m, clip.n));
    return item;
  };
  const STEP = 60;
  const list = (target, title, clips) => {
    const items = element("ul", { class: "list" });
    const more = element("button", { type: "button", class: "more" });
    let n = 0;
    const go_on = () => {
      items.append(...clips.slice(n, n + STEP).map(entry));
      n = Math.min(n + STEP, clips.length);
      more.hidden = n === clips.length;
      more.textContent = `${clips.length - n} more`;
    };
    more.addEventListener("click", go_on);
    go_on();
    target.replaceChildren(element("h3", {}, title), items, more);
  };

  // The confusion matrix: each cell lists its clips.
  const heard = find("heard");
  const pressed = (button, of) => {
    for (const other of of) other.setAttribute("aria-pressed", String(other === button));
  };
  const cells = [...document.querySelectorAll("button.cell")];
  const show_cell = (button) => {
    pressed(button, cells);
    const [of, row, column] = [button.dataset.of, +button.dataset.row, +button.dataset.column];
    const result = (clip) => (of === "float" ? clip.f : clip.q);
    const clips = data.clips.filter((clip) => clip.l === row && result(clip) === column);
    const what = row === column ? `${label(row)}, ${verb} ${label(row)}` : `${label(row)} ${verb} ${label(column)}`;
    list(heard, `${what} by ${of}: ${clips.length === 1 ? "1 clip" : `${clips.length} clips`}`, clips);
  };
  for (const cell of cells) cell.addEventListener("click", () => show_cell(cell));
  for (const button of document.querySelectorAll("[data-matrix]")) {
    button.addEventListener("click", () => {
      pressed(button, document.querySelectorAll("[data-matrix]"));
      for (const part of document.querySelectorAll("[data-part]")) part.hidden = part.dataset.part !== button.dataset.matrix;
    });
  }
  const worst = cells.filter((c) => c.classList.contains("wrong") && c.dataset.of === "int8");
  worst.sort((a, b) => +b.textContent - +a.textContent);
  if (worst[0]) show_cell(worst[0]);

  const differ = find("differ");
  if (differ) {
    const clips = data.clips.filter((clip) => clip.f !== null && clip.f !== clip.q);
    if (clips.length) list(differ, "where float and int8 differ", clips);
  }

  for (const button of document.querySelectorAll("[data-play]")) {
    button.innerHTML = PLAY;
    button.addEventListener("click", () => play(+button.dataset.play));
  }

  for (const place of document.querySelectorAll("[data-recording]")) {
    place.append(recording(+place.dataset.recording, place.dataset.name));
  }

  // The feature explorer.
  const explorer = find("explorer");
  if (explorer) {
    const size = 640, height = 440, margin = 16;
    const svg = drawn("svg", { viewBox: `0 0 ${size} ${height}`, tabindex: 0, role: "group", "aria-label": "the clips as the last layer sees them; arrow keys go from clip to clip" + (data.sound ? ", Enter plays" : "") });
    const tip = element("div", { class: "tip", hidden: "", role: "status" });
    const place = (clip) => [
      size / 2 + (clip.x / 1000) * (size / 2 - margin),
      height / 2 - (clip.y / 1000) * (height / 2 - margin),
    ];
    const radius = data.clips.length > 600 ? 3 : data.clips.length > 150 ? 4 : 5.5;
    // What is wrong lies on top.
    const order = [...data.clips].sort((a, b) => (a.l !== a.q) - (b.l !== b.q));
    let mode = "label", only = null, current = -1;
    const marks = order.map((clip) => {
      const [x, y] = place(clip), r = radius * 1.2;
      const mark = clip.l === clip.q
        ? drawn("circle", { cx: x, cy: y, r: radius })
        : drawn("path", { d: `M${x - r} ${y - r}h${2 * r}v${2 * r}h${-2 * r}z` });
      svg.append(mark);
      return mark;
    });
    const paint = () => {
      marks.forEach((mark, i) => {
        const clip = order[i];
        mark.style.fill = mode === "label" ? color(clip.l) : clip.l === clip.q ? "var(--good)" : "var(--bad)";
        mark.style.opacity = only === null || clip.l === only ? 0.9 : 0.08;
      });
    };
    const show = (index) => {
      marks[current]?.classList.remove("on");
      current = index;
      tip.hidden = index < 0;
      if (index < 0) return;
      const clip = order[index], [x, y] = place(clip);
      marks[index].classList.add("on");
      tip.replaceChildren(element("strong", {}, said(clip)), element("br"), clip.n, clip.m === null || !data.sound ? "" : " · click to play");
      const width = svg.getBoundingClientRect().width, scale = width / size;
      tip.style.left = `${Math.max(0, Math.min(x * scale + 10, width - 245))}px`;
      tip.style.top = `${y * scale + 12}px`;
    };
    const nearest = (event) => {
      const box = svg.getBoundingClientRect(), scale = size / box.width;
      const [px, py] = [(event.clientX - box.left) * scale, (event.clientY - box.top) * scale];
      let best = -1, least = 24 * 24;
      order.forEach((clip, i) => {
        if (only !== null && clip.l !== only) return;
        const [x, y] = place(clip), d = (x - px) ** 2 + (y - py) ** 2;
        if (d <= least) [best, least] = [i, d];
      });
      return best;
    };
    svg.addEventListener("pointermove", (event) => show(nearest(event)));
    svg.addEventListener("pointerleave", () => show(-1));
    svg.addEventListener("click", (event) => {
      const i = nearest(event);
      show(i);
      if (i >= 0) play(order[i].m);
    });
    svg.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
      if (step) {
        let i = current;
        for (let n = 0; n < order.length; n++) {
          i = (i + step + order.length) % order.length;
          if (only === null || order[i].l === only) break;
        }
        show(i);
        event.preventDefault();
      } else if (event.key === "Enter" && current >= 0) play(order[current].m);
      else if (event.key === "Escape") show(-1);
    });
    const key = find("explorer-key");
    const labels = data.labels.map((name, i) => {
      const button = element("button", { type: "button", "aria-pressed": "false" });
      button.append(element("i", { style: `background:${color(i)}` }), name);
      button.addEventListener("click", () => {
        only = only === i ? null : i;
        labels.forEach((b, j) => b.setAttribute("aria-pressed", String(only === j)));
        paint();
      });
      return button;
    });
    key.append(...labels);
    for (const button of document.querySelectorAll("[data-mode]")) {
      button.addEventListener("click", () => {
        mode = button.dataset.mode;
        pressed(button, document.querySelectorAll("[data-mode]"));
        paint();
      });
    }
    paint();
    explorer.append(svg, tip);
  }

  // ROC curves: all labels, one of them in front.
  const roc = find("roc");
  if (roc) {
    const size = 320, m = [34, 8, 8, 30], w = size - m[0] - m[1], h = size - m[2] - m[3];
    const svg = drawn("svg", { viewBox: `0 0 ${size} ${size}`, role: "img", "aria-label": "ROC curves; the table beside has the areas under them" });
    const x = (v) => m[0] + v * w, y = (v) => m[2] + (1 - v) * h;
    svg.append(drawn("path", { class: "axis", d: `M${x(0)} ${y(1)}V${y(0)}H${x(1)}` }));
    svg.append(drawn("path", { class: "axis", d: `M${x(0)} ${y(0)}L${x(1)} ${y(1)}`, "stroke-dasharray": "3 4" }));
    for (const v of [0, 0.5, 1]) {
      svg.append(drawn("text", { class: "tick", x: x(v), y: size - 14, "text-anchor": v === 1 ? "end" : "middle" }, `${v * 100} %`));
      svg.append(drawn("text", { class: "tick", x: m[0] - 4, y: y(v) + 4, "text-anchor": "end" }, `${v * 100}`));
    }
    svg.append(drawn("text", { class: "tick", x: x(0.5), y: size - 2, "text-anchor": "middle" }, "false positives"));
    const lines = data.roc.map(([, points], i) => {
      const d = points.map(([a, b], n) => `${n ? "L" : "M"}${x(a).toFixed(1)} ${y(b).toFixed(1)}`).join("");
      const line = drawn("path", { d, fill: "none", "stroke-width": 1.8 });
      line.style.stroke = color(i);
      svg.append(line);
      return line;
    });
    roc.append(svg);
    const key = find("roc-key");
    let only = null;
    const buttons = data.roc.map(([auc], i) => {
      const button = element("button", { type: "button", "aria-pressed": "false" });
      button.append(element("i", { style: `background:${color(i)}` }), `${label(i)} ${auc === null ? "–" : auc.toFixed(3)}`);
      button.addEventListener("click", () => {
        only = only === i ? null : i;
        buttons.forEach((b, j) => b.setAttribute("aria-pressed", String(only === j)));
        lines.forEach((line, j) => {
          line.style.opacity = only === null || only === j ? 1 : 0.1;
          line.setAttribute("stroke-width", only === j ? 3 : 1.8);
        });
      });
      return button;
    });
    key.append(...buttons);
  }
  document.documentElement.dataset.ready = "true";
})();
