// Draws the index over a period from the table beside it: above the index as it grew against its levels, below the values
// day by day with gaps and revisions. Nothing is in the picture that is not in the table.

const lang = document.documentElement.lang;
const number = new Intl.NumberFormat(lang, { maximumFractionDigits: 3 });
const dayMonth = new Intl.DateTimeFormat(lang, { month: "short", day: "numeric", timeZone: "UTC" });
const COLOURS = ["ink", "muted", "line", "bar", "bar-hit", "grown", "strike", "exit", "band", "gap", "old", "accent", "surface"];

/** Colours as they are now, light or dark. */
function colours() {
    const probe = document.createElement("span");
    probe.hidden = true;
    document.body.append(probe);
    const found = {};
    for (const name of COLOURS) {
        probe.style.color = `var(--${name})`;
        found[name] = getComputedStyle(probe).color;
    }
    probe.remove();
    return found;
}

const value = (text) => (text === "" || text === undefined ? null : Number(text));

/** What the table says. */
function read(figure) {
    const rows = [...figure.querySelectorAll("table.values:not(.events) tbody tr")].map((row) => ({
        at: Number(row.dataset.at),
        ends: Number(row.dataset.ends),
        low: value(row.dataset.low),
        high: value(row.dataset.high),
        grown: value(row.dataset.grown),
        old: value(row.dataset.old),
        gap: row.dataset.gap,
        day: row.querySelector("time").dateTime,
        cells: [...row.cells].map((cell) => cell.textContent.trim()),
    }));
    const dots = [...figure.querySelectorAll("table.events tbody tr")].map((row) => ({
        at: Number(row.dataset.at),
        value: Number(row.dataset.value),
        name: row.dataset.name,
        cells: [...row.cells].map((cell) => cell.textContent.trim()),
    }));
    const levels = [...figure.querySelectorAll("[data-level]")].map((level) => ({
        at: Number(level.dataset.level),
        kind: level.dataset.kind,
        name: level.textContent.trim(),
    }));
    const { from, until, threshold } = figure.dataset;
    return { rows, dots, levels, from: Number(from), until: Number(until), threshold: value(threshold) };
}

/** Of a few events in a long period the time around them. */
function near(picture) {
    if (picture.rows.length > 0 || picture.dots.length === 0) {
        return picture;
    }
    const [first, last] = [picture.dots[0].at, picture.dots.at(-1).at];
    const pad = Math.max((last - first) / 2, 5 * 86400);
    return { ...picture, from: Math.max(picture.from, first - pad), until: Math.min(picture.until, last + pad) };
}

/** Levels that belong into the picture: of bands those that were passed, and the next one. */
function shownLevels(levels, values) {
    const most = Math.max(...values, -Infinity);
    const least = Math.min(...values, Infinity);
    const sorted = [...levels].sort((a, b) => a.at - b.at);
    const next = sorted.find((level) => level.at > most);
    const last = sorted.findLast((level) => level.at < least);
    return sorted.filter((level) => level.kind !== "band" || (level.at <= most && level.at >= least) || level === next || level === last);
}

function range(values, fromZero) {
    let low = Math.min(...values);
    let high = Math.max(...values);
    if (!Number.isFinite(low)) {
        return [0, 1];
    }
    const zero = fromZero && low >= 0;
    const pad = (high - (zero ? 0 : low) || Math.abs(high) || 1) * 0.08;
    low = zero ? 0 : low - pad;
    return [low, high + pad];
}

/** Some of the days for the axis, so many that their names have room. */
function ticks(picture, width) {
    const { rows, from, until } = picture;
    const most = Math.max(2, Math.floor(width / 92));
    if (rows.length > 0) {
        const each = Math.ceil(rows.length / most);
        return rows.filter((_, place) => place % each === 0).map((row) => ({ at: row.at, name: dayMonth.format(new Date(`${row.day}T00:00:00Z`)) }));
    }
    const step = Math.ceil((until - from) / 86400 / most) * 86400;
    const found = [];
    for (let at = from; at < until; at += step) {
        found.push({ at, name: dayMonth.format(new Date(at * 1000)) });
    }
    return found;
}

