// Bluestein's algorithm: jk = (j^2 + k^2 - (k - j)^2) / 2 makes a transform of any length a convolution with a chirp.

/// j^2 mod n for j < n <= 2^26, six bits at a time where j^2 would not fit.
fn square_modulo(j: u32, n: u32) -> u32 {
  let high = j >> 12u;
  let low = j & 4095u;
  var v = (high * high) % n;
  v = (v * 64u) % n;
  v = ((v * 64u) % n + 2u * high * low) % n;
  v = (v * 64u) % n;
  return ((v * 64u) % n + low * low) % n;
}

fn chirp(j: u32) -> vec2<f32> {
  return unit(square_modulo(j, ${TWICE}u), ${TWICE}u) * vec2<f32>(1.0, ${CHIRP_SIGN});
}
