// Eigenvalues and eigenvectors of a symmetric matrix by Jacobi's method. In `work` lie the matrix, which becomes diagonal, the
// eigenvectors, a rotation per pair, and the largest element at the start. Large matrices take a dispatch per sweep.
${HEADER}

const COUNT = ${COUNT}u;
const N = ${N}u;
const SWEEPS = ${SWEEPS}u;
const V_AT = N * N;
const ROTATION_AT = 2u * N * N;
const LARGEST_AT = ROTATION_AT + EVEN;
const STRIDE = LARGEST_AT + 1u;

fn prepare(matrix: u32, a: u32, thread: u32) {
  var most = 0.0;
  for (var e = thread; e < N * N; e += WIDTH) {
    let i = e / N;
    let j = e % N;
#if ${UPPER}
    let source = min(i, j) * N + max(i, j);
#else
    let source = max(i, j) * N + min(i, j);
#endif
    let value = in0(a_at(matrix * N * N + source));
    work[a + e] = value;
    work[a + V_AT + e] = select(0.0, 1.0, i == j);
    most = nan_max(most, abs(value));
  }
  let largest = team_max(most, thread);
  if (thread == 0u) {
    work[a + LARGEST_AT] = largest;
  }
}

fn sweep(a: u32, thread: u32) -> bool {
  var moved = false;
  for (var round = 0u; round < EVEN - 1u; round++) {
    wait_for_all();
    for (var p = thread; p < PAIRS; p += WIDTH) {
      let pair = pair_of(round, p);
      var by = vec2(0.0);
      if (pair.y < N) {
        let off = work[a + pair.x * N + pair.y];
        // What is smaller is rounding.
        if (abs(off) > work[a + LARGEST_AT] * 1.2e-7) {
          by = rotation_of(work[a + pair.x * N + pair.x], off, work[a + pair.y * N + pair.y]);
          moved = true;
        }
      }
      work[a + ROTATION_AT + 2u * p] = by.x;
      work[a + ROTATION_AT + 2u * p + 1u] = by.y;
    }
    wait_for_all();
    for (var e = thread; e < PAIRS * N; e += WIDTH) {
      let p = e / N;
      let pair = pair_of(round, p);
      let by = vec2(work[a + ROTATION_AT + 2u * p], work[a + ROTATION_AT + 2u * p + 1u]);
      if (pair.y < N && by.x != 0.0) {
        rotate(a + pair.x * N + e % N, a + pair.y * N + e % N, by);
      }
    }
    wait_for_all();
    for (var e = thread; e < PAIRS * N; e += WIDTH) {
      let row = e / PAIRS;
      let p = e % PAIRS;
      let pair = pair_of(round, p);
      let by = vec2(work[a + ROTATION_AT + 2u * p], work[a + ROTATION_AT + 2u * p + 1u]);
      if (pair.y < N && by.x != 0.0) {
        rotate(a + row * N + pair.x, a + row * N + pair.y, by);
        rotate(a + V_AT + row * N + pair.x, a + V_AT + row * N + pair.y, by);
        if (row == pair.x) {
          work[a + row * N + pair.y] = 0.0;
        }
        if (row == pair.y) {
          work[a + row * N + pair.x] = 0.0;
        }
      }
    }
  }
  return moved;
}

fn finish(matrix: u32, a: u32, thread: u32) {
  wait_for_all();
  for (var i = thread; i < N; i += WIDTH) {
    let value = work[a + i * N + i];
    let key = order_key(value);
    var rank = 0u;
    for (var j = 0u; j < N; j++) {
      let other = order_key(work[a + j * N + j]);
      rank += select(0u, 1u, other < key || (other == key && j < i));
    }
    out0(matrix * N + rank, value);
    work[a + ROTATION_AT + i] = f32(rank);
  }
  wait_for_all();
  for (var e = thread; e < N * N; e += WIDTH) {
    let rank = u32(work[a + ROTATION_AT + e % N]);
    out1(matrix * N * N + e - e % N + rank, work[a + V_AT + e]);
  }
}

fn iterate(matrix: u32, thread: u32) {
  let a = matrix * STRIDE;
#if ${FIRST}
  prepare(matrix, a, thread);
#endif
  for (var s = 0u; s < SWEEPS; s++) {
    let moved = sweep(a, thread);
    if (!any_moved(moved, thread)) {
      break;
    }
  }
#if ${LAST}
  finish(matrix, a, thread);
#endif
}

@compute @workgroup_size(WIDTH)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(local_invocation_index) thread: u32,
) {
  let matrix = group.x + group.y * ${GROUPS_X}u;
  if (matrix < COUNT) {
    iterate(matrix, thread);
  }
}
