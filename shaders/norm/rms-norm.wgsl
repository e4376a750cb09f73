// Root mean square normalisation over rows, without the weight. One team per row: rows/team.wgsl.
// The element (row, c) of x is at a_row(row) + a_column(c).
${HEADER}

const ROWS = ${ROWS}u;
const COLUMNS = ${COLUMNS}u;

@compute @workgroup_size(WIDTH)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(local_invocation_index) thread: u32,
) {
  let row = (group.x + group.y * ${GROUPS_X}u) * (WIDTH / TEAM) + thread / TEAM;
  let first = thread % TEAM;
  let live = row < ROWS;
  let end = select(0u, COLUMNS, live);
  let a = a_row(row);
  let out = row * COLUMNS;
  var partial = 0.0;
#if ${BACKWARD}
  // (dy, x, r) -> r·(dy − xhat·mean(dy·xhat))
  let b = b_row(row);
  let r = in2(root_row(row));
  for (var c = first; c < end; c += TEAM) {
    partial += in0(a + a_column(c)) * (in1(b + b_column(c)) * r);
  }
  let dot_mean = team_sum(partial, thread) / f32(COLUMNS);
  for (var c = first; c < end; c += TEAM) {
    out0(out + c, r * (in0(a + a_column(c)) - in1(b + b_column(c)) * r * dot_mean));
  }
#else
  for (var c = first; c < end; c += TEAM) {
    let x = in0(a + a_column(c));
    partial += x * x;
  }
  let r = precise_rsqrt(team_sum(partial, thread) / f32(COLUMNS) + ${EPS});
  for (var c = first; c < end; c += TEAM) {
    out0(out + c, in0(a + a_column(c)) * r);
  }
  if (live && first == 0u) {
    out1(row, r);
  }
#endif
}
