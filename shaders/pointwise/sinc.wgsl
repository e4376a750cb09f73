fn forward(x: T) -> T {
  return precise_sinc(x);
}

// (cos(pi x) - sinc(x)) / x; near 0, where the two cancel, its power series.
fn backward(x: T, dy: T) -> T {
  if (!is_finite(x)) {
    return nan_f32();
  }
  let z = 9.8696044 * x * x;
  let tail = fma(fma(fma(1.92708526e-9, z, -2.50521084e-7), z, 2.20458554e-5), z, -1.19047619e-3);
  let near = 9.8696044 * x * fma(fma(tail, z, 3.33333333e-2), z, -3.33333333e-1);
  let far = precise_div(sin_cos_pi(x).y - precise_sinc(x), x);
  return dy * select(far, near, abs(x) < 0.5);
}
