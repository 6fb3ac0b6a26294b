// letter_windows.js — one draft is written in one window at a time: windows of one browser tell each other.
// Between browsers the revision that every save names keeps them apart (mailcore/drafts/rows.py).
const PATIENCE = 1200; // ms for a window that may be asleep

// Whether some window is writing that letter; it answers a greeting that sorts after its own name.
export function isAlive(number) {
  const channel = new BroadcastChannel("letters");
  return new Promise((done) => {
    channel.onmessage = ({ data }) => data.say === "here" && data.number === number && done(true);
    channel.postMessage({ say: "hello", number, from: "~" });
    setTimeout(() => done(false), PATIENCE);
  }).finally(() => channel.close());
}

export class Windows {
  constructor(number, { isWriting, onElsewhere, onTaken, onGone }) {
    this.number = number;
    this.me = `${Date.now()}-${Math.random()}`;
    this.channel = new BroadcastChannel("letters");
    this.channel.onmessage = async ({ data }) => {
      if (data.number !== number || data.from === this.me) return;
      if (data.say === "hello" && isWriting() && this.me < data.from) this.say("here");
      if (data.say === "here" && isWriting()) onElsewhere();
      if (data.say === "take" && isWriting()) {
        await onTaken();
        this.say("given");
      }
      if (data.say === "given") this.given?.();
      if (data.say === "gone") onGone();
    };
    this.say("hello");
  }

  say(what) {
    this.channel.postMessage({ say: what, number: this.number, from: this.me });
  }

  take() {
    return new Promise((done) => {
      this.given = done;
      setTimeout(done, PATIENCE);
      this.say("take");
    });
  }

  close() {
    this.channel.close();
  }
}
