// Makes the columns of a matrix orthogonal by rotations of pairs (one-sided Jacobi): what it does to the matrix it does to V
// as well. In `work` lie the matrix, V, the lengths of the columns and their ranks. Large matrices take a dispatch per sweep.
${HEADER}

const COUNT = ${COUNT}u;
const M = ${M}u;
const N = ${N}u;
const SWEEPS = ${SWEEPS}u;
const V_AT = M * N;
const LENGTH_AT = V_AT + N * N;
const RANK_AT = LENGTH_AT + N;
const STRIDE = RANK_AT + N;

fn prepare(matrix: u32, w: u32, thread: u32) {
  for (var e = thread; e < M * N; e += WIDTH) {
    work[w + e] = in0(a_at(matrix * M * N + e));
  }
  for (var e = thread; e < N * N; e += WIDTH) {
    work[w + V_AT + e] = select(0.0, 1.0, e / N == e % N);
  }
}

/// (x·x, x·y, y·y) of two columns.
fn products(w: u32, x: u32, y: u32) -> vec3<f32> {
  var sums = vec3(0.0);
  for (var i = 0u; i < M; i++) {
    let a = work[w + i * N + x];
    let b = work[w + i * N + y];
    sums += vec3(a * a, a * b, b * b);
  }
  return sums;
}

fn sweep(w: u32, thread: u32) -> bool {
  var moved = false;
  for (var round = 0u; round < EVEN - 1u; round++) {
    wait_for_all();
    for (var p = thread; p < PAIRS; p += WIDTH) {
      let pair = pair_of(round, p);
      if (pair.y < N) {
        let dots = products(w, pair.x, pair.y);
        if (abs(dots.y) > ${TOLERANCE} * precise_sqrt(dots.x) * precise_sqrt(dots.z)) {
          let by = rotation_of(dots.x, dots.y, dots.z);
          for (var i = 0u; i < M; i++) {
            rotate(w + i * N + pair.x, w + i * N + pair.y, by);
          }
          for (var i = 0u; i < N; i++) {
            rotate(w + V_AT + i * N + pair.x, w + V_AT + i * N + pair.y, by);
          }
          moved = true;
        }
      }
    }
  }
  return moved;
}

fn finish(matrix: u32, w: u32, thread: u32) {
  wait_for_all();
  for (var j = thread; j < N; j += WIDTH) {
    var squares = 0.0;
    for (var i = 0u; i < M; i++) {
      squares += work[w + i * N + j] * work[w + i * N + j];
    }
    work[w + LENGTH_AT + j] = precise_sqrt(squares);
  }
  wait_for_all();
  for (var j = thread; j < N; j += WIDTH) {
    let key = order_key(-work[w + LENGTH_AT + j]);
    var rank = 0u;
    for (var i = 0u; i < N; i++) {
      let other = order_key(-work[w + LENGTH_AT + i]);
      rank += select(0u, 1u, other < key || (other == key && i < j));
    }
    work[w + RANK_AT + j] = f32(rank);
    out1(matrix * N + rank, work[w + LENGTH_AT + j]);
  }
  wait_for_all();
  for (var e = thread; e < M * N; e += WIDTH) {
    out0(matrix * M * N + e - e % N + u32(work[w + RANK_AT + e % N]), work[w + e]);
  }
  for (var e = thread; e < N * N; e += WIDTH) {
    out2(matrix * N * N + e - e % N + u32(work[w + RANK_AT + e % N]), work[w + V_AT + e]);
  }
}

fn iterate(matrix: u32, thread: u32) {
  let w = matrix * STRIDE;
#if ${FIRST}
  prepare(matrix, w, thread);
#endif
  for (var s = 0u; s < SWEEPS; s++) {
    let moved = sweep(w, thread);
    if (!any_moved(moved, thread)) {
      break;
    }
  }
#if ${LAST}
  finish(matrix, w, thread);
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
