// <chart-tile>: the table inside it is the data. The picture drawn on the server gives way to a chart when it comes into
// view; arrow keys walk along the values and a polite live region reads them.

import { say } from "./page.js";

const calm = matchMedia("(prefers-reduced-motion: reduce)");
let library;
const charts = () => (library ??= import("../vendor/echarts.js"));

const inView = new IntersectionObserver((entries) => {
    for (const entry of entries) if (entry.isIntersecting) entry.target.draw();
}, { rootMargin: "120px" });

class ChartTile extends HTMLElement {
    connectedCallback() {
        this.plot = this.querySelector(".plot");
        this.rows = [...this.querySelectorAll("tbody tr")];
        this.heads = [...this.querySelectorAll("thead th")].slice(1);
        this.plot.tabIndex = 0;
        this.plot.setAttribute("role", "img");
        this.plot.setAttribute("aria-label", this.querySelector("figcaption").textContent);
        this.plot.addEventListener("keydown", (event) => this.walk(event));
        this.redraw = () => { this.chart?.dispose(); this.chart = null; this.draw(); };
        document.addEventListener("dialboard:looks", this.redraw);
        inView.observe(this);
    }

    disconnectedCallback() {
        inView.unobserve(this);
        document.removeEventListener("dialboard:looks", this.redraw);
        this.sizes?.disconnect();
        this.chart?.dispose();
        this.chart = null;
    }

    async draw() {
        if (this.drawing || this.chart || !this.rows.length) return;
        this.drawing = true;
        const { init } = await charts();
        this.drawing = false;
        if (!this.isConnected) return;
        const picture = this.plot.querySelector("svg")?.dataset;
        if (picture?.ticks) this.up = { ticks: picture.ticks.split(" ").map(Number), words: picture.words.split("|") };
        if (!this.up) return; // no value is known, and the picture says so
        this.plot.replaceChildren();
        this.chart = init(this.plot, null, { renderer: "svg" });
        this.chart.setOption(options(this));
        // The library writes its own label over ours when it starts.
        this.plot.setAttribute("role", "img");
        this.point(); // somebody walked along the picture before the chart was there
        this.sizes ??= new ResizeObserver(() => this.chart?.resize());
        this.sizes.observe(this.plot);
    }

    walk(event) {
        const last = this.rows.length - 1;
        const at = this.at ?? last + 1;
        const to = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: last }[event.key];
        if (to === undefined) {
            if (event.key === "Escape") this.chart?.dispatchAction({ type: "hideTip" });
            return;
        }
        event.preventDefault();
        this.at = Math.max(0, Math.min(last, to));
        this.point();
        say(this.words(this.at));
    }

    point() {
        if (this.at !== undefined) this.chart?.dispatchAction({ type: "showTip", seriesIndex: 0, dataIndex: this.at });
    }

    words(index) {
        const row = this.rows[index];
        const values = [...row.querySelectorAll("td")].map((cell, place) =>
            this.heads.length > 1 ? `${this.heads[place].textContent} ${cell.textContent}` : cell.textContent);
        return `${row.querySelector("th").textContent}: ${values.join(", ")}`;
    }

    columns() {
        return this.heads.map((head, place) => ({
            name: head.textContent,
            swatch: head.dataset.swatch,
            values: this.rows.map((row) => {
                const text = row.querySelectorAll("td")[place].dataset.value;
                return text === "" ? null : Number(text);
            }),
        }));
    }

    tip(index) {
        const box = document.createElement("div");
        box.className = "tip";
        const title = document.createElement("strong");
        title.textContent = this.rows[index].querySelector("th").textContent;
        box.append(title);
        this.rows[index].querySelectorAll("td").forEach((cell, place) => {
            const line = document.createElement("div");
            const swatch = document.createElement("i");
            swatch.className = `swatch s-${this.heads[place].dataset.swatch}`;
            const name = document.createElement("span");
            name.textContent = this.heads[place].textContent;
            const value = document.createElement("b");
            value.textContent = cell.textContent;
            line.append(swatch, name, value);
            box.append(line);
        });
        return box;
    }
}

