"use strict";
// The threshold explorer: decides anew on a sample of the documents, in the page.
// The first half knows no page, so that a test can run it beside the real rules.
(() => {
  const NONE = 255, KEPT = -1, OFF = -1;

  const bytesOf = (text) => Uint8Array.from(atob(text), (char) => char.charCodeAt(0));

  function decode(table) {
    const numRows = bytesOf(table.fixed).length;
    const thresholds = [];
    table.rules.forEach((rule, index) => {
      if (rule.kind === "threshold") thresholds.push({ ...rule, index });
    });
    const places = bytesOf(table.places);
    return {
      numSampled: table.num_sampled,
      rules: table.rules,
      thresholds,
      firstLast: table.rules.findIndex((rule) => rule.kind === "last"),
      source: new Uint16Array(bytesOf(table.source).buffer),
      numBytes: new Uint32Array(bytesOf(table.num_bytes).buffer),
      fixed: bytesOf(table.fixed),
      last: bytesOf(table.last),
      places: thresholds.map((_, t) => places.subarray(t * numRows, (t + 1) * numRows)),
      clusters: table.clusters,
    };
  }

  const positionOf = (rule, bound) =>
    rule[bound] === null ? OFF : rule.positions.indexOf(rule[bound]);

  const presentBounds = (data) =>
    data.thresholds.map((rule) => [positionOf(rule, "at_least"), positionOf(rule, "at_most")]);

  // The rule that drops each sampled document, or KEPT; a bound is a position or OFF.
  function decide(data, bounds) {
    const verdicts = new Int16Array(data.fixed.length).fill(KEPT);
    for (let row = 0; row < verdicts.length; row++) {
      verdicts[row] = data.fixed[row] === NONE ? firstThreshold(data, bounds, row) : data.fixed[row];
    }
    data.clusters.forEach((cluster) => dropCopies(data, verdicts, cluster));
    const sampled = verdicts.subarray(0, data.numSampled);
    sampled.forEach((verdict, row) => {
      if (verdict === KEPT && data.last[row] !== NONE) sampled[row] = data.firstLast + data.last[row];
    });
    return sampled;
  }

  function firstThreshold(data, bounds, row) {
    for (let t = 0; t < bounds.length; t++) {
      const place = data.places[t][row];
      const [low, high] = bounds[t];
      if (place === NONE) continue;
      if ((low !== OFF && place < 2 * low + 1) || (high !== OFF && place > 2 * high + 1)) {
        return data.thresholds[t].index;
      }
    }
    return KEPT;
  }

  function dropCopies(data, verdicts, { rows, twins, beyond }) {
    const [exact, near] = [data.firstLast, data.firstLast + 1];
    let best = null;
    rows.forEach((row, k) => {
      if (verdicts[row] !== KEPT) return;
      if (best !== null) verdicts[row] = twins[k] === best ? exact : near;
      else if (beyond[k]) verdicts[row] = near;
      else best = twins[k];
    });
  }

  // What is kept: the known amount of now, and what the sample says that changes.
  function estimate(data, before, after, total, weight, isIn) {
    let num = 0, sum = 0, squares = 0;
    for (let row = 0; row < data.numSampled; row++) {
      if (!isIn(row)) continue;
      const change = ((after[row] === KEPT) - (before[row] === KEPT)) * weight(row);
      num += 1;
      sum += change;
      squares += change * change;
    }
    if (!num) return { amount: total.kept, margin: null };
    const amount = total.kept + (total.documents * sum) / num;
    const clipped = Math.min(Math.max(amount, 0), total.whole);
    const unseen = Math.max(1 - num / total.documents, 0);
    const variance = num > 1 ? (squares - (sum * sum) / num) / (num - 1) : 0;
    const margin = 1.96 * total.documents * Math.sqrt((unseen * variance) / num);
    // Of what none of n sampled documents does, up to 3 in n may do it all the same.
    return { amount: clipped, margin: Math.max(margin, (3 * unseen * total.whole) / num) };
  }

  function countDrops(data, before, after, rule, now, numDocuments) {
    let change = 0;
    for (let row = 0; row < data.numSampled; row++) {
      change += (after[row] === rule) - (before[row] === rule);
    }
    return Math.max(now + (change * numDocuments) / data.numSampled, 0);
  }

  const WORDS_OF_YAML = /^(y|n|yes|no|on|off|true|false|null|none)$/i;
  const yamlWord = (word) =>
    /^[A-Za-z][\w-]*$/.test(word) && !WORDS_OF_YAML.test(word) ? word : JSON.stringify(word);
  function yamlNumber(value) {
    const text = String(value);
    return text.includes("e-") ? value.toFixed(12).replace(/0+$/, "") : text;
  }

  function yamlLine(rule, [low, high], out) {
    if (low === OFF && high === OFF) return `# - ${rule.rule}: ${out}`;
    const parts = [`name: ${yamlWord(rule.rule)}`, `signal: ${yamlWord(rule.signal)}`];
    if (low !== OFF) parts.push(`at_least: ${yamlNumber(rule.positions[low])}`);
    if (high !== OFF) parts.push(`at_most: ${yamlNumber(rule.positions[high])}`);
    for (const key of ["languages", "sources"]) {
      if (rule[key]) parts.push(`${key}: [${rule[key].map(yamlWord).join(", ")}]`);
    }
    return `- {${parts.join(", ")}}`;
  }

  globalThis.taojinExplorer = { decode, presentBounds, decide, estimate, yamlLine, KEPT };
  if (typeof document === "undefined") return;

  // From here on: the page.
  const root = document.getElementById("threshold-explorer");
  if (!root) return;
  const { table, now, say } = JSON.parse(document.getElementById("explorer-data").textContent);
  const data = decode(table);
  const start = presentBounds(data);
  const before = decide(data, start);
  const bounds = start.map((pair) => [...pair]);
  const sliders = [...root.querySelectorAll("input[type=range]")];

  const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
  const count = (value) => Math.round(value).toLocaleString(say.language);
  const percent = (share) => (Number.isFinite(share) ? `${(100 * share).toFixed(1)}%` : "–");
  const size = (value) => {
    const power = value < 1000 ? 0 : Math.min(Math.floor(Math.log10(value) / 3), 5);
    return `${(value / 1000 ** power).toPrecision(3)} ${["B", "kB", "MB", "GB", "TB", "PB"][power]}`;
  };
  const set = (parent, name, text) => {
    parent.querySelector(`[data-show=${name}]`).textContent = text;
  };
  const points = (share) => (100 * Math.min(share, 1)).toFixed(1);
  const margin = (found, whole) =>
    found.margin ? fill(say.margin, { points: points(found.margin / whole) }) : "";
  const isWhole = data.numSampled >= now.num_documents;
  const about = (amount, moved) => (moved && !isWhole ? fill(say.about, { amount }) : amount);

  // A slider for "at least" has its off position at the left, one for "at most" at the right.
  const positionAt = (slider) => {
    const value = Number(slider.value);
    if (slider.dataset.bound === "low") return value - 1;
    return value === Number(slider.max) ? OFF : value;
  };
  const valueAt = (slider, position) => {
    if (position !== OFF) return position + (slider.dataset.bound === "low" ? 1 : 0);
    return slider.dataset.bound === "low" ? 0 : Number(slider.max);
  };
  const bars = (parent, was, is) => {
    parent.querySelector(".was").style.width = `${100 * was}%`;
    parent.querySelector(".is").style.width = `${100 * is}%`;
  };

  function showTotals(after, moved) {
    for (const [name, key, whole, weight, words] of [
      ["documents", "num_kept", "num_documents", () => 1, count],
      ["bytes", "num_bytes_kept", "num_bytes", (row) => data.numBytes[row], size],
    ]) {
      const total = { documents: now.num_documents, whole: now[whole], kept: now[key] };
      const found = moved
        ? estimate(data, before, after, total, weight, () => true)
        : { amount: now[key], margin: 0 };
      const card = root.querySelector(`[data-total=${name}]`);
      set(card, "share", percent(found.amount / now[whole]));
      set(card, "amount", fill(moved ? say.instead : say.as_now, {
        amount: about(words(found.amount), moved), now: percent(now[key] / now[whole]), margin: margin(found, now[whole]),
      }));
      bars(card, now[key] / now[whole], found.amount / now[whole]);
    }
  }

  function showRules(after, moved) {
    const drops = data.rules.map((rule, index) =>
      moved ? countDrops(data, before, after, index, now.dropped[index], now.num_documents) : now.dropped[index]);
    const largest = Math.max(...drops, ...now.dropped, 1);
    root.querySelectorAll("[data-rule]").forEach((row) => {
      const index = Number(row.dataset.rule);
      const changed = Math.round(drops[index]) !== now.dropped[index];
      set(row, "drops", about(count(drops[index]), changed));
      bars(row, now.dropped[index] / largest, drops[index] / largest);
      row.classList.toggle("changed", changed);
    });
    sliders.forEach((slider) => {
      const t = Number(slider.dataset.threshold), side = slider.dataset.bound === "low" ? 0 : 1;
      const position = bounds[t][side], words = position === OFF ? say.off : String(data.thresholds[t].positions[position]);
      slider.parentElement.querySelector("output").textContent = words;
      slider.setAttribute("aria-valuetext", words);
      slider.classList.toggle("moved", position !== start[t][side]);
    });
  }

  function showSources(after, moved) {
    root.querySelectorAll("[data-source]").forEach((row) => {
      const source = now.sources[Number(row.dataset.source)];
      const code = table.sources.indexOf(source.source);
      const total = { documents: source.num_documents, whole: source.num_documents, kept: source.num_kept };
      const found = moved
        ? estimate(data, before, after, total, () => 1, (r) => data.source[r] === code)
        : { amount: source.num_kept, margin: 0 };
      const unknown = found.margin === null;
      set(row, "then", unknown ? "–" : percent(found.amount / source.num_documents));
      set(row, "margin", unknown ? say.not_sampled : margin(found, source.num_documents));
      bars(row, source.num_kept / source.num_documents, found.amount / source.num_documents);
    });
  }

  function show() {
    const after = decide(data, bounds);
    const changed = data.thresholds.filter((_, t) => String(bounds[t]) !== String(start[t]));
    const moved = changed.length > 0;
    showTotals(after, moved);
    showRules(after, moved);
    showSources(after, moved);
    const lines = changed.map((rule) => yamlLine(rule, bounds[data.thresholds.indexOf(rule)], say.left_out));
    root.querySelector("[data-show=yaml]").textContent = lines.join("\n") || say.nothing_moved;
    root.querySelector("button").disabled = !moved;
  }

  sliders.forEach((slider) => {
    const t = Number(slider.dataset.threshold), side = slider.dataset.bound === "low" ? 0 : 1;
    slider.disabled = false;
    slider.value = valueAt(slider, bounds[t][side]);
    slider.addEventListener("input", () => {
      bounds[t][side] = positionAt(slider);
      show();
    });
  });
  root.querySelector("button").addEventListener("click", () => {
    sliders.forEach((slider) => {
      const t = Number(slider.dataset.threshold), side = slider.dataset.bound === "low" ? 0 : 1;
      bounds[t][side] = start[t][side];
      slider.value = valueAt(slider, start[t][side]);
    });
    show();
  });
  show();
})();
