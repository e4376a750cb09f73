// A walk over the CTC lattice of each sequence, frame by frame: a workgroup per sequence, its threads share the states.
// Forwards: out0 is the loss, out1 log α. Backwards: `paths` gets log α + log β, and `links` of each label its next occurrence.
${HEADER}

const WIDTH = ${WIDTH}u;
#if ${SHARED}
var<workgroup> rows: array<f32, 2u * STATES>;
#else
@group(0) @binding(${ROWS}) var<storage, read_write> rows: array<f32>;
#endif

fn wait_for_all() {
  workgroupBarrier();
  storageBarrier();
}

#if ${BACKWARD}
/** Where label `position` of `count` stands next, or LABELS; the highest bit says whether it stood before. */
fn link(n: u32, position: u32, count: u32) -> u32 {
  let label = label_of(n, 2u * position + 1u);
  var next = LABELS;
  for (var p = count; p > position + 1u; p--) {
    if (label_of(n, 2u * p - 1u) == label) {
      next = p - 1u;
    }
  }
  for (var p = 0u; p < position; p++) {
    if (label_of(n, 2u * p + 1u) == label) {
      return next | REPEATED;
    }
  }
  return next;
}
#endif

fn walk(n: u32, row: u32, thread: u32) {
  let frames = frames_of(n);
  let last = last_state(n);
  let none = -inf_f32();
#if ${BACKWARD}
  for (var p = thread; p < last / 2u; p += WIDTH) {
    links[n * LABELS + p] = link(n, p, last / 2u);
  }
#endif
  // All sequences take all steps: barriers must be reached together.
  for (var step = 0u; step < FRAMES; step++) {
    let behind = row + (step + 1u) % 2u * STATES;
    let ahead = row + step % 2u * STATES;
#if ${BACKWARD}
    let live = step < frames;
    let t = select(0u, frames - 1u - step, live);
#else
    let live = step < frames;
    let t = step;
#endif
    for (var s = thread; s < STATES; s += WIDTH) {
      var value = none;
      if (live && s <= last) {
        let label = label_of(n, s);
#if ${BACKWARD}
        if (step == 0u) {
          value = select(none, 0.0, s + 1u >= last);
        } else {
          var one = none;
          var two = none;
          if (s < last) {
            one = rows[behind + s + 1u];
          }
          if (s % 2u == 1u && s + 2u <= last && label_of(n, s + 2u) != label) {
            two = rows[behind + s + 2u];
          }
          value = log_sum_exp(rows[behind + s], one, two);
        }
#else
        if (step == 0u) {
          value = select(none, 0.0, s < 2u);
        } else {
          var one = none;
          var two = none;
          if (s > 0u) {
            one = rows[behind + s - 1u];
          }
          if (s % 2u == 1u && s > 1u && label_of(n, s - 2u) != label) {
            two = rows[behind + s - 2u];
          }
          value = log_sum_exp(rows[behind + s], one, two);
        }
#endif
        value += chance(t, n, label);
      }
      if (live) {
        rows[ahead + s] = value;
      }
#if ${BACKWARD}
      if (live) {
        paths[(n * FRAMES + t) * STATES + s] = value + in${ALPHA}(alpha_at((n * FRAMES + t) * STATES + s));
      }
#else
      out1((n * FRAMES + t) * STATES + s, value);
#endif
    }
    wait_for_all();
  }
#if ${BACKWARD}
#else
  if (thread == 0u) {
    var end = select(none, 0.0, last == 0u);
    var before = none;
    if (frames > 0u) {
      let final_row = row + (frames - 1u) % 2u * STATES;
      end = rows[final_row + last];
      if (last > 0u) {
        before = rows[final_row + last - 1u];
      }
    }
    out0(n, 0.0 - log_sum_exp(end, before, none));
  }
#endif
}

@compute @workgroup_size(WIDTH)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(local_invocation_index) thread: u32,
) {
  let n = group.x + group.y * ${GROUPS_X}u;
  if (n < BATCH) {
#if ${SHARED}
    walk(n, 0u, thread);
#else
    walk(n, n * 2u * STATES, thread);
#endif
  }
}
