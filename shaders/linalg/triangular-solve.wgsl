// A·X = B for a triangular A. A workgroup takes COLUMNS right-hand sides of one matrix: each unknown, once known, is taken out
// of the equations that are left. X is made in `work`.
${HEADER}

const COUNT = ${COUNT}u;
const N = ${N}u;
const ROW = ${ROW}u;
const COLUMNS = ${COLUMNS}u;
const BLOCKS = ${BLOCKS}u;

fn solve(matrix: u32, first: u32, thread: u32) {
  let a = matrix * N * N;
  let x = matrix * N * ROW + first;
  let columns = min(COLUMNS, ROW - first);
  for (var e = thread; e < N * columns; e += WIDTH) {
    let at = x + e / columns * ROW + e % columns;
    work[at] = in1(b_at(at));
  }
  for (var step = 0u; step < N; step++) {
#if ${UPPER}
    let i = N - 1u - step;
    let from_row = 0u;
#else
    let i = step;
    let from_row = i + 1u;
#endif
    wait_for_all();
#if ${UNIT}
#else
    for (var c = thread; c < columns; c += WIDTH) {
      let at = x + i * ROW + c;
      work[at] = precise_div(work[at], in0(a_at(a + i * N + i)));
    }
    wait_for_all();
#endif
    for (var e = thread; e < (N - 1u - step) * columns; e += WIDTH) {
      let row = from_row + e / columns;
      let c = e % columns;
      work[x + row * ROW + c] -= in0(a_at(a + row * N + i)) * work[x + i * ROW + c];
    }
  }
  wait_for_all();
  for (var e = thread; e < N * columns; e += WIDTH) {
    let at = x + e / columns * ROW + e % columns;
    out0(at, work[at]);
  }
}

@compute @workgroup_size(WIDTH)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(local_invocation_index) thread: u32,
) {
  let block = group.x + group.y * ${GROUPS_X}u;
  if (block < COUNT) {
    solve(block / BLOCKS, block % BLOCKS * COLUMNS, thread);
  }
}
