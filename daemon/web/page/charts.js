// Pictures of punches by minute: a small one in a row (SVG), and large ones (uPlot).
import { svg } from './dom.js';
import { clock, now, zoneName } from './time.js';
import { number, t } from './words.js';
import uPlot from './vendor/uPlot.esm.js';

const day = 24 * 60;
const bin = 12; // minutes for one bar of a small chart
const bins = day / bin;

/** { hour, count } of [["07:31", 12], …] as numbers of minutes. */
export function minuteNumber(text) {
  const [hours, minutes] = text.split(':').map(Number);
  return hours * 60 + minutes;
}

/** A day as bars of 12 minutes, midnight to midnight. */
export function spark() {
  const bars = svg('path', { class: 'bars' });
  const until = svg('path', { class: 'until' });
  const picture = svg('svg', { class: 'spark', viewBox: `0 0 ${bins} 24`, preserveAspectRatio: 'none', 'aria-hidden': 'true', focusable: 'false' },
    svg('path', { class: 'axis', d: `M0 23.5H${bins}` }), until, bars);
  let drawn = '';
  return {
    element: picture,
    draw(minutes, nowMinute) {
      const shape = shapeOf(minutes);
      const line = `M0 23.5H${Math.max(0, nowMinute / bin).toFixed(1)}`;
      if (until.getAttribute('d') !== line) until.setAttribute('d', line);
      if (shape === drawn) return;
      drawn = shape;
      bars.setAttribute('d', shape);
    },
  };
}

function shapeOf(minutes) {
  const sums = new Array(bins).fill(0);
  for (const [at, count] of minutes ?? []) sums[Math.min(bins - 1, Math.floor(minuteNumber(at) / bin))] += count;
  const most = Math.max(1, ...sums);
  return sums.map((sum, i) => {
    if (sum === 0) return '';
    const height = Math.max(1.5, (sum / most) * 22);
    return `M${i + 0.1} 23V${(23 - height).toFixed(1)}h.8V23z`;
  }).join('');
}

const color = (name) => () => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const font = '12px system-ui, sans-serif';

function axes(xValues) {
  const grid = { stroke: color('--line'), width: 1 };
  return [
    { stroke: color('--quiet'), font, grid: { show: false }, ticks: { ...grid, size: 4 }, values: xValues, space: 56, size: 26 },
    { stroke: color('--quiet'), font, grid, ticks: { show: false }, size: 38, space: 28, incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000],
      values: (_, ticks) => ticks.map((tick) => number(tick)) },
  ];
}

/** Bars over time in a box that keeps its size; told() says it in a sentence for those who cannot see it. */
function barChart(box, height, options) {
  const width = () => Math.max(200, box.clientWidth);
  const chart = new uPlot({
    width: width(),
    height,
    cursor: { y: false, points: { show: false }, drag: { x: false, y: false } },
    legend: { show: false },
    padding: [8, 20, 0, 0],
    ...options,
    series: [{}, { stroke: color('--accent'), fill: color('--accent'), width: 0, paths: uPlot.paths.bars({ size: [0.75, 40], align: 1 }), points: { show: false } }],
  }, options.data, box);
  const fit = new ResizeObserver(() => {
    if (box.clientWidth > 0 && width() !== chart.width) chart.setSize({ width: width(), height });
  });
  fit.observe(box);
  const dark = matchMedia('(prefers-color-scheme: dark)');
  const repaint = () => chart.redraw(false);
  dark.addEventListener('change', repaint);
  addEventListener('themechange', repaint);
  return {
    chart,
    close() {
      fit.disconnect();
      dark.removeEventListener('change', repaint);
      removeEventListener('themechange', repaint);
      chart.destroy();
    },
  };
}

const wholeRange = (_, least, most) => [0, Math.max(4, Math.ceil((most ?? 0) * 1.1))];

/** The last hour, minute by minute. */
export function intakeChart(box) {
  const data = (counts) => {
    const last = Math.floor(now() / 60_000) * 60;
    return [counts.map((_, i) => last - 60 * (counts.length - 1 - i)), counts];
  };
  const drawn = barChart(box, 160, {
    data: data(new Array(60).fill(0)),
    tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), zoneName()),
    scales: { x: { time: true, range: (_, least, most) => [least, most + 60] }, y: { range: wholeRange } },
    axes: axes((_, ticks) => ticks.map((tick) => clock(tick * 1000))),
  });
  return {
    close: drawn.close,
    draw(counts) {
      if (counts.length === 0) return;
      drawn.chart.setData(data(counts));
      const sum = counts.reduce((all, one) => all + one, 0);
      box.setAttribute('aria-label', t('chart_hour', { n: number(sum), most: number(Math.max(...counts)) }));
    },
  };
}

const clockText = (minute) => `${String(Math.floor(minute / 60) % 24).padStart(2, '0')}:${String(Math.round(minute % 60)).padStart(2, '0')}`;

/** A day of a terminal, in steps of five minutes from the first hour with anything to the last. */
export function dayChart(box) {
  const step = 5;
  let range = [6 * 60, 18 * 60];
  const drawn = barChart(box, 190, {
    data: [[0], [0]],
    scales: { x: { time: false, range: () => range }, y: { range: wholeRange } },
    axes: axes((_, ticks) => ticks.map(clockText)).map((axis, i) => (i === 0 ? { ...axis, incrs: [30, 60, 120, 180, 240] } : axis)),
  });
  return {
    close: drawn.close,
    draw(minutes) {
      const sums = new Array(day / step).fill(0);
      for (const [at, count] of minutes) sums[Math.floor(minuteNumber(at) / step)] += count;
      const first = sums.findIndex((sum) => sum > 0);
      const last = sums.findLastIndex((sum) => sum > 0);
      range = [Math.min(6 * 60, first < 0 ? day : first * step), Math.max(18 * 60, (last + 1) * step)];
      drawn.chart.setData([sums.map((_, i) => i * step), sums]);
      const sum = sums.reduce((all, one) => all + one, 0);
      const most = sums.indexOf(Math.max(...sums)) * step;
      box.setAttribute('aria-label', sum === 0 ? t('chart_day_empty') : t('chart_day', { n: number(sum), at: clockText(most) }));
    },
  };
}