function options(tile) {
    const colour = resolver(tile);
    const kind = tile.getAttribute("kind");
    const stacked = tile.hasAttribute("stacked");
    const labels = tile.rows.map((row) => short(row.dataset.at));
    const faint = { color: colour("--ink-3"), fontFamily: "Inter, sans-serif", fontSize: 11 };
    return {
        animation: !calm.matches,
        animationDuration: 260,
        aria: { enabled: false },
        grid: { left: 4, right: 8, top: 10, bottom: 6, containLabel: true },
        xAxis: {
            type: "category", data: labels,
            axisLine: { lineStyle: { color: colour("--line") } }, axisTick: { show: false },
            axisLabel: { ...faint, hideOverlap: true, margin: 10 },
            splitArea: { show: true, interval: 0, areaStyle: { color: missing(tile).map((gap) => gap ? colour("--gap") : "transparent") } },
        },
        yAxis: {
            type: "value", ...scale(tile.up.ticks),
            axisLabel: { ...faint, formatter: (value, index) => tile.up.words[index] },
            splitLine: { lineStyle: { color: colour("--line"), type: [3, 3] } },
        },
        tooltip: {
            trigger: "axis", confine: true, transitionDuration: calm.matches ? 0 : 0.12,
            backgroundColor: colour("--raised"), borderColor: colour("--line"), borderWidth: 1, padding: 0,
            extraCssText: "box-shadow: 0 8px 24px -10px rgb(0 0 0 / 0.35); border-radius: 9px;",
            axisPointer: { type: kind === "bar" ? "shadow" : "line", lineStyle: { color: colour("--line-strong") }, shadowStyle: { color: colour("--sunken"), opacity: 0.6 } },
            formatter: (points) => tile.tip(points[0].dataIndex),
        },
        series: tile.columns().map((column) => series(column, kind, stacked, colour)),
    };
}

function series(column, kind, stacked, colour) {
    const before = column.swatch === "0";
    const shade = colour(before ? "--series-before" : `--series-${column.swatch}`);
    const shared = { name: column.name, data: column.values, color: shade, stack: stacked ? "all" : undefined, emphasis: { disabled: true } };
    if (kind === "bar" && !before) return { ...shared, type: "bar", barMaxWidth: 22, barCategoryGap: "32%", itemStyle: { borderRadius: stacked ? 0 : [3, 3, 0, 0] } };
    return {
        ...shared, type: "line", symbol: "circle", ...dots(column.values),
        lineStyle: { width: before ? 1.5 : 2, color: shade, type: before ? [4, 4] : "solid" },
        areaStyle: kind === "area" && !before ? { color: shade, opacity: stacked ? 0.5 : 0.1 } : undefined,
        z: before ? 1 : 2,
    };
}

// A custom property may be a function such as light-dark(); only a drawn colour is sure to be one.
function resolver(tile) {
    const probe = document.createElement("i");
    tile.append(probe);
    const found = {};
    for (const name of ["--ink-3", "--line", "--line-strong", "--raised", "--sunken", "--gap", "--series-before", "--series-1", "--series-2", "--series-3", "--series-4", "--series-5", "--series-6"]) {
        probe.style.color = `var(${name})`;
        found[name] = getComputedStyle(probe).color;
    }
    probe.remove();
    return (name) => found[name];
}

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

function short(at) {
    const [, year, month, day, hour] = at.match(/^(\d+)-(\d+)-(\d+)(?:T(\d+:\d+))?/);
    return hour ?? `${Number(day)} ${MONTHS[month - 1]}`;
}

// The lines across of the picture that was drawn on the server.
function scale(ticks) {
    return { min: ticks[0], max: ticks.at(-1), interval: ticks[1] - ticks[0] };
}

// For each bucket whether nothing of it is held.
function missing(tile) {
    return tile.rows.map((row) => [...row.querySelectorAll("td")].every((cell) => cell.dataset.value === ""));
}

function dots(values) {
    if (!values.some((_, place) => isAlone(values, place))) return { symbolSize: 6, showSymbol: false };
    return { symbolSize: (_, { dataIndex }) => isAlone(values, dataIndex) ? 6 : 0, showSymbol: true, showAllSymbol: true };
}

// A value alone between two gaps has no line to stand on.
function isAlone(values, place) {
    return values[place] !== null && (values[place - 1] ?? null) === null && (values[place + 1] ?? null) === null;
}

customElements.define("chart-tile", ChartTile);
