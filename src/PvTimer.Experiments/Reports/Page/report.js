"use strict";
// Draws the page's charts from the data that stands in it. A chart is data of PvTimer.Experiments.Reports.Chart.
(() => {
  const charts = JSON.parse(document.getElementById("charts").textContent);
  const drawn = new Map();

  const digits = (value) => {
    const size = Math.abs(value);
    if (size >= 100 || Number.isInteger(value)) return String(Math.round(value));
    return String(Number(value.toPrecision(3)));
  };
  const span = (ns) => {
    const size = Math.abs(ns);
    if (size < 1e3) return `${digits(ns)} ns`;
    if (size < 1e6) return `${digits(ns / 1e3)} us`;
    if (size < 1e9) return `${digits(ns / 1e6)} ms`;
    return `${digits(ns / 1e9)} s`;
  };
  const count = (value) => {
    const size = Math.abs(value);
    if (size >= 1e9) return `${digits(value / 1e9)} G`;
    if (size >= 1e6) return `${digits(value / 1e6)} M`;
    if (size >= 1e4) return `${digits(value / 1e3)} k`;
    return digits(value);
  };
  const share = (value) => `${digits(100 * value)} %`;
  const shown = { span, count, share };

  // Colours are those of the style sheet at this moment: light, dark or print.
  const palette = () => {
    const style = getComputedStyle(document.documentElement);
    const value = (name) => style.getPropertyValue(name).trim();
    return {
      ink: value("--ink"),
      dim: value("--dim"),
      line: value("--line"),
      card: value("--card"),
      series: value("--series").split(",").map((colour) => colour.trim()),
    };
  };

  const axis = (of, colours, isUpright, fromZero = true) => ({
    scale: !fromZero,
    type: of.isLogarithmic ? "log" : "value",
    name: of.name,
    nameLocation: "middle",
    nameGap: isUpright ? 56 : 30,
    nameTextStyle: { color: colours.dim },
    axisLabel: { color: colours.dim, hideOverlap: true, formatter: shown[of.unit] },
    axisLine: { show: true, lineStyle: { color: colours.line } },
    splitLine: { lineStyle: { color: colours.line } },
    max: of.unit === "share" && !of.isLogarithmic ? 1 : null,
  });

  const common = (colours) => ({
    animation: false,
    color: colours.series,
    textStyle: { color: colours.ink, fontFamily: "system-ui, sans-serif" },
    legend: { type: "scroll", top: 0, textStyle: { color: colours.ink } },
    tooltip: { confine: true, backgroundColor: colours.card, borderColor: colours.line, textStyle: { color: colours.ink } },
    grid: { left: 72, right: 24, top: 36, bottom: 52 },
  });

  const curves = (chart, colours) => {
    const tooltip = (params) => {
      const list = Array.isArray(params) ? params : [params];
      const head = `${chart.x.name}: ${shown[chart.x.unit](list[0].value[0])}`;
      return [head, ...list.map((p) => `${p.marker}${p.seriesName}: ${shown[chart.y.unit](p.value[1])}`)].join("<br>");
    };
    const base = common(colours);
    const arePoints = chart.curves.some((curve) => curve.style === "points");
    return {
      ...base,
      tooltip: { ...base.tooltip, trigger: arePoints ? "item" : "axis", formatter: tooltip },
      xAxis: axis(chart.x, colours, false, !arePoints),
      yAxis: axis(chart.y, colours, true, !arePoints),
      series: chart.curves.map((curve) => ({
        name: curve.name,
        type: curve.style === "points" ? "scatter" : "line",
        step: curve.style === "steps" ? "end" : false,
        showSymbol: curve.style === "line" && curve.points.length < 40,
        symbolSize: 7,
        color: curve.style === "reference" ? colours.dim : undefined,
        lineStyle: { width: 2, type: curve.style === "reference" ? "dashed" : "solid" },
        data: curve.points,
      })),
    };
  };

  const bars = (chart, colours) => {
    const base = common(colours);
    return {
      ...base,
      tooltip: { ...base.tooltip, trigger: "axis", axisPointer: { type: "shadow" }, valueFormatter: shown[chart.axis.unit] },
      grid: { ...base.grid, left: 8, containLabel: true },
      xAxis: axis(chart.axis, colours, false),
      yAxis: { type: "category", inverse: true, data: chart.bars, axisLabel: { color: colours.ink }, axisLine: { lineStyle: { color: colours.line } } },
      series: chart.parts.map((part) => ({ name: part.name, type: "bar", stack: "all", barMaxWidth: 26, data: part.lengths })),
    };
  };

  const heat = (chart, colours) => {
    const base = common(colours);
    const logs = chart.cells.map((cell) => Math.log10(cell[2]));
    return {
      ...base,
      legend: { show: false },
      tooltip: {
        ...base.tooltip,
        formatter: (p) => `${chart.rows[p.value[1]]}, ${chart.columns[p.value[0]]}<br>${shown[chart.unit](10 ** p.value[2])}`,
      },
      grid: { left: 8, right: 16, top: 8, bottom: 64, containLabel: true },
      xAxis: { type: "category", data: chart.columns, axisLabel: { color: colours.dim, hideOverlap: true } },
      yAxis: { type: "category", inverse: true, data: chart.rows, axisLabel: { color: colours.dim } },
      visualMap: {
        min: Math.min(...logs),
        max: Math.max(...logs),
        calculable: true,
        orient: "horizontal",
        left: "center",
        bottom: 0,
        textStyle: { color: colours.ink },
        formatter: (value) => shown[chart.unit](10 ** value),
        inRange: { color: ["#f3e79b", "#fac484", "#eb7f86", "#a059a0", "#4b2991"] },
      },
      series: [{ type: "heatmap", data: chart.cells.map((cell, i) => [cell[0], cell[1], logs[i]]) }],
    };
  };

  const optionOf = { curves, bars, heat };
  const heightOf = (chart) =>
    chart.kind === "bars" ? 110 + 34 * chart.bars.length : chart.kind === "heat" ? 120 + 20 * chart.rows.length : 360;

  const draw = () => {
    for (const place of document.querySelectorAll(".chart")) {
      const number = Number(place.dataset.chart);
      const chart = charts[number];
      place.style.height = `${heightOf(chart)}px`;
      drawn.get(number)?.dispose();
      const picture = echarts.init(place, null, { renderer: "svg" });
      picture.setOption(optionOf[chart.kind](chart, palette()));
      drawn.set(number, picture);
    }
  };

  const save = (number, type) => {
    const chart = charts[number];
    const place = document.createElement("div");
    const option = { ...optionOf[chart.kind](chart, palette()), backgroundColor: palette().card };
    const size = { width: 1200, height: Math.max(500, heightOf(chart)) };
    const picture = echarts.init(place, null, { renderer: type === "svg" ? "svg" : "canvas", ...size });
    picture.setOption({ ...option, title: { show: false } });
    const link = document.createElement("a");
    link.href = picture.getDataURL({ type, pixelRatio: 2 });
    link.download = `${chart.title.replaceAll(/[^a-z0-9]+/gi, "-").toLowerCase()}.${type}`;
    link.click();
    picture.dispose();
  };

  for (const place of document.querySelectorAll(".save")) {
    const number = Number(place.dataset.chart);
    for (const type of ["svg", "png"]) {
      const button = document.createElement("button");
      button.textContent = type.toUpperCase();
      button.setAttribute("aria-label", `Save ${charts[number].title} as ${type.toUpperCase()}`);
      button.addEventListener("click", () => save(number, type));
      place.append(button);
    }
  }

  draw();
  addEventListener("resize", () => drawn.forEach((picture) => picture.resize()));
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
  addEventListener("beforeprint", draw);
  addEventListener("afterprint", draw);
})();
