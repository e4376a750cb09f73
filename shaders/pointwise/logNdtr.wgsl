fn forward(x: T) -> T {
  return log_ndtr(x);
}

// The density over the distribution function; far to the left, where that would be flushed to 0, -x.
fn backward(x: T, dy: T) -> T {
  let slope = precise_div(0.797884561, precise_erfcx(-0.707106781 * x));
  return dy * select(slope, -x, x < -1e4);
}
