// Matrix times a few vectors: THIN results per position of the long side. THREADS_K threads share the sum over K.
${HEADER}
${BATCH}

const THIN = ${THIN}u;
const LONG = ${LONG}u;
const K = ${K}u;
const THREADS_K = ${THREADS_K}u;
const THREADS_LONG = ${THREADS_LONG}u;
const WIDTH = THREADS_K * THREADS_LONG;
const BLOCKS = ${BLOCKS}u;

var<workgroup> sums: array<f32, WIDTH>;

@compute @workgroup_size(WIDTH)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(local_invocation_index) thread: u32,
) {
  let number = group.x + group.y * ${GROUPS_X}u;
  let cell = min(number, ${CELLS}u - 1u);
  let batch = cell / BLOCKS;
#if ${LONG_FIRST}
  let own = thread / THREADS_K;
  let first = thread % THREADS_K;
#else
  let own = thread % THREADS_LONG;
  let first = thread / THREADS_LONG;
#endif
  let position = cell % BLOCKS * THREADS_LONG + own;
  let long_base = ${LONG_OPERAND}_batch(batch) + min(position, LONG - 1u) * ${LONG_OUTER};
  let thin_base = ${THIN_OPERAND}_batch(batch);
#repeat t ${THIN}
  var c$t = 0f;
#end
  for (var k = first; k < K; k += THREADS_K) {
    let x = ${LONG_LOAD}(long_base + k * ${LONG_STEP});
#repeat t ${THIN}
    c$t += x * ${THIN_LOAD}(thin_base + $tu * ${THIN_OUTER} + k * ${THIN_STEP});
#end
  }
  // Thread `first` 0 of a position adds up, in a fixed order.
  let place = own * THREADS_K + first;
#repeat t ${THIN}
  sums[place] = c$t;
  workgroupBarrier();
  for (var half = THREADS_K / 2u; half > 0u; half /= 2u) {
    if (first < half) {
      sums[place] += sums[place + half];
    }
    workgroupBarrier();
  }
  if (first == 0u && position < LONG && number < ${CELLS}u) {
    out0(batch * (THIN * LONG) + $tu * ${THIN_RESULT}u + position * ${LONG_RESULT}u, sums[place]);
  }
  workgroupBarrier();
#end
}
