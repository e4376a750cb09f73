fn forward(x: T, lo: T, hi: T) -> T {
  return nan_min(nan_max(x, lo), hi);
}

fn backward(x: T, dy: T, lo: T, hi: T) -> T {
  return select(0.0, dy, ordered(x, lo) && ordered(x, hi) && x >= lo && x <= hi);
}
