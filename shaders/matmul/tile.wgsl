// A contraction over K, tile by tile: OUTER_A × OUTER_B results per workgroup, whose operands pass through workgroup memory.
//
// BLOCKS gives a_base(group), b_base(group) and load_a(base, outer, k), load_b(base, outer, k): a 4 × 4 block of an operand as
// a matrix whose column i holds step k + i of outer positions outer … outer + 3, with zeros beyond the last step. Outer
// positions beyond the last repeat others, and what comes of them is not stored. PLACE gives element(group, i, j), the
// row-major place of a result. `group` counts what repeats the whole contraction: batches, or groups of channels.
// Large products take several dispatches: each computes tiles FIRST … LAST - 1.
// PARTIAL: K is cut into PARTS chunks, whose sums go to `partial`, for sum-parts.wgsl.
${HEADER}
${BLOCKS}
${PLACE}
#if ${PARTIAL}
@group(0) @binding(${PARTIAL_BINDING}) var<storage, read_write> partial: array<f32>;
#endif

const OUTER_A = ${OUTER_A}u;
const OUTER_B = ${OUTER_B}u;
const STEPS = ${STEPS}u;
const K = ${K}u;
const TILES_A = ${TILES_A}u;
const TILES_B = ${TILES_B}u;
const PARTS = ${PARTS}u;
const CHUNK = ${CHUNK}u;
const THREADS = ${THREADS}u;
const THREADS_B = ${THREADS_B}u;
const BLOCKS_A = OUTER_A * STEPS / 16u;
const BLOCKS_B = OUTER_B * STEPS / 16u;

// vec4s of outer positions, step after step.
var<workgroup> tile_a: array<vec4<f32>, OUTER_A / 4u * STEPS>;
var<workgroup> tile_b: array<vec4<f32>, OUTER_B / 4u * STEPS>;

@compute @workgroup_size(THREADS)
fn main(
  @builtin(workgroup_id) workgroup: vec3<u32>,
  @builtin(local_invocation_index) thread: u32,
) {
  let number = ${FIRST}u + workgroup.x + workgroup.y * ${GROUPS_X}u;
  let cell = min(number, ${LAST}u - 1u);
  let tile_row = cell / TILES_B % TILES_A * OUTER_A;
  let tile_column = cell % TILES_B * OUTER_B;
  let part = cell / (TILES_B * TILES_A) % PARTS;
  let group = cell / (TILES_B * TILES_A * PARTS);
  let base_a = a_base(group);
  let base_b = b_base(group);
  let ty = thread / THREADS_B;
  let tx = thread % THREADS_B;
#repeat p ${HALVES}
#repeat q 4
#repeat h ${HALVES}
  var c$p$q_$h = vec4<f32>();
#end
#end
#end

#if ${PARTIAL}
  let end = min(part * CHUNK + CHUNK, K);
  for (var k = part * CHUNK; k < end; k += STEPS) {
#else
  for (var k = 0u; k < K; k += STEPS) {
#endif
#repeat s ${ROUNDS}
    {
      let t = thread + $su * THREADS;
      if (t < BLOCKS_A) {
#if ${A_ALONG_K}
        let outer = t / (STEPS / 4u);
        let step = t % (STEPS / 4u) * 4u;
#else
        let outer = t % (OUTER_A / 4u);
        let step = t / (OUTER_A / 4u) * 4u;
#endif
        let block = load_a(base_a, tile_row + outer * 4u, k + step);
#repeat i 4
        tile_a[(step + $iu) * (OUTER_A / 4u) + outer] = block[$i];
#end
      } else {
        let u = t - BLOCKS_A;
#if ${B_ALONG_K}
        let outer = u / (STEPS / 4u);
        let step = u % (STEPS / 4u) * 4u;
#else
        let outer = u % (OUTER_B / 4u);
        let step = u / (OUTER_B / 4u) * 4u;
#endif
        let block = load_b(base_b, tile_column + outer * 4u, k + step);
#repeat i 4
        tile_b[(step + $iu) * (OUTER_B / 4u) + outer] = block[$i];
#end
      }
    }
#end
    workgroupBarrier();
    for (var step = 0u; step < STEPS; step++) {
#repeat p ${HALVES}
      let a$p = tile_a[step * (OUTER_A / 4u) + $pu * (OUTER_A / 4u / ${HALVES}u) + ty];
      let b$p = tile_b[step * (OUTER_B / 4u) + $pu * (OUTER_B / 4u / ${HALVES}u) + tx];
#end
#repeat p ${HALVES}
#repeat q 4
#repeat h ${HALVES}
      c$p$q_$h += a$p[$q] * b$h;
#end
#end
#end
    }
    workgroupBarrier();
  }

  if (number < ${LAST}u) {
#repeat p ${HALVES}
#repeat q 4
#repeat h ${HALVES}
    put(group, part, tile_row + $pu * (OUTER_A / ${HALVES}u) + ty * 4u + $qu, tile_column + $hu * (OUTER_B / ${HALVES}u) + tx * 4u, c$p$q_$h);
#end
#end
#end
  }
}

// Stores four results of one row.
fn put(group: u32, part: u32, i: u32, j: u32, v: vec4<f32>) {
  if (i < ${ROWS}u) {
#if ${VECTOR_STORE}
    if (j < ${COLUMNS}u) {
      out0x4(element(group, i, j), v);
    }
#else
#repeat n 4
    if (j + $nu < ${COLUMNS}u) {
#if ${PARTIAL}
      partial[part * ${SIZE}u + element(group, i, j + $nu)] = v[$n];
#else
      out0(element(group, i, j + $nu), v[$n]);
#endif
    }
#end
#endif
  }
}
