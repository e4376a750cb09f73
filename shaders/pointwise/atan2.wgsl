// The arctangent of the smaller over the larger magnitude, by a minimax polynomial on [-tan(pi/8), tan(pi/8)], then the octant.
fn octant(small: f32, large: f32) -> f32 {
  let beyond = small > 0.41421357 * large;
  let r = precise_div(select(small, small - large, beyond), select(large, small + large, beyond));
  let z = r * r;
  let high = fma(fma(fma(-6.068993928e-2, z, 1.058990085e-1), z, -1.424295184e-1), z, 1.999843646e-1);
  let near = fma(r * z, fma(high, z, -3.333331449e-1), r);
  return select(near, near + 0.785398163, beyond);
}

fn forward(y: T, x: T) -> T {
  if (is_nan(x) || is_nan(y)) {
    return nan_f32();
  }
  let large = max(abs(x), abs(y));
  let small = min(abs(x), abs(y));
  var angle = 0.0;
  if (is_inf(small)) {
    angle = 0.785398163;
  } else if ((bitcast<u32>(small) << 1u) != 0u && is_finite(large)) {
    // The sum of the two must not overflow.
    let scale = select(1.0, 0.25, large > 1e38);
    angle = octant(small * scale, large * scale);
  }
  // pi and pi/2 in two parts.
  if (abs(y) > abs(x)) {
    angle = 1.57079637 - (angle + 4.37113883e-8);
  }
  if ((bitcast<u32>(x) >> 31u) == 1u) {
    angle = 3.14159274 - (angle + 8.74227766e-8);
  }
  return copy_sign(angle, y);
}
