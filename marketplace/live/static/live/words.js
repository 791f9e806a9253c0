// Events as sentences, from the templates that the server rendered the first lines with.

const words = JSON.parse(document.getElementById("words").textContent);

export const nLines = words.n_lines;

const number = new Intl.NumberFormat("en-US");

export function formatNumber(n) {
  return number.format(n);
}

export function counted(n, noun) {
  return `${number.format(n)} ${noun}${n === 1 ? "" : "s"}`;
}

export function money(micros, currency) {
  const amount = (micros / 1e6).toLocaleString("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 4 });
  return `${amount} ${currency}`;
}

/** Why a task or job ended; one answer neither agrees nor differs. */
export function reasonOf(reason, nCounted) {
  return (nCounted === 1 ? words.reasons_of_one[reason] : undefined) ?? words.reasons[reason] ?? reason;
}

/** What a forecast rests on. */
export function basisOf(basis) {
  return words.bases[basis] ?? basis;
}

/** How a deadline stands; nothing where it is safe. */
export function deadlineOf(state) {
  return words.deadlines[state] ?? state;
}

/** `ordinal` is the number of the task that the event is about, if it is known. */
export function sentence(event, data, { ordinal, currency }) {
  const known = {
    ...data,
    event: event.replaceAll("_", " "),
    tasks: counted(data.count ?? data.n_tasks ?? 0, "task"),
    task: ordinal === undefined ? "a task" : `task ${ordinal}`,
    Task: ordinal === undefined ? "A task" : `Task ${ordinal}`,
    answers: counted(data.n_counted ?? 0, "answer"),
    pay: money(data.pay_micros ?? 0, currency),
    reason: reasonOf(data.reason, data.n_counted),
  };
  return (words.sentences[event] ?? words.other).replace(/\{(\w+)\}/g, (_, name) => String(known[name] ?? "-"));
}
