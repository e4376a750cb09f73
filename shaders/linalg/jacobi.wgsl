// What Jacobi's iterations share: rounds of pairs that have nothing in common, and the rotation of a pair.
const EVEN = ${EVEN}u;
const PAIRS = EVEN / 2u;

var<workgroup> moving: u32;

/// Pair p of a round, as in a tournament: one stays, the others go round. With an odd number one of them rests: y = EVEN − 1.
fn pair_of(round: u32, p: u32) -> vec2<u32> {
  let turning = EVEN - 1u;
  let a = select((round + p) % turning, turning, p == 0u);
  let b = (round + turning - p) % turning;
  return vec2(min(a, b), max(a, b));
}

/// (sine, tangent of half the angle) of the rotation that makes b zero in the symmetric [[a, b], [b, d]], by the smaller angle.
fn rotation_of(a: f32, b: f32, d: f32) -> vec2<f32> {
  let cotangent = precise_div(d - a, 2.0 * b);
  let size = abs(cotangent);
  // Squares of large numbers overflow; 1 is nothing beside them.
  let t = precise_div(1.0, size + select(precise_sqrt(1.0 + size * size), size, size > 1e8));
  let tangent = select(t, -t, cotangent < 0.0);
  let cosine = precise_rsqrt(1.0 + tangent * tangent);
  let sine = cosine * tangent;
  return vec2(sine, sine / (1.0 + cosine));
}

/// Written as what is added, so that a small rotation changes no length by its rounding (Rutishauser, 1966).
fn rotate(x: u32, y: u32, by: vec2<f32>) {
  let a = work[x];
  let b = work[y];
  work[x] = a - by.x * (b + by.y * a);
  work[y] = b + by.x * (a - by.y * b);
}

/// Whether any thread has rotated anything: the same for all of them.
fn any_moved(moved: bool, thread: u32) -> bool {
  let most = team_max(select(0.0, 1.0, moved), thread);
  if (thread == 0u) {
    moving = u32(most);
  }
  return workgroupUniformLoad(&moving) != 0u;
}

/// What values are ordered by: NaN beyond all.
fn order_key(value: f32) -> f32 {
  return select(value, inf_f32(), is_nan(value));
}
