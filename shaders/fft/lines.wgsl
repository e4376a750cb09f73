// Fourier transforms of length N in workgroup memory, by Stockham's algorithm: PER_GROUP of them per workgroup. A line of WHOLE
// numbers is PARTS interleaved parts of N; a line too long for one pass takes several, which work as the steps of one do: part p
// of the pass after radices with the product BEFORE is multiplied by roots of unity, transformed, and goes to N places BEFORE apart.
// `source` and `sink` are the whole lines.
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

var<workgroup> ping: array<vec2<f32>, PER_GROUP * PITCH>;
var<workgroup> pong: array<vec2<f32>, PER_GROUP * PITCH>;

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
      ping[line * PITCH + at] = load(first + line, at);
    }
  }
  workgroupBarrier();
${STEPS}
  for (var i = thread; i < N * PER_GROUP; i += WIDTH) {
#if ${STORE_ACROSS}
    let line = i % PER_GROUP;
    let at = i / PER_GROUP;
#else
    let line = i / N;
    let at = i % N;
#endif
    if (first + line < OUTER * PARTS) {
      store(first + line, at, ${RESULT}[line * PITCH + at]);
    }
  }
}
