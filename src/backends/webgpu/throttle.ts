/** How far the recording may run ahead of the GPU. */

interface Mark {
  /** Runs submitted when the mark was made. */
  readonly runs: number;
  readonly done: Promise<void>;
}

/**
 * Asks the queue only when somebody wants to wait: a mark is a promise for everything submitted so far. A loop that
 * throttles once per step waits for the mark that it made `inFlight` steps ago.
 */
export class Throttle {
  private readonly queue: GPUQueue;
  private submitted = 0;
  private finished = 0;
  private marks: Mark[] = [];

  constructor(queue: GPUQueue) {
    this.queue = queue;
  }

  countRun(): void {
    this.submitted++;
  }

  async wait(inFlight: number): Promise<void> {
    if (this.submitted > (this.marks.at(-1)?.runs ?? this.finished)) this.mark();
    const target = this.submitted - inFlight;
    if (this.finished >= target) return;
    await this.marks.find((mark) => mark.runs >= target)!.done;
  }

  private mark(): void {
    const runs = this.submitted;
    const finish = (): void => {
      this.finished = Math.max(this.finished, runs);
      this.marks = this.marks.filter((mark) => mark.runs > runs);
    };
    // A lost device finishes nothing more; whoever waits is told by the next call.
    this.marks.push({ runs, done: this.queue.onSubmittedWorkDone().then(finish, finish) });
  }
}
