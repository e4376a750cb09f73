// Matrix product without workgroup memory. Each thread keeps TM × TN results in registers.
//
// SHARED: a workgroup is four threads that work on the same TM rows. Each loads every fourth step of them and hands it to the
// others, and their columns interleave: for software adapters, whose loads cost far more than their arithmetic.
// PARTIAL: K is cut into PARTS chunks, whose sums go to `partial`, for sum-parts.wgsl.
#if ${SHARED}
enable subgroups;
#endif
${HEADER}
${BATCH}
#if ${PARTIAL}
@group(0) @binding(${PARTIAL_BINDING}) var<storage, read_write> partial: array<f32>;
#endif

const M = ${M}u;
const N = ${N}u;
const K = ${K}u;
const ROW_BLOCKS = ${ROW_BLOCKS}u;
const COLUMN_BLOCKS = ${COLUMN_BLOCKS}u;
const PARTS = ${PARTS}u;
const CHUNK = ${CHUNK}u;
// Workgroups when SHARED, else threads.
const CELLS = ${CELLS}u;
const WIDTH = ${WIDTH}u;
const A_ROW = ${A_ROW};
const A_STEP = ${A_STEP};
const B_STEP = ${B_STEP};
const B_COLUMN = ${B_COLUMN};
// Steps per round, and the steps that fill whole rounds.
const ROUND = ${ROUND}u;
const WHOLE = K - K % ROUND;

@compute @workgroup_size(WIDTH)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
#if ${SHARED}
  @builtin(subgroup_invocation_id) lane: u32,
#else
  @builtin(local_invocation_index) thread: u32,
#endif
) {
  let number = group.x + group.y * ${GROUPS_X}u;
#if ${SHARED}
  let place = number;
#else
  let place = number * WIDTH + thread;
#endif
  let cell = min(place, CELLS - 1u);
  let row = cell / COLUMN_BLOCKS % ROW_BLOCKS * ${TM}u;
  let part = cell / (COLUMN_BLOCKS * ROW_BLOCKS) % PARTS;
  let batch = cell / (COLUMN_BLOCKS * ROW_BLOCKS * PARTS);
  let a_base = a_batch(batch);
  let b_base = b_batch(batch);
#if ${SHARED}
  let column = cell % COLUMN_BLOCKS * ${COLUMNS_PER_CELL}u + lane;
#else
  let column = cell % COLUMN_BLOCKS * ${COLUMNS_PER_CELL}u;
#endif
#repeat i ${TM}
  let a_$i = a_base + min(row + $iu, M - 1u) * A_ROW;
#end
#repeat j ${TN}
  let b_$j = b_base + min(column + $ju * ${COLUMN_STEP}u, N - 1u) * B_COLUMN;
#end
#repeat i ${TM}
#repeat j ${TN}
  var c$i_$j = 0f;
#end
#end

#if ${PARTIAL}
  let end = min(part * CHUNK + CHUNK, WHOLE);
  for (var k = part * CHUNK; k < end; k += ROUND) {
#else
  for (var k = 0u; k < WHOLE; k += ROUND) {
#endif
#if ${SHARED}
#repeat i ${TM}
    let own$i = in0(a_$i + (k + lane) * A_STEP);
#end
#repeat q 4
#repeat j ${TN}
    let y$q_$j = in1(b_$j + (k + $qu) * B_STEP);
#end
#repeat i ${TM}
    let x$q_$i = subgroupBroadcast(own$i, $qu);
#repeat j ${TN}
    c$i_$j += x$q_$i * y$q_$j;
#end
#end
#end
#else
#repeat q ${ROUND}
#repeat i ${TM}
    let x$q_$i = in0(a_$i + (k + $qu) * A_STEP);
#end
#repeat j ${TN}
    let y$q_$j = in1(b_$j + (k + $qu) * B_STEP);
#end
#repeat i ${TM}
#repeat j ${TN}
    c$i_$j += x$q_$i * y$q_$j;
#end
#end
#end
#endif
  }
#if ${REST}
  if (part == PARTS - 1u) {
#if ${SHARED}
#repeat i ${TM}
    let own$i = in0(a_$i + min(WHOLE + lane, K - 1u) * A_STEP);
#end
#endif
#repeat q ${REST}
#repeat i ${TM}
#if ${SHARED}
    let x$q_$i = subgroupBroadcast(own$i, $qu);
#else
    let x$q_$i = in0(a_$i + (WHOLE + $qu) * A_STEP);
#endif
#end
#repeat j ${TN}
    let y$q_$j = in1(b_$j + (WHOLE + $qu) * B_STEP);
#repeat i ${TM}
    c$i_$j += x$q_$i * y$q_$j;
#end
#end
#end
  }
#endif

  let first = batch * (M * N);
  let inside = place < CELLS;
#repeat i ${TM}
#repeat j ${TN}
  if (inside & (row + $iu < M) & (column + $ju * ${COLUMN_STEP}u < N)) {
    let e = first + (row + $iu) * N + column + $ju * ${COLUMN_STEP}u;
#if ${PARTIAL}
    partial[part * ${SIZE}u + e] = c$i_$j;
#else
    out0(e, c$i_$j);
#endif
  }
#end
#end
}
