/// Filters as wide as a result is among the inputs, so that all of them count. The sum of the weights is not 1.
const RADIUS = f32(${RADIUS});

/// Where result o lies among the inputs, whose first has its centre at 0.5.
fn place(o: i32, scale: f32) -> f32 {
  return scale * (f32(o) + 0.5);
}

fn first_tap(o: i32, scale: f32, size: i32) -> i32 {
  return max(i32(place(o, scale) - RADIUS * max(scale, 1.0) + 0.5), 0);
}

fn last_tap(o: i32, scale: f32, size: i32) -> i32 {
  return min(i32(place(o, scale) + RADIUS * max(scale, 1.0) + 0.5), size) - 1;
}

fn weight(o: i32, i: i32, scale: f32, size: i32) -> f32 {
  let t = abs(f32(i) - place(o, scale) + 0.5) / max(scale, 1.0);
#if ${LINEAR}
  return max(1.0 - t, 0.0);
#elif ${CUBIC}
  // Cubic convolution (Keys 1981) with a = -0.5.
  if (t < 1.0) {
    return (1.5 * t - 2.5) * t * t + 1.0;
  }
  return select(0.0, ((t - 5.0) * t + 8.0) * t * -0.5 + 2.0, t < 2.0);
#else
  // Lanczos: sinc(t) sinc(t / 3).
  let x = 3.14159265 * t;
  if (x == 0.0) {
    return 1.0;
  }
  return select(0.0, 3.0 * precise_sin(x) * precise_sin(x / 3.0) / (x * x), t < 3.0);
#endif
}

/// How far from the centre of result o, in inputs, a tap may be.
fn reach(scale: f32) -> f32 {
  return RADIUS * max(scale, 1.0);
}
