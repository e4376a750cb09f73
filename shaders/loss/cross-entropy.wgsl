// Cross entropy of logits (ROWS, CLASSES) with integer targets: out0 is the loss of each row, out1 its log Σ exp.
// One team per row: rows/team.wgsl.
${HEADER}

const ROWS = ${ROWS}u;
const CLASSES = ${CLASSES};
const X_STEP = ${X_STEP};
const IGNORED = ${IGNORED};

@compute @workgroup_size(WIDTH)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(local_invocation_index) thread: u32,
) {
  let row = (group.x + group.y * ${GROUPS_X}u) * (WIDTH / TEAM) + thread / TEAM;
  let first = thread % TEAM;
  let live = row < ROWS;
  let end = select(0u, u32(CLASSES), live);
  let x = x_row(row);
  var highest = -inf_f32();
  for (var c = first; c < end; c += TEAM) {
    highest = nan_max(highest, in0(x + c * X_STEP));
  }
  highest = team_max(highest, thread);
  var partial = 0.0;
  for (var c = first; c < end; c += TEAM) {
    partial += precise_exp(in0(x + c * X_STEP) - highest);
  }
  let spread = precise_log(team_sum(partial, thread));
  if (live && first == 0u) {
    let defined = is_finite(highest);
    let goal = in1(target_row(row));
    var loss = nan_f32();
    if (goal == IGNORED) {
      loss = 0.0;
    } else if (goal >= 0 && goal < CLASSES && defined) {
      // Not (highest + spread) − x: that would lose digits where the logits are large.
      loss = spread - (in0(x + u32(goal) * X_STEP) - highest);
    }
    out0(row, loss);
    out1(row, select(nan_f32(), highest + spread, defined));
  }
}
