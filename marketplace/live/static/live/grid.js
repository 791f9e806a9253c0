// The tasks as cells: coloured by state, walked through by arrow keys.

import { counted, reasonOf } from "./words.js";

export class Grid {
  #root;
  #text;
  #cells;
  #current = null;

  constructor(root, text) {
    this.#root = root;
    this.#text = text;
    this.#cells = [...(root?.children ?? [])];
    if (this.#cells.length) this.#makeWalkable();
  }

  /** Return the number of a task, if its cell is shown. */
  ordinalOf(taskId) {
    const cell = this.#cellOf(taskId);
    return cell ? Number(cell.dataset.o) : undefined;
  }

  addAnswer(taskId) {
    const cell = this.#cellOf(taskId);
    if (!cell) return;
    cell.dataset.n = Number(cell.dataset.n) + 1;
    this.#refresh(cell);
  }

  retire(taskId, reason, nCounted) {
    const cell = this.#cellOf(taskId);
    if (!cell) return;
    cell.dataset.s = reason;
    cell.dataset.n = nCounted;
    this.#refresh(cell);
  }

  reopen(taskId) {
    const cell = this.#cellOf(taskId);
    if (!cell) return;
    cell.dataset.s = "open";
    this.#refresh(cell);
  }

  cancelOpen() {
    for (const cell of this.#cells) {
      if (cell.dataset.s === "open") this.retire(cell.id.slice(2), "cancelled", Number(cell.dataset.n));
    }
  }

  #cellOf(taskId) {
    return taskId === undefined ? null : document.getElementById(`t-${taskId}`);
  }

  #refresh(cell) {
    cell.classList.add("fresh");
    if (cell === this.#current) this.#describe(cell);
  }

  #makeWalkable() {
    const root = this.#root;
    root.tabIndex = 0;
    root.setAttribute("role", "listbox");
    root.setAttribute("aria-labelledby", "tasks-title");
    for (const cell of this.#cells) cell.setAttribute("role", "option");
    root.addEventListener("animationend", (event) => event.target.classList.remove("fresh"));
    root.addEventListener("pointerover", (event) => event.target !== root && this.#describe(event.target));
    root.addEventListener("pointerleave", () => this.#leave());
    root.addEventListener("focus", () => this.#describe(this.#current ?? this.#cells[0]));
    root.addEventListener("blur", () => this.#leave());
    root.addEventListener("keydown", (event) => this.#walk(event));
  }

  #walk(event) {
    const perRow = getComputedStyle(this.#root).gridTemplateColumns.split(" ").length;
    const steps = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: perRow, ArrowUp: -perRow };
    const from = Math.max(0, this.#cells.indexOf(this.#current));
    const to = { Home: 0, End: this.#cells.length - 1 }[event.key] ?? from + (steps[event.key] ?? Number.NaN);
    if (Number.isNaN(to)) return;
    event.preventDefault();
    if (this.#cells[to]) this.#describe(this.#cells[to]);
  }

  #describe(cell) {
    this.#current?.classList.remove("current");
    this.#current = cell;
    cell.classList.add("current");
    const { o: ordinal, s: state, n } = cell.dataset;
    const answers = Number(n) === 0 ? "no answer yet" : counted(Number(n), "answer");
    const end = state === "open" ? "open" : `done: ${reasonOf(state, Number(n))}`;
    const text = `Task ${ordinal} · ${answers} · ${end}`;
    this.#text.textContent = text;
    cell.setAttribute("aria-label", text);
    this.#root.setAttribute("aria-activedescendant", cell.id);
  }

  #leave() {
    if (document.activeElement === this.#root) return;
    this.#current?.classList.remove("current");
    this.#current = null;
    this.#text.textContent = "\u00a0";
  }
}