/** Text behind which the picture stays readable. */
function label(ctx, text, x, y, colour, paper, ratio, align = "left") {
    ctx.font = `${11.5 * ratio}px ${getComputedStyle(document.body).fontFamily}`;
    ctx.textBaseline = "bottom";
    ctx.textAlign = align;
    ctx.lineWidth = 4 * ratio;
    ctx.strokeStyle = paper;
    ctx.lineJoin = "round";
    ctx.strokeText(text, x, y);
    ctx.fillStyle = colour;
    ctx.fillText(text, x, y);
}

function drawGaps(u, rows, colour) {
    const { ctx } = u;
    const { top, height } = u.bbox;
    for (const row of rows.filter((row) => row.gap !== "")) {
        const left = u.valToPos(row.at, "x", true);
        const width = Math.max(u.valToPos(row.ends, "x", true) - left, 2 * devicePixelRatio);
        ctx.fillStyle = colour;
        ctx.globalAlpha = row.gap === "all" ? 0.9 : 0.5;
        ctx.fillRect(left, row.gap === "all" ? top : top + height * 0.9, width, row.gap === "all" ? height : height * 0.1);
        ctx.globalAlpha = 1;
    }
}

function drawLevels(u, levels, paint) {
    const { ctx } = u;
    const ratio = devicePixelRatio;
    const { left, width, top } = u.bbox;
    let free = Infinity;
    for (const level of [...levels].sort((a, b) => a.at - b.at)) {
        const y = Math.round(u.valToPos(level.at, "y", true));
        ctx.save();
        ctx.strokeStyle = paint[level.kind] ?? paint.band;
        ctx.lineWidth = (level.kind === "band" ? 1 : 2) * ratio;
        ctx.setLineDash(level.kind === "exit" ? [3 * ratio, 3 * ratio] : [7 * ratio, 4 * ratio]);
        ctx.beginPath();
        // A line of an odd width is sharp between two points.
        const sharp = y + (ctx.lineWidth % 2) / 2;
        ctx.moveTo(left, sharp);
        ctx.lineTo(left + width, sharp);
        ctx.stroke();
        ctx.setLineDash([]);
        if (free - y > 13 * ratio && y - 14 * ratio > top - 4 * ratio) {
            label(ctx, level.name, left + 6 * ratio, y - 2 * ratio, paint[level.kind] ?? paint.band, paint.surface, ratio);
            free = y;
        }
        ctx.restore();
    }
}

function drawBars(u, picture, paint, base) {
    const { ctx } = u;
    const ratio = devicePixelRatio;
    const floor = u.valToPos(base, "y", true);
    const within = (row) => {
        const left = u.valToPos(row.at, "x", true);
        const right = u.valToPos(row.ends, "x", true);
        const room = right - left > 4 * ratio ? ratio : 0;
        return [left + room / 2, Math.max(right - left - room, ratio)];
    };
    const { threshold, sign } = picture;
    const counts = (row) => threshold !== null && (sign.startsWith("<") || sign.startsWith("≤") ? row.low <= threshold : row.high >= threshold);
    for (const row of picture.rows.filter((row) => row.high !== null)) {
        const [left, width] = within(row);
        const high = u.valToPos(row.high, "y", true);
        const low = row.low === row.high ? floor : u.valToPos(row.low, "y", true);
        ctx.fillStyle = counts(row) ? paint["bar-hit"] : paint.bar;
        const [above, below] = [Math.min(high, low), Math.max(high, low)];
        ctx.fillRect(left, above, width, Math.max(below - above, 1.5 * ratio));
    }
    for (const row of picture.rows.filter((row) => row.old !== null)) {
        const [left, width] = within(row);
        const middle = left + width / 2;
        const old = u.valToPos(row.old, "y", true);
        ctx.strokeStyle = paint.old;
        ctx.lineWidth = 1.8 * ratio;
        ctx.beginPath();
        ctx.arc(middle, old, 4 * ratio, 0, 2 * Math.PI);
        if (row.high !== null) {
            const now = u.valToPos(row.high, "y", true);
            if (Math.abs(now - old) > 4 * ratio) {
                ctx.moveTo(middle, old + Math.sign(now - old) * 4 * ratio);
                ctx.lineTo(middle, now);
            }
        }
        ctx.stroke();
    }
    if (threshold !== null) {
        const y = u.valToPos(threshold, "y", true);
        ctx.save();
        ctx.strokeStyle = paint.muted;
        ctx.lineWidth = ratio;
        ctx.setLineDash([3 * ratio, 3 * ratio]);
        ctx.beginPath();
        ctx.moveTo(u.bbox.left, y);
        ctx.lineTo(u.bbox.left + u.bbox.width, y);
        ctx.stroke();
        ctx.restore();
    }
}

