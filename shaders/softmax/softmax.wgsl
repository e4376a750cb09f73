// softmax and logSoftmax along one dim, forward and backward. One team per row: rows/team.wgsl.
// in0/in1 are read at a_row(row) + column · A_STEP (and b); the result is contiguous, at out_row(row) + column · OUT_STEP.
${HEADER}

const ROWS = ${ROWS}u;
const COLUMNS = ${COLUMNS}u;
const A_STEP = ${A_STEP};
const OUT_STEP = ${OUT_STEP};

@compute @workgroup_size(WIDTH)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(local_invocation_index) thread: u32,
) {
  let row = (group.x + group.y * ${GROUPS_X}u) * (WIDTH / TEAM) + thread / TEAM;
  let first = thread % TEAM;
  let end = select(0u, COLUMNS, row < ROWS);
  let a = a_row(row);
  let out = out_row(row);
#if ${BACKWARD}
  // in0 is dy, in1 is y.
  let b = b_row(row);
  const B_STEP = ${B_STEP};
  var partial = 0.0;
  for (var c = first; c < end; c += TEAM) {
#if ${LOG}
    partial += in0(a + c * A_STEP);
#else
    partial += in0(a + c * A_STEP) * in1(b + c * B_STEP);
#endif
  }
  let total = team_sum(partial, thread);
  for (var c = first; c < end; c += TEAM) {
    let dy = in0(a + c * A_STEP);
    let y = in1(b + c * B_STEP);
#if ${LOG}
    out0(out + c * OUT_STEP, dy - precise_exp(y) * total);
#else
    out0(out + c * OUT_STEP, y * (dy - total));
#endif
  }
#else
  var highest = -inf_f32();
  for (var c = first; c < end; c += TEAM) {
    highest = nan_max(highest, in0(a + c * A_STEP));
  }
  highest = team_max(highest, thread);
  var partial = 0.0;
  for (var c = first; c < end; c += TEAM) {
    partial += precise_exp(in0(a + c * A_STEP) - highest);
  }
  let total = team_sum(partial, thread);
#if ${LOG}
  let scale = precise_log(total);
#else
  let scale = 1.0 / total;
#endif
  // ∞ − ∞, as in a row of −∞ only, is NaN everywhere; said outright because WGSL does not promise it.
  let defined = is_finite(highest);
#if ${SAFE}
  let otherwise = select(nan_f32(), 0.0, is_inf(highest) && highest < 0.0);
#else
  let otherwise = nan_f32();
#endif
  for (var c = first; c < end; c += TEAM) {
    let shifted = in0(a + c * A_STEP) - highest;
#if ${LOG}
    let y = shifted - scale;
#else
    let y = precise_exp(shifted) * scale;
#endif
    out0(out + c * OUT_STEP, select(otherwise, y, defined));
  }
#endif
}
