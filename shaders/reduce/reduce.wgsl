// Reductions. A job is one output and one of CHUNKS parts of its LENGTH reduced elements. A workgroup of X · Y threads does X
// jobs, with Y threads each: X = 1 is a workgroup per row, Y = 1 a thread per output. `load(e, r)` is the r-th element of
// output e, `combine` the op, `store(e, chunk, value)` the end. The order of combination depends on the shape only.
${HEADER}

${OP}

const X = ${X}u;
const Y = ${Y}u;
const OUTPUTS = ${OUTPUTS}u;
const LENGTH = ${LENGTH}u;
const CHUNK_LENGTH = ${CHUNK_LENGTH}u;
const CHUNKS = ${CHUNKS}u;

#if ${SHARED}
var<workgroup> partial: array<Accumulator, X * Y>;
#endif

fn reduce_chunk(e: u32, first: u32, end: u32) -> Accumulator {
  var total = identity();
  var r = first;
#if ${BLOCKS}
  // Blocks of 32 elements in four running values: loads that do not wait for each other, and short chains of roundings.
  for (; r + 31u * Y < end; r += 32u * Y) {
    var a = load(e, r);
    var b = load(e, r + Y);
    var c = load(e, r + 2u * Y);
    var d = load(e, r + 3u * Y);
    for (var i = 4u; i < 32u; i += 4u) {
      a = combine(a, load(e, r + i * Y));
      b = combine(b, load(e, r + (i + 1u) * Y));
      c = combine(c, load(e, r + (i + 2u) * Y));
      d = combine(d, load(e, r + (i + 3u) * Y));
    }
    total = combine(total, combine(combine(a, b), combine(c, d)));
  }
#endif
  for (; r < end; r += Y) {
    total = combine(total, load(e, r));
  }
  return total;
}

@compute @workgroup_size(X * Y)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
#if ${ROWS}
  // Neighbouring threads read neighbouring elements of one output.
  let x = lane / Y;
  let y = lane % Y;
#else
  // Neighbouring threads read elements of neighbouring outputs.
  let x = lane % X;
  let y = lane / X;
#endif
  let job = (group.x + group.y * ${GROUPS_X}u) * X + x;
  let e = job % OUTPUTS;
  let chunk = job / OUTPUTS;
  let valid = chunk < CHUNKS;
  var value = identity();
  if (valid) {
    value = reduce_chunk(e, chunk * CHUNK_LENGTH + y, min(LENGTH, (chunk + 1u) * CHUNK_LENGTH));
  }
#if ${SHARED}
  partial[lane] = value;
  for (var span = Y / 2u; span > 0u; span /= 2u) {
    workgroupBarrier();
    if (y < span) {
      partial[lane] = combine(partial[lane], partial[lane + span * ${STEP}u]);
    }
  }
  value = partial[lane];
#endif
  if (valid && y == 0u) {
    store(e, chunk, value);
  }
}