function drawDots(u, dots, paint) {
    const { ctx } = u;
    const ratio = devicePixelRatio;
    let name = null;
    for (const dot of dots) {
        const next = dots[dots.indexOf(dot) + 1];
        if (next?.name === dot.name) {
            ctx.strokeStyle = paint.accent;
            ctx.lineWidth = 1.2 * ratio;
            ctx.beginPath();
            ctx.moveTo(u.valToPos(dot.at, "x", true), u.valToPos(dot.value, "y", true));
            ctx.lineTo(u.valToPos(next.at, "x", true), u.valToPos(next.value, "y", true));
            ctx.stroke();
        }
        const [x, y] = [u.valToPos(dot.at, "x", true), u.valToPos(dot.value, "y", true)];
        ctx.fillStyle = paint.accent;
        ctx.globalAlpha = 0.75;
        ctx.beginPath();
        ctx.arc(x, y, 3.2 * ratio, 0, 2 * Math.PI);
        ctx.fill();
        ctx.globalAlpha = 1;
        if (dot.name !== name) {
            const most = dots.filter((other) => other.name === dot.name).reduce((a, b) => (b.value > a.value ? b : a));
            const top = u.valToPos(most.value, "y", true) - 8 * ratio;
            const right = x > u.bbox.left + u.bbox.width * 0.7;
            label(ctx, dot.name, x, Math.max(top, u.bbox.top + 14 * ratio), paint.ink, paint.surface, ratio, right ? "right" : "left");
            name = dot.name;
        }
    }
}

/** One panel. */
function panel(place, picture, { width, height, paint, xs, ys, bounds, line, hooks, names, key }) {
    const axis = { stroke: paint.muted, grid: { stroke: paint.line, width: 1 }, ticks: { show: false }, font: `12px ${getComputedStyle(document.body).fontFamily}` };
    const marks = ticks(picture, width);
    return new uPlot({
        width,
        height,
        pxAlign: 1,
        padding: [10, 8, 0, 0],
        legend: { show: false },
        cursor: { y: false, drag: { x: false, y: false }, sync: { key }, points: { show: line } },
        select: { show: false },
        scales: { x: { time: false, range: [picture.from, picture.until] }, y: { range: bounds } },
        axes: [
            { ...axis, show: true, splits: () => marks.map((mark) => mark.at), values: () => marks.map((mark) => (names ? mark.name : "")), size: names ? 28 : 6, grid: { show: false } },
            { ...axis, size: 58, space: 34, values: (_, splits) => splits.map((split) => number.format(split)) },
        ],
        series: [{}, { stroke: paint.grown, width: line ? 2 : 0, spanGaps: true, points: { show: false }, paths: line ? uPlot.paths.stepped({ align: 1 }) : () => null }],
        hooks,
    }, [xs, ys], place);
}

function tip(place, picture) {
    const box = document.createElement("div");
    box.className = "tip";
    box.hidden = true;
    place.append(box);
    return (u) => {
        const { idx, left } = u.cursor;
        const of = picture.rows.length > 0 ? picture.rows : picture.dots;
        const found = idx === null || idx === undefined || left < 0 ? undefined : of[idx];
        box.hidden = found === undefined;
        if (found === undefined) {
            return;
        }
        box.replaceChildren(...found.cells.filter((cell) => cell !== "").map((cell, place) => {
            const line = document.createElement("div");
            const name = place > 0 && picture.rows.length > 0 ? picture.names[found.cells.indexOf(cell)] : "";
            line.textContent = name ? `${name}: ${cell}` : cell;
            return line;
        }));
        const room = place.clientWidth - box.offsetWidth - 8;
        box.style.left = `${Math.max(0, Math.min(left + 70, room))}px`;
        box.style.top = "0.4rem";
    };
}

