// Keeps the page of a job up to date: the server rendered it as of an event, the socket goes on from there.

import { Grid } from "./grid.js";
import { JobSocket } from "./socket.js";
import { basisOf, counted, deadlineOf, formatNumber, money, nLines, sentence } from "./words.js";

const PACE_MS = 60_000;
const ANNOUNCE_MS = 20_000;
const RELOAD_PAUSE_MS = 30_000;
const SEGMENTS = ["confident", "disputed", "supply", "cancelled"];

const page = document.getElementById("job");
const byId = (id) => document.getElementById(id);
const currency = page.dataset.currency;
const nTasks = Number(page.dataset.tasks);
// The cells may be newer than the rest: what they know of already is not counted twice.
const shownSeq = Number(page.dataset.seq);
const gridSeq = Number(page.dataset.gridSeq);
const counters = JSON.parse(byId("counters").textContent);
const grid = new Grid(byId("grid"), byId("cell"));
const title = document.title;
const answerTimes = [];
let newLines = [];
let isDrawing = false;

const TILES = {
  answers: () => formatNumber(counter("answers")),
  mean: () => (nTasks ? (counter("answers") / nTasks).toFixed(2) : "-"),
  paid_micros: () => money(counter("paid_micros"), currency),
};

function counter(name) {
  return counters[name] ?? 0;
}

function takeEvent(message) {
  const { event, data } = message;
  if (message.seq > gridSeq) changeCells(event, data);
  if (message.seq <= shownSeq) return;
  for (const [name, delta] of Object.entries(message.deltas ?? {})) counters[name] = counter(name) + delta;
  changeState(event, data);
  changeOutlook(event, data);
  if (event === "answer_submitted") answerTimes.push(Date.now());
  newLines.push(message);
  if (newLines.length > nLines) newLines.shift();
  drawSoon();
}

function changeCells(event, data) {
  if (event === "answer_submitted" && data.counted) grid.addAnswer(data.task);
  if (event === "task_retired") grid.retire(data.task, data.reason, data.n_counted);
  if (event === "task_reopened") grid.reopen(data.task);
  if (event === "job_closed" && data.n_cancelled) grid.cancelOpen();
  if (event === "tasks_opened") reloadOnce(); // there are cells to show now
}

function changeState(event, data) {
  const ended = data.reason === "manual" ? "cancelled" : "completed";
  const state = { job_opened: "open", job_resumed: "open", job_paused: "paused", job_closed: ended }[event];
  if (state === undefined) return;
  const chip = page.querySelector(".chip");
  chip.className = `chip chip-${state}`;
  chip.textContent = state;
  announce(`The job is ${state}.`);
}

function changeOutlook(event, data) {
  const outlook = byId("outlook");
  if (event === "job_closed") outlook.hidden = true;
  if (event === "deadline_at_risk" || event === "deadline_safe") setText(byId("deadline"), deadlineOf(data.state));
  if (event !== "forecast_made") return;
  for (const time of outlook.querySelectorAll("time")) time.dateTime = data[`${time.dataset.at}_at`];
  setText(byId("basis"), basisOf(data.basis));
  outlook.hidden = false;
  showLocalDates();
}

function drawSoon() {
  if (isDrawing) return;
  isDrawing = true;
  requestAnimationFrame(() => {
    isDrawing = false;
    draw();
  });
}

function draw() {
  for (const tile of page.querySelectorAll("[data-tile]")) {
    const key = tile.dataset.tile;
    setText(tile.lastElementChild, TILES[key]?.() ?? formatNumber(counter(key)));
  }
  const nRetired = counter("retired");
  const percent = nTasks ? Math.floor((100 * nRetired) / nTasks) : 0;
  setText(byId("percent"), String(percent));
  setText(byId("n-retired"), formatNumber(nRetired));
  byId("bar").setAttribute("aria-valuenow", String(nRetired));
  document.title = `${percent}% · ${title}`;
  drawBar();
  drawPace();
  drawLines();
}

function drawBar() {
  let start = 0;
  for (const name of SEGMENTS) {
    const rect = page.querySelector(`[data-segment="${name}"]`);
    const width = nTasks ? (100 * counter(`retired_${name}`)) / nTasks : 0;
    rect.setAttribute("x", start.toFixed(3));
    rect.setAttribute("width", width.toFixed(3));
    start += width;
  }
}

function drawPace() {
  while (answerTimes.length && answerTimes[0] < Date.now() - PACE_MS) answerTimes.shift();
  setText(byId("pace"), answerTimes.length ? ` · ${counted(answerTimes.length, "answer")} in the last minute` : "");
}

function drawLines() {
  if (!newLines.length) return;
  const log = byId("log");
  log.querySelector("li.muted")?.remove();
  for (const { event, at, data } of newLines) {
    const line = document.createElement("li");
    line.dataset.event = event;
    line.className = "fresh";
    const time = document.createElement("time");
    time.dateTime = at;
    const text = document.createElement("span");
    const ordinal = data.ordinal ?? grid.ordinalOf(data.task);
    text.textContent = sentence(event, data, { ordinal, currency });
    line.append(time, text);
    log.prepend(line);
    showLocalTime(time);
  }
  newLines = [];
  while (log.children.length > nLines) log.lastElementChild.remove();
}

function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

function showLocalTime(time) {
  time.textContent = new Date(time.dateTime).toLocaleTimeString("en-GB");
}

function showLocalDates() {
  for (const time of byId("outlook").querySelectorAll("time[datetime]")) {
    setText(time, new Date(time.dateTime).toLocaleString("en-GB", { dateStyle: "medium", timeStyle: "short" }));
  }
}

function announce(text) {
  byId("announcer").textContent = text;
}

function showLink(name, text) {
  byId("link").dataset.link = name;
  setText(byId("link-text"), text);
}

/** Let the server render the page anew, but never in a circle. */
function reloadOnce() {
  const last = Number(sessionStorage.getItem("reloaded") ?? 0);
  if (Date.now() - last < RELOAD_PAUSE_MS) return;
  sessionStorage.setItem("reloaded", String(Date.now()));
  location.reload();
}

for (const time of page.querySelectorAll(".log time")) showLocalTime(time);
showLocalDates();
setInterval(drawPace, 5_000);
let announced = counter("retired");
setInterval(() => {
  if (counter("retired") === announced) return;
  announced = counter("retired");
  announce(`${announced} of ${counted(nTasks, "task")} done.`);
}, ANNOUNCE_MS);

showLink("static", "connecting");
new JobSocket(page.dataset.job, Math.min(shownSeq, gridSeq), {
  onEvent: takeEvent,
  onSnapshot: reloadOnce, // the log is not the one this page was rendered from
  onLink: showLink,
}).open();
