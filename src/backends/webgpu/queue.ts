/** Work that must happen in order, some of which has to wait: for pipelines being compiled or memory being confirmed. */

export interface Task {
  /** False while something it needs is on its way; whoever brings it calls `pump`. */
  ready(): boolean;
  run(): void;
  /** The device is gone: the task will never run. */
  cancel?(reason: Error): void;
}

const always = (): boolean => true;

/** First in, first out. A task that is ready, with nothing before it, runs within `push`. */
export class WorkQueue {
  private readonly tasks: Task[] = [];
  private waiters: (() => void)[] = [];
  private pumping = false;

  /** True when everything pushed so far has run. */
  get idle(): boolean {
    return this.tasks.length === 0;
  }

  push(task: Task): void {
    this.tasks.push(task);
    this.pump();
  }

  /** Runs `work` after everything pushed before it. */
  after(work: () => void): void {
    if (this.idle) work();
    else this.push({ ready: always, run: work });
  }

  /** Holds back everything pushed from now on until the promise settles. */
  hold(until: Promise<unknown>): void {
    let settled = false;
    const release = (): void => {
      settled = true;
      this.pump();
    };
    until.then(release, release);
    this.push({ ready: () => settled, run: () => {} });
  }

  pump(): void {
    // A task may push others; those run in the loop that is already going.
    if (this.pumping) return;
    this.pumping = true;
    try {
      while (this.tasks[0]?.ready()) {
        const task = this.tasks[0];
        try {
          task.run();
        } finally {
          this.tasks.shift();
        }
      }
    } finally {
      this.pumping = false;
    }
    if (this.idle) this.wake();
  }

  /** Drops everything. */
  cancel(reason: Error): void {
    for (const task of this.tasks.splice(0)) task.cancel?.(reason);
    this.wake();
  }

  /** Resolves once everything pushed so far has run or was dropped. */
  drained(): Promise<void> {
    return this.idle ? Promise.resolve() : new Promise((resolve) => this.waiters.push(resolve));
  }

  private wake(): void {
    for (const waiter of this.waiters.splice(0)) waiter();
  }
}