let count = 0;

function draw(figure) {
    const place = figure.querySelector(".plot");
    const picture = near(read(figure));
    picture.sign = figure.querySelector(".k-bar")?.textContent.match(/[<>≤≥]/)?.[0] ?? ">";
    picture.names = [...figure.querySelectorAll("table.values:not(.events) thead th")].map((head) => head.textContent);
    place.replaceChildren();
    place.hidden = false;
    const width = place.clientWidth;
    const small = width < 560;
    const paint = colours();
    const key = `chart-${(count += 1)}`;
    const grown = picture.rows.some((row) => row.grown !== null);
    const bars = picture.rows.some((row) => row.high !== null) || picture.rows.some((row) => row.gap !== "");
    const middle = picture.rows.map((row) => (row.at + row.ends) / 2);
    const show = tip(place, picture);
    const plots = [];
    if (grown || picture.dots.length > 0 || (!bars && picture.levels.length > 0)) {
        const values = grown ? picture.rows.map((row) => row.grown).filter((one) => one !== null) : picture.dots.map((dot) => dot.value);
        const levels = shownLevels(picture.levels, values);
        const all = [...values, ...levels.map((level) => level.at)];
        const dotted = picture.dots.length > 0 && !grown;
        plots.push(panel(place, picture, {
            width, height: small ? 220 : 270, paint, key, names: !bars,
            xs: dotted ? picture.dots.map((dot) => dot.at) : middle,
            ys: dotted ? picture.dots.map((dot) => dot.value) : picture.rows.map((row) => row.grown),
            bounds: range(all, Math.min(...all) < Math.max(...all) * 0.4),
            line: !dotted,
            hooks: {
                drawClear: [(u) => drawGaps(u, picture.rows, paint.gap)],
                draw: [(u) => drawLevels(u, levels, paint), (u) => dotted && drawDots(u, picture.dots, paint)],
                setCursor: [show],
            },
        }));
    }
    if (bars) {
        const values = picture.rows.flatMap((row) => [row.low, row.high, row.old]).filter((one) => one !== null);
        const all = picture.threshold === null ? values : [...values, picture.threshold];
        const bounds = range(all, Math.min(...all) < Math.max(...all) * 0.3);
        const base = bounds[0] < 0 && bounds[1] > 0 ? 0 : bounds[0];
        plots.push(panel(place, picture, {
            width, height: small ? 140 : 165, paint, key, names: true,
            xs: middle, ys: picture.rows.map((row) => row.high),
            bounds, line: false,
            hooks: {
                drawClear: [(u) => drawGaps(u, picture.rows, paint.gap)],
                draw: [(u) => drawBars(u, picture, paint, base)],
                setCursor: [show],
            },
        }));
    }
    place.dataset.drawn = String(plots.length);
    return () => plots.forEach((plot) => plot.destroy());
}

const charts = [...document.querySelectorAll("[data-chart]")].map((figure) => ({ figure, end: null, width: 0 }));

function drawAll() {
    for (const chart of charts) {
        chart.end?.();
        chart.end = draw(chart.figure);
        chart.width = chart.figure.querySelector(".plot").clientWidth;
    }
}

drawAll();
new ResizeObserver(() => {
    if (charts.some((chart) => chart.figure.querySelector(".plot").clientWidth !== chart.width)) {
        drawAll();
    }
}).observe(document.body);
document.addEventListener("themechange", drawAll);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAll);

// Paper is white.
let chosen;
addEventListener("beforeprint", () => {
    chosen = document.documentElement.dataset.theme;
    document.documentElement.dataset.theme = "light";
    drawAll();
});
addEventListener("afterprint", () => {
    if (chosen === undefined) {
        delete document.documentElement.dataset.theme;
    } else {
        document.documentElement.dataset.theme = chosen;
    }
    drawAll();
});
