// What the passes over a CTC lattice share. State s of a sequence stands for a blank (even s) or for label s / 2.
const FRAMES = ${FRAMES}u;
const BATCH = ${BATCH}u;
const CLASSES = ${CLASSES};
const LABELS = ${LABELS}u;
const STATES = 2u * LABELS + 1u;
const BLANK = ${BLANK};

fn frames_of(n: u32) -> u32 {
  return u32(clamp(in${LENGTHS}(lengths_at(2u * n)), 0, i32(FRAMES)));
}

fn last_state(n: u32) -> u32 {
  return 2u * u32(clamp(in${LENGTHS}(lengths_at(2u * n + 1u)), 0, i32(LABELS)));
}

fn label_of(n: u32, s: u32) -> i32 {
  if (s % 2u == 0u) {
    return BLANK;
  }
  return in${TARGETS}(targets_at(n * LABELS + s / 2u));
}

/** The log-probability of class c: NaN where there is no such class. */
fn chance(t: u32, n: u32, c: i32) -> f32 {
  if (c < 0 || c >= CLASSES) {
    return nan_f32();
  }
  return in${CHANCES}(${ORIGIN} + t * ${FRAME_STEP} + n * ${BATCH_STEP} + u32(c) * ${CLASS_STEP});
}

fn log_sum_exp(a: f32, b: f32, c: f32) -> f32 {
  let largest = nan_max(nan_max(a, b), c);
  if (is_inf(largest) || is_nan(largest)) {
    return largest;
  }
  return largest + precise_log(precise_exp(a - largest) + precise_exp(b - largest) + precise_exp(c - largest));
}
