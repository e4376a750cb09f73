// Layer normalisation over rows, without the affine part. One team per row: rows/team.wgsl.
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
#if ${BACKWARD}
  // (dy, x, mean, rstd) -> rstd·(dy − mean(dy) − xhat·mean(dy·xhat))
  let b = b_row(row);
  let mean = in2(mean_row(row));
  let rstd = in3(rstd_row(row));
  var dy_partial = 0.0;
  var dot_partial = 0.0;
  for (var c = first; c < end; c += TEAM) {
    let dy = in0(a + a_column(c));
    dy_partial += dy;
    dot_partial += dy * ((in1(b + b_column(c)) - mean) * rstd);
  }
  let dy_mean = team_sum(dy_partial, thread) / f32(COLUMNS);
  let dot_mean = team_sum(dot_partial, thread) / f32(COLUMNS);
  for (var c = first; c < end; c += TEAM) {
    let xhat = (in1(b + b_column(c)) - mean) * rstd;
    out0(out + c, rstd * (in0(a + a_column(c)) - dy_mean - xhat * dot_mean));
  }
#else
  var partial = 0.0;
  for (var c = first; c < end; c += TEAM) {
    partial += in0(a + a_column(c));
  }
  var mean = team_sum(partial, thread) / f32(COLUMNS);
  // A second pass over the row: E[x²] − E[x]² would cancel. What the first mean missed by rounding shows up as the mean of
  // the centred values, and corrects both statistics.
  partial = 0.0;
  var squares = 0.0;
  for (var c = first; c < end; c += TEAM) {
    let centred = in0(a + a_column(c)) - mean;
    partial += centred;
    squares += centred * centred;
  }
  let missed = team_sum(partial, thread) / f32(COLUMNS);
  let variance = team_sum(squares, thread) / f32(COLUMNS) - missed * missed;
  let rstd = precise_rsqrt(variance + ${EPS});
  mean += missed;
  for (var c = first; c < end; c += TEAM) {
    out0(out + c, (in0(a + a_column(c)) - mean) * rstd);
  }
  if (live && first == 0u) {
    out1(row, mean);
    out2(row, rstd);
  }
#endif
}
