// The gradient of the CTC loss: g·(exp(x) − exp(log Σ αβ + loss − x)). With WRITE_ALL each thread takes one element, as if no
// path led through it; else one label of one frame (or, before them, the blank), and writes its class's element anew.
${HEADER}

const COUNT = ${COUNT}u;

/** Where nothing can be inferred (an infinite loss, an impossible class) the gradient is NaN, as in PyTorch. */
fn gradient(t: u32, n: u32, c: i32, through: f32) -> f32 {
  let x = chance(t, n, c);
  let loss = in${LOSS}(loss_at(n));
  let g = in${G}(g_at(n));
#if ${ZERO_INFINITY}
  if (is_inf(loss) && loss > 0.0) {
    return 0.0;
  }
#endif
  if (!is_finite(loss) || !is_finite(x)) {
    return nan_f32();
  }
  if (is_inf(through)) {
    return g * precise_exp(x);
  }
  return g * (precise_exp(x) - precise_exp(through + loss - x));
}

@compute @workgroup_size(${WIDTH})
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(local_invocation_index) thread: u32,
) {
  let e = (group.x + group.y * ${GROUPS_X}u) * ${WIDTH}u + thread;
  if (e >= COUNT) {
    return;
  }
#if ${WRITE_ALL}
  let n = e / u32(CLASSES) % BATCH;
  let t = e / u32(CLASSES) / BATCH;
  var dx = 0.0;
  if (t < frames_of(n)) {
    dx = gradient(t, n, i32(e % u32(CLASSES)), -inf_f32());
  }
  out0(e, dx);
#else
  let slot = e % (LABELS + 1u);
  let n = e / (LABELS + 1u) % BATCH;
  let t = e / (LABELS + 1u) / BATCH;
  let count = last_state(n) / 2u;
  if (t >= frames_of(n) || slot > count) {
    return;
  }
  let path = (n * FRAMES + t) * STATES;
  var c = BLANK;
  var largest = -inf_f32();
  var total = 0.0;
  if (slot == 0u) {
    for (var s = 0u; s <= 2u * count; s++) {
      if (label_of(n, s) == BLANK) {
        largest = nan_max(largest, paths[path + s]);
      }
    }
    for (var s = 0u; s <= 2u * count; s++) {
      if (label_of(n, s) == BLANK) {
        total += precise_exp(paths[path + s] - largest);
      }
    }
  } else {
    let first = links[n * LABELS + slot - 1u];
    c = label_of(n, 2u * slot - 1u);
    if ((first & REPEATED) != 0u || c == BLANK || c < 0 || c >= CLASSES) {
      return;
    }
    var p = slot - 1u;
    while (p < LABELS) {
      largest = nan_max(largest, paths[path + 2u * p + 1u]);
      p = links[n * LABELS + p] & ~REPEATED;
    }
    p = slot - 1u;
    while (p < LABELS) {
      total += precise_exp(paths[path + 2u * p + 1u] - largest);
      p = links[n * LABELS + p] & ~REPEATED;
    }
  }
  // Where no path leads here, `total` is of no meaning and not used.
  let through = select(largest, largest + precise_log(total), is_finite(largest));
  out0((t * BATCH + n) * u32(CLASSES) + u32(c), gradient(t, n, c, through));
#endif
}
