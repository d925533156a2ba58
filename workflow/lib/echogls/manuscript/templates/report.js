// Chooses, sorts, filters and plays what the page holds already; it computes no number.
"use strict";
(() => {
  document.documentElement.classList.add("js");
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const each = (within, what, act) => within.querySelectorAll(what).forEach(act);
  const players = new Map();

  // One patient: images and cursor under one time.
  function player(section) {
    const find = (what) => section.querySelector(what);
    const views = [...section.querySelectorAll(".view")].map((box) => {
      const data = JSON.parse(box.querySelector("script").textContent);
      return { data, box, picture: box.querySelector(".picture"), plot: box.querySelector(".strain") };
    });
    if (!views.length) return { stop() {}, start() {}, show() {} };
    const longest = views.reduce((a, b) => (b.data.times.length > a.data.times.length ? b : a));
    const times = longest.data.times, last = times.length - 1;
    const slider = find("[type=range]"), button = find(".play"), speed = find(".speed"), now = find(".now");
    let at = 0, playing = false, timer = 0;
    const path = (points) => (points.length ? "M" + points.map((p) => p[0] + " " + p[1]).join("L") : "");
    const pairs = (flat) => (flat ? Array.from({ length: flat.length / 2 }, (_, k) => [flat[2 * k] / 10, flat[2 * k + 1] / 10]) : []);
    function draw(view, k) {
      const d = view.data, svg = view.picture, set = (what, points) => { const p = svg.querySelector(what); if (p) p.setAttribute("d", path(points)); };
      const use = svg.querySelector("use");
      use.setAttribute("x", -(k % d.columns) * d.width);
      use.setAttribute("y", -Math.floor(k / d.columns) * d.height);
      set(".inner", pairs(d.inner[k]));
      set(".outer", pairs(d.outer[k]));
      set(".true", pairs(d.true_line && d.true_line[k]));
      const line = pairs(d.line && d.line[k]), away = d.outside ? d.outside[k] : "", walls = svg.querySelectorAll(".wall");
      for (let s = 0; s < 6; s++) {
        const solid = [], dashed = [];
        for (let j = 6 * s; line.length && j < 6 * s + 6; j++)
          (away[j] === "1" || away[j + 1] === "1" ? dashed : solid).push(path([line[j], line[j + 1]]));
        walls[2 * s].setAttribute("d", solid.join(""));
        walls[2 * s + 1].setAttribute("d", dashed.join(""));
      }
      const words = svg.querySelector("text");
      if (words) words.textContent = d.kind !== "sequence" ? ["ED", "ES"][k] : k === near(d, d.ed) ? "ED" : k === near(d, d.es) ? "ES" : "";
      if (view.plot) {
        const p = view.plot.dataset, x = +p.left + (Math.min(Math.max(d.times[k], p.start), p.end) - p.start) / (p.end - p.start) * (p.right - p.left);
        const cursor = view.plot.querySelector(".cursor");
        cursor.setAttribute("x1", x);
        cursor.setAttribute("x2", x);
      }
    }
    const near = (d, t) => (t == null ? -1 : d.times.reduce((best, v, k) => (Math.abs(v - t) < Math.abs(d.times[best] - t) ? k : best), 0));
    function show(k) {
      at = Math.min(Math.max(k, 0), last);
      slider.value = at;
      let caption = "";
      for (const view of views) {
        const d = view.data, end = d.times.at(-1) || 1;
        const k2 = view === longest ? at : near(d, times[at] % end);
        draw(view, k2);
        if (view === longest) {
          caption = "frame " + (d.frames[k2] + 1) + (d.kind === "sequence" ? ", " + d.times[k2].toFixed(2) + " s" : "") + (d.strain[k2] ? ", strain " + d.strain[k2] + " %" : "");
        }
      }
      now.textContent = caption;
      slider.setAttribute("aria-valuetext", caption);
    }
    function step() {
      clearTimeout(timer);
      if (!playing) return;
      show(at === last ? 0 : at + 1);
      const wait = at === last ? 0.05 : times[at + 1] - times[at];
      timer = setTimeout(step, 1000 * wait / +speed.value);
    }
    function start() { playing = true; button.textContent = "Pause"; step(); }
    function stop() { playing = false; clearTimeout(timer); button.textContent = "Play"; }
    slider.max = last;
    button.onclick = () => (playing ? stop() : start());
    slider.oninput = () => { stop(); show(+slider.value); };
    find(".lines").onchange = (event) => section.classList.toggle("bare", !event.target.checked);
    for (const view of views) {
      if (!view.plot) continue;
      const seek = (event) => {
        const p = view.plot.dataset, box = view.plot.getBoundingClientRect();
        const share = ((event.clientX - box.left) / box.width * p.width - p.left) / (p.right - p.left);
        stop();
        show(near(longest.data, +p.start + share * (p.end - p.start)));
      };
      view.plot.onpointerdown = seek;
      view.plot.onpointermove = (event) => { if (event.buttons) seek(event); };
    }
    show(Math.max(near(longest.data, longest.data.ed), 0));
    return { start, stop, show, ed: () => show(Math.max(near(longest.data, longest.data.ed), 0)) };
  }

  each(document, ".cohort", (cohort) => {
    const pairs = new Map(JSON.parse(cohort.querySelector(".pairs-data").textContent).map((p) => [p.key, p]));
    const menu = cohort.querySelector(".pair-menu"), body = cohort.querySelector(".people tbody");
    const rows = body ? [...body.rows] : [];
    let open = null, sorted = { column: null, down: false };

    function choose(key) {
      const pair = pairs.get(key);
      each(cohort, ".pair", (box) => box.classList.toggle("open", box.dataset.pair === key));
      for (const row of rows) {
        const cell = row.querySelector(".difference"), difference = pair.differences[row.dataset.patient];
        if (cell) { cell.textContent = difference ? difference[0] : "\u2014"; cell.dataset.sort = difference ? Math.abs(difference[1]) : ""; }
      }
      const head = cohort.querySelector(".pair-words");
      if (head) head.textContent = pair.words;
      if (sorted.column !== null) sort(sorted.column, sorted.down);
    }
    function sort(column, down) {
      sorted = { column, down };
      const value = (row) => { const s = row.cells[column].dataset.sort; return s === "" ? null : isNaN(+s) ? s : +s; };
      rows.sort((a, b) => {
        const x = value(a), y = value(b);
        if (x === null || y === null) return (x === null) - (y === null);
        return (typeof x === "string" || typeof y === "string" ? String(x).localeCompare(String(y), undefined, { numeric: true }) : x - y) * (down ? -1 : 1);
      });
      rows.forEach((row) => body.append(row));
      each(cohort, ".people thead th", (th, k) => th.setAttribute("aria-sort", k === column ? (down ? "descending" : "ascending") : "none"));
    }
    function show(patient, move) {
      const section = cohort.querySelector('.patient[data-patient="' + CSS.escape(patient) + '"]');
      if (!section) return false;
      if (open) players.get(open).stop();
      open = section;
      each(cohort, ".patient", (one) => one.classList.toggle("open", one === section));
      each(cohort, ".dot, .people tbody tr", (one) => one.classList.toggle("on", one.dataset.patient === patient));
      if (!players.has(section)) players.set(section, player(section));
      if (!still) players.get(section).start();
      if (move) { section.querySelector("h3").focus({ preventScroll: true }); section.scrollIntoView({ block: "start", behavior: still ? "auto" : "smooth" }); }
      return true;
    }
    function filter() {
      const words = cohort.querySelector(".search").value.trim().toLowerCase(), flag = cohort.querySelector(".flag-menu").value;
      for (const row of rows) {
        const flags = row.dataset.flags.split(" ").filter(Boolean);
        row.hidden = !row.textContent.toLowerCase().includes(words) || (flag === "*" ? !flags.length : flag && !flags.includes(flag));
      }
      cohort.querySelector(".shown").textContent = rows.filter((row) => !row.hidden).length + " of " + rows.length;
    }

    cohort.addEventListener("click", (event) => {
      const link = event.target.closest("a[data-patient]");
      if (link && show(link.dataset.patient, true)) event.preventDefault();
    });
    each(cohort, ".people thead button", (button, k) => (button.onclick = () => sort(k, sorted.column === k ? !sorted.down : button.dataset.first === "down")));
    each(cohort, "[data-open]", (button) => (button.onclick = () => {
      const wanted = button.dataset.open, pair = pairs.get(menu ? menu.value : "");
      if (wanted !== "flagged") return show(pair[wanted], true);
      const flagged = rows.filter((row) => row.dataset.flags && cohort.querySelector('.patient[data-patient="' + CSS.escape(row.dataset.patient) + '"]')).map((row) => row.dataset.patient);
      const at = open ? flagged.indexOf(open.dataset.patient) : -1;
      if (flagged.length) show(flagged[(at + 1) % flagged.length], true);
    }));
    if (menu) { menu.onchange = () => choose(menu.value); choose(menu.value); }
    if (cohort.querySelector(".search")) { cohort.querySelector(".search").oninput = filter; cohort.querySelector(".flag-menu").onchange = filter; filter(); }
    const difference = cohort.querySelector("th.difference-head");
    if (difference) sort(difference.cellIndex, true);
    if (cohort.dataset.opened) show(cohort.dataset.opened, false);
  });
  // A link to one patient, as report.html#simulated-sim08.
  function follow() {
    const section = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (section && section.matches(".patient")) section.closest(".cohort").querySelector('a[data-patient="' + CSS.escape(section.dataset.patient) + '"]').dispatchEvent(new MouseEvent("click", { bubbles: true, cancelable: true }));
  }
  addEventListener("hashchange", follow);
  follow();
  addEventListener("beforeprint", () => {
    each(document, ".patient.printed", (section) => {
      if (!players.has(section)) players.set(section, player(section));
      players.get(section).stop();
      if (players.get(section).ed) players.get(section).ed();
    });
    each(document, "details", (one) => { one.dataset.was = one.open ? "1" : ""; one.open = true; });
  });
  addEventListener("afterprint", () => each(document, "details", (one) => (one.open = one.dataset.was === "1")));
})();
