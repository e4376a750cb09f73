/** A loss that is not a number is a gap in the curve. */
const finite = (loss: number): number | null => (Number.isFinite(loss) ? loss : null);

/** Points kept before neighbours are merged: more than a chart has pixels. */
const limit = 2400;

/** The course of a run: a row per step (or per few steps, once it grows long) and a row for each evaluation. */
export class History {
  steps: number[] = [];
  trainLoss: (number | null)[] = [];
  trainAccuracy: (number | null)[] = [];
  testLoss: (number | null)[] = [];
  testAccuracy: (number | null)[] = [];

  clear(): void {
    for (const column of this.columns()) column.length = 0;
  }

  addStep(step: number, loss: number, accuracy: number): void {
    const row = this.row(step);
    this.trainLoss[row] = finite(loss);
    this.trainAccuracy[row] = accuracy;
    if (this.steps.length > limit) this.thin();
  }

  addEvaluation(step: number, loss: number, accuracy: number): void {
    const row = this.row(step);
    this.testLoss[row] = finite(loss);
    this.testAccuracy[row] = accuracy;
  }

  private columns(): (number | null)[][] {
    return [this.steps, this.trainLoss, this.trainAccuracy, this.testLoss, this.testAccuracy];
  }

  /** The row of `step`, made where there is none; news may come a little out of order. */
  private row(step: number): number {
    let row = this.steps.length;
    while (row > 0 && this.steps[row - 1]! >= step) row--;
    if (this.steps[row] !== step) {
      for (const column of this.columns()) column.splice(row, 0, null);
      this.steps[row] = step;
    }
    return row;
  }

  /** Merges neighbours two by two: the mean of both, or the one that is there. */
  private thin(): void {
    const half = Math.ceil(this.steps.length / 2);
    for (const column of this.columns()) {
      for (let i = 0; i < half; i++) {
        const a = column[2 * i] ?? null;
        const b = column[2 * i + 1] ?? null;
        column[i] = a === null ? b : b === null ? a : (a + b) / 2;
      }
      column.length = half;
    }
  }
}

/** Exponential moving average without the start's bias, as Adam corrects it; gaps stay gaps. */
export function smooth(values: readonly (number | null)[], weight: number): (number | null)[] {
  let mean = 0;
  let trust = 0;
  return values.map((value) => {
    if (value === null) return null;
    mean = weight * mean + (1 - weight) * value;
    trust = weight * trust + (1 - weight);
    return mean / trust;
  });
}
