// Fourier transforms of length N in workgroup memory, by Stockham's algorithm: PER_GROUP of them per workgroup. A line of WHOLE
// numbers is PARTS interleaved parts of N; a line too long for one pass takes several, which work as the steps of one do: part p
// of the pass after radices with the product BEFORE is multiplied by roots of unity, transformed, and goes to N places BEFORE apart.
// `source` and `sink` are the whole lines. Steps are loops, as each copy of their text would take long to compile.
${HEADER}

const N = ${N}u;
const WHOLE = ${WHOLE}u;
const BEFORE = ${BEFORE}u;
const PARTS = WHOLE / N;
const OUTER = ${OUTER}u;
const PER_GROUP = ${PER_GROUP}u;
// An odd distance between lines keeps neighbours on different banks.
const PITCH = ${PITCH}u;
const WIDTH = ${WIDTH}u;

const SIZE = PER_GROUP * PITCH;

/// What a step reads, and what it writes.
var<workgroup> tile: array<vec2<f32>, 2u * SIZE>;

fn product(a: vec2<f32>, b: vec2<f32>) -> vec2<f32> {
  return vec2<f32>(a.x * b.x - a.y * b.y, a.x * b.y + a.y * b.x);
}

/// (cos, sin) of 2 pi k / n for k < n: the quadrant is found in integers, so the angle is exact.
fn unit(k: u32, n: u32) -> vec2<f32> {
  let quadrant = (8u * k + n) / (2u * n);
  let rest = i32(4u * k) - i32(quadrant * n);
  let angle = 1.57079633 * (f32(rest) / f32(n));
  return vec2<f32>(sin_quadrant(angle, i32(quadrant) + 1), sin_quadrant(angle, i32(quadrant)));
}

fn root(k: u32, n: u32) -> vec2<f32> {
  return unit(k, n) * vec2<f32>(1.0, ${SIGN});
}

/// value times i, or -i.
fn turn(value: vec2<f32>) -> vec2<f32> {
  return ${SIGN} * vec2<f32>(-value.y, value.x);
}

/// (which line, which part of it)
fn place(line: u32) -> vec2<u32> {
#if ${OUTER_FIRST}
  return vec2<u32>(line % OUTER, line / OUTER);
#else
  return vec2<u32>(line / PARTS, line % PARTS);
#endif
}

fn load(line: u32, at: u32) -> vec2<f32> {
  let start = place(line);
  let value = source(start.x, start.y + at * PARTS);
#if ${LATER}
  return product(value, root((start.y % BEFORE) * at, BEFORE * N));
#else
  return value;
#endif
}

fn store(line: u32, at: u32, value: vec2<f32>) {
  let to = place(line);
  let k = to.y % BEFORE;
  sink(to.x, (to.y - k) * N + k + at * BEFORE, value);
}

#if ${ODD}
const RADICES = array<u32, ${STEPS}u>(${RADICES});

/// Number o of a line after a step of any radix: the line is at `here` before it.
fn number(o: u32, radix: u32, before: u32, here: u32) -> vec2<f32> {
  let span = before * radix;
  let rest = o % span;
  let at = here + (o - rest) / radix + rest % before;
  var value = tile[at];
  for (var r = 1u; r < radix; r++) {
    value += product(tile[at + r * (N / radix)], root((rest * r) % span, span));
  }
  return value;
}
#endif

#if ${FOURS}
/// The four numbers that a step of radix 4 makes of one of each quarter.
fn butterfly(part: u32, before: u32, here: u32, there: u32) {
  let k = part % before;
  var v: array<vec2<f32>, 4>;
  for (var r = 0u; r < 4u; r++) {
    v[r] = product(tile[here + part + r * (N / 4u)], root(k * r, 4u * before));
  }
  let a = v[0] + v[2];
  let b = v[0] - v[2];
  let c = v[1] + v[3];
  let d = turn(v[1] - v[3]);
  let at = there + 4u * (part - k) + k;
  tile[at] = a + c;
  tile[at + before] = b + d;
  tile[at + 2u * before] = a - c;
  tile[at + 3u * before] = b - d;
}
#endif

@compute @workgroup_size(WIDTH)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
  let first = (group.x + group.y * ${GROUPS_X}u) * PER_GROUP;
  for (var i = thread; i < N * PER_GROUP; i += WIDTH) {
#if ${LOAD_ACROSS}
    let line = i % PER_GROUP;
    let at = i / PER_GROUP;
#else
    let line = i / N;
    let at = i % N;
#endif
    if (first + line < OUTER * PARTS) {
      tile[line * PITCH + at] = load(first + line, at);
    }
  }
  workgroupBarrier();
  var here = 0u;
  var before = 1u;
#if ${ODD}
  for (var step = 0u; step < ${STEPS}u; step++) {
    let radix = RADICES[step];
    for (var i = thread; i < N * PER_GROUP; i += WIDTH) {
      let line = i / N * PITCH;
      tile[SIZE - here + line + i % N] = number(i % N, radix, before, here + line);
    }
    before *= radix;
    here = SIZE - here;
    workgroupBarrier();
  }
#endif
#if ${FOURS}
  for (; before < N; before *= 4u) {
    for (var i = thread; i < N / 4u * PER_GROUP; i += WIDTH) {
      let line = i / (N / 4u) * PITCH;
      butterfly(i % (N / 4u), before, here + line, SIZE - here + line);
    }
    here = SIZE - here;
    workgroupBarrier();
  }
#endif
  for (var i = thread; i < N * PER_GROUP; i += WIDTH) {
#if ${STORE_ACROSS}
    let line = i % PER_GROUP;
    let at = i / PER_GROUP;
#else
    let line = i / N;
    let at = i % N;
#endif
    if (first + line < OUTER * PARTS) {
      store(first + line, at, tile[here + line * PITCH + at]);
    }
  }
}
