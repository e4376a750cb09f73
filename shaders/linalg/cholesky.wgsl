// A = L·Lᵀ, column by column; what is left below and to the right is updated after each (right-looking). Matrices without a
// factor get roots of negative numbers or zeros on the diagonal.
${HEADER}

const COUNT = ${COUNT}u;
const N = ${N}u;

fn factor(base: u32, thread: u32) {
  for (var e = thread; e < N * N; e += WIDTH) {
    work[base + e] = 0.0;
    if (e % N <= e / N) {
      work[base + e] = in0(a_at(base + e));
    }
  }
  for (var k = 0u; k < N; k++) {
    wait_for_all();
    let root = precise_sqrt(work[base + k * N + k]);
    wait_for_all();
    for (var i = k + thread; i < N; i += WIDTH) {
      let at = base + i * N + k;
      work[at] = select(precise_div(work[at], root), root, i == k);
    }
    wait_for_all();
    let rest = N - k - 1u;
    for (var e = thread; e < rest * rest; e += WIDTH) {
      let i = k + 1u + e / rest;
      let j = k + 1u + e % rest;
      if (j <= i) {
        work[base + i * N + j] -= work[base + i * N + k] * work[base + j * N + k];
      }
    }
  }
  wait_for_all();
  for (var e = thread; e < N * N; e += WIDTH) {
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
    factor(matrix * N * N, thread);
  }
}
