// Q·R = A by Householder reflections 1 − tau·v·vᵀ, with LAPACK's signs. In `work` lie R with the reflections' v below its
// diagonal, then Q, then the taus.
${HEADER}

const COUNT = ${COUNT}u;
const M = ${M}u;
const N = ${N}u;
const Q = ${Q}u;
const SIZE = ${SIZE}u;
const Q_AT = M * N;
const TAU_AT = Q_AT + M * Q;
const STRIDE = TAU_AT + SIZE;
/// Nothing is divided by 0 where A has no columns.
const ROW = max(N, 1u);

/// Turns column k, from row k down, into a multiple of a unit vector.
fn reflect_column(r: u32, k: u32, thread: u32) {
  var most = 0.0;
  for (var i = k + 1u + thread; i < M; i += WIDTH) {
    most = nan_max(most, abs(work[r + i * N + k]));
  }
  let below = team_max(most, thread);
  let head = work[r + k * N + k];
  // Nothing to do: larfg leaves the sign as it is.
  let still = below == 0.0;
  let scale = select(nan_max(below, abs(head)), 1.0, still);
  var partial = 0.0;
  for (var i = k + 1u + thread; i < M; i += WIDTH) {
    let v = precise_div(work[r + i * N + k], scale);
    partial += v * v;
  }
  let squares = team_sum(partial, thread);
  let h = precise_div(head, scale);
  let length = precise_sqrt(h * h + squares);
  let beta = select(-length, length, h < 0.0);
  wait_for_all();
  for (var i = k + 1u + thread; i < M; i += WIDTH) {
    let at = r + i * N + k;
    work[at] = select(precise_div(precise_div(work[at], scale), h - beta), 0.0, still);
  }
  if (thread == 0u) {
    work[r + k * N + k] = select(beta * scale, head, still);
    work[r + TAU_AT + k] = select(precise_div(beta - h, beta), 0.0, still);
  }
}

/// Applies the k-th reflection to one column: x is the position of its row 0, `row` the distance between its rows.
fn apply_to_column(r: u32, k: u32, x: u32, row: u32) {
  var dot = work[x + k * row];
  for (var i = k + 1u; i < M; i++) {
    dot += work[r + i * N + k] * work[x + i * row];
  }
  dot *= work[r + TAU_AT + k];
  work[x + k * row] -= dot;
  for (var i = k + 1u; i < M; i++) {
    work[x + i * row] -= dot * work[r + i * N + k];
  }
}

fn factor(matrix: u32, thread: u32) {
  let r = matrix * STRIDE;
  for (var e = thread; e < M * N; e += WIDTH) {
    work[r + e] = in0(a_at(matrix * M * N + e));
  }
  for (var k = 0u; k < SIZE; k++) {
    wait_for_all();
    reflect_column(r, k, thread);
    wait_for_all();
    for (var j = k + 1u + thread; j < N; j += WIDTH) {
      apply_to_column(r, k, r + j, N);
    }
  }
  wait_for_all();
  for (var e = thread; e < Q * N; e += WIDTH) {
    out1(matrix * Q * N + e, select(work[r + e], 0.0, e / ROW > e % ROW));
  }
  // Q's columns are those of the identity, reflected by all, the last first.
  for (var j = thread; j < Q; j += WIDTH) {
    for (var i = 0u; i < M; i++) {
      work[r + Q_AT + i * Q + j] = select(0.0, 1.0, i == j);
    }
    for (var k = min(j + 1u, SIZE); k > 0u; k--) {
      apply_to_column(r, k - 1u, r + Q_AT + j, Q);
    }
    for (var i = 0u; i < M; i++) {
      out0(matrix * M * Q + i * Q + j, work[r + Q_AT + i * Q + j]);
    }
  }
}

@compute @workgroup_size(WIDTH)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(local_invocation_index) thread: u32,
) {
  let matrix = group.x + group.y * ${GROUPS_X}u;
  if (matrix < COUNT) {
    factor(matrix, thread);
  }
}
