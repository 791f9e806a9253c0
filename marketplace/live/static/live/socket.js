// A socket on a job's progress that comes back by itself and goes on where it was.

const SILENCE_MS = 45_000; // the server says something every 20 s
const FIRST_WAIT_MS = 400;
const LONGEST_WAIT_MS = 10_000;
const CROWDED_WAIT_MS = 30_000;
const RESUMED_SHOWN_MS = 4_000;
const CROWDED = 4429;
const FOR_GOOD = new Map([
  [4401, "signed out: reload the page to sign in again"],
  [4403, "you may no longer see this job"],
  [4404, "you may no longer see this job"],
]);

export class JobSocket {
  #jobId;
  #lastSeq;
  #handlers;
  #socket = null;
  #hasBeenOpen = false;
  #failures = 0;
  #retry = 0;
  #silence = 0;
  #settle = 0;

  /** `handlers`: onEvent(event), onSnapshot(snapshot), onLink(name, text). */
  constructor(jobId, lastSeq, handlers) {
    this.#jobId = jobId;
    this.#lastSeq = lastSeq;
    this.#handlers = handlers;
    window.addEventListener("online", () => this.#reconnectNow());
    document.addEventListener("visibilitychange", () => document.hidden || this.#reconnectNow());
    window.addEventListener("pagehide", () => this.#socket?.close());
  }

  open() {
    clearTimeout(this.#retry);
    this.#retry = 0;
    const scheme = location.protocol === "https:" ? "wss:" : "ws:";
    const socket = new WebSocket(`${scheme}//${location.host}/ws/v1/jobs/${this.#jobId}?last_seq=${this.#lastSeq}`);
    let isOpen = false;
    this.#socket = socket;
    this.#watch(socket);
    socket.onopen = () => {
      isOpen = true;
      this.#opened();
    };
    socket.onmessage = (message) => this.#heard(socket, message.data);
    socket.onclose = (event) => socket === this.#socket && this.#closed(event.code, isOpen);
  }

  #opened() {
    this.#failures = 0;
    clearTimeout(this.#settle);
    if (this.#hasBeenOpen) {
      this.#handlers.onLink("resumed", "resumed");
      this.#settle = setTimeout(() => this.#handlers.onLink("live", "live"), RESUMED_SHOWN_MS);
    } else {
      this.#handlers.onLink("live", "live");
    }
    this.#hasBeenOpen = true;
  }

  #heard(socket, text) {
    if (socket !== this.#socket) return;
    this.#watch(socket);
    const message = JSON.parse(text);
    if (message.type === "snapshot") {
      this.#lastSeq = message.seq;
      this.#handlers.onSnapshot(message);
    } else if (message.type === "event" && message.seq === this.#lastSeq + 1) {
      this.#lastSeq = message.seq;
      this.#handlers.onEvent(message);
    } else if (message.type === "event" && message.seq > this.#lastSeq) {
      socket.close(); // something is missing: ask for it again
    }
  }

  async #closed(code, wasOpen) {
    clearTimeout(this.#silence);
    clearTimeout(this.#settle);
    this.#socket = null;
    const farewell = FOR_GOOD.get(code) ?? (wasOpen ? undefined : await whyRefused());
    if (farewell !== undefined) {
      this.#handlers.onLink("ended", farewell);
      return;
    }
    const wait = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** this.#failures) * (0.75 + Math.random() / 2);
    this.#failures += 1;
    if (code === CROWDED) {
      this.#handlers.onLink("reconnecting", "waiting: too many pages are open");
    } else {
      this.#handlers.onLink("reconnecting", "reconnecting");
    }
    this.#retry = setTimeout(() => this.open(), code === CROWDED ? CROWDED_WAIT_MS : wait);
  }

  #reconnectNow() {
    if (this.#retry) this.open();
  }

  #watch(socket) {
    clearTimeout(this.#silence);
    this.#silence = setTimeout(() => {
      // A dead connection would take minutes to be closed; do not wait for it.
      if (socket !== this.#socket) return;
      socket.close();
      this.#closed(1006, this.#hasBeenOpen);
    }, SILENCE_MS);
  }
}

/** Browsers do not tell why a socket was refused; the page's own address does. */
async function whyRefused() {
  try {
    const answer = await fetch(location.pathname, { method: "HEAD", redirect: "manual", cache: "no-store" });
    if (answer.type === "opaqueredirect") return FOR_GOOD.get(4401);
    if (answer.status === 404) return FOR_GOOD.get(4404);
  } catch {
    // the server is away: try again later
  }
  return undefined;
}
