// P·L·U = A with partial pivoting; L (its ones left out) and U take A's place. Of equal pivots the first is taken.
${HEADER}

const COUNT = ${COUNT}u;
const M = ${M}u;
const N = ${N}u;
const SIZE = ${SIZE}u;

var<workgroup> largest: array<f32, WIDTH>;
var<workgroup> rows: array<u32, WIDTH>;

fn pivot_row(base: u32, k: u32, thread: u32) -> u32 {
  var most = -1.0;
  var row = k;
  for (var i = k + thread; i < M; i += WIDTH) {
    let size = abs(work[base + i * N + k]);
    if (size > most) {
      most = size;
      row = i;
    }
  }
  largest[thread] = most;
  rows[thread] = row;
  for (var span = WIDTH / 2u; span > 0u; span /= 2u) {
    workgroupBarrier();
    if (thread < span) {
      let other = largest[thread + span];
      if (other > largest[thread] || (other == largest[thread] && rows[thread + span] < rows[thread])) {
        largest[thread] = other;
        rows[thread] = rows[thread + span];
      }
    }
  }
  workgroupBarrier();
  return rows[0];
}

fn factor(matrix: u32, thread: u32) {
  let base = matrix * M * N;
  for (var e = thread; e < M * N; e += WIDTH) {
    work[base + e] = in0(a_at(base + e));
  }
  for (var k = 0u; k < SIZE; k++) {
    wait_for_all();
    let row = pivot_row(base, k, thread);
    for (var j = thread; j < N; j += WIDTH) {
      let kept = work[base + k * N + j];
      work[base + k * N + j] = work[base + row * N + j];
      work[base + row * N + j] = kept;
    }
    if (thread == 0u) {
      out1(matrix * SIZE + k, i32(row) + 1);
    }
    wait_for_all();
    let pivot = work[base + k * N + k];
    if (pivot != 0.0) {
      for (var i = k + 1u + thread; i < M; i += WIDTH) {
        work[base + i * N + k] = precise_div(work[base + i * N + k], pivot);
      }
    }
    wait_for_all();
    let columns = N - k - 1u;
    for (var e = thread; e < (M - k - 1u) * columns; e += WIDTH) {
      let i = k + 1u + e / columns;
      let j = k + 1u + e % columns;
      work[base + i * N + j] -= work[base + i * N + k] * work[base + k * N + j];
    }
  }
  wait_for_all();
  for (var e = thread; e < M * N; e += WIDTH) {
    out0(base + e, work[base + e]);
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
